//! A shelf: the policies of some folders, each with the cases in its document and in the files beside it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sluice_core::document::problem::{Problem, Problems, quoted};
use sluice_core::document::source::Source;
use sluice_policy::PolicySet;
use sluice_policy::document::{Case, read_case, read_context, read_with_hints};

use super::files;

/// Policies and their cases.
#[derive(Debug)]
pub struct Shelf {
    pub set: PolicySet,
    pub cases: Vec<Shelved>,
}

/// A case of a policy.
#[derive(Debug, Clone)]
pub struct Shelved {
    pub policy: String,
    pub case: Case,
}

/// The most cases of one shelf.
const MAX_CASES: usize = 100_000;

/// Reads policies, by file or by folder, and their cases: those in the documents, and `tests/POLICY/CASE.yaml` beside
/// them. Everything that is wrong is told at once.
pub fn read(paths: &[PathBuf]) -> Result<Shelf, Problems> {
    let mut problems = Problems::new();
    let sources = sources(paths, &mut problems);
    let texts = sources.iter().map(|source| (source.name.as_str(), source.text.as_ref()));
    let set = match PolicySet::load(texts) {
        Ok(set) => Some(set),
        Err(found) => {
            problems.extend(found);
            None
        }
    };
    let set = problems.or(set)?;
    let mut problems = Problems::new();
    let cases = cases(&set, paths, &mut problems);
    problems.or(Some(Shelf { set, cases }))
}

/// What is not wrong with policies and surely not meant, also where something else is wrong with them.
pub fn hints(paths: &[PathBuf]) -> Vec<Problem> {
    let sources = sources(paths, &mut Problems::new());
    sources.iter().flat_map(|source| read_with_hints(source).1).collect()
}

fn sources(paths: &[PathBuf], problems: &mut Problems) -> Vec<Source> {
    let mut found: BTreeSet<PathBuf> = BTreeSet::new();
    for path in paths {
        match files::listed(path) {
            Ok(files) => found.extend(files),
            Err(error) => problems.push(unreadable(path, &error.to_string())),
        }
    }
    if found.len() > files::MAX_POLICIES {
        let message =
            format!("{} policy documents are more than the limit of {}", found.len(), files::MAX_POLICIES);
        problems.push(Problem::new("sluice::policy::too-many", message));
        return Vec::new();
    }
    let mut sources = Vec::new();
    for file in found {
        match files::document(&file, &file.display().to_string()) {
            Ok(source) => sources.push(source),
            Err(told) => problems.push(unreadable(&file, &told)),
        }
    }
    sources
}

fn cases(set: &PolicySet, paths: &[PathBuf], problems: &mut Problems) -> Vec<Shelved> {
    let mut cases = Vec::new();
    for policy in set.policies() {
        let own = policy.tests.iter();
        cases.extend(own.map(|case| Shelved { policy: policy.name.clone(), case: case.clone() }));
    }
    let beside: BTreeSet<(PathBuf, bool)> = paths
        .iter()
        .map(|path| match path.is_dir() {
            true => (path.join("tests"), true),
            false => (path.parent().unwrap_or(Path::new("")).join("tests"), false),
        })
        .collect();
    for (folder, is_whole) in beside {
        for name in folders(&folder) {
            if set.policies().iter().any(|policy| policy.name == name) {
                in_folder(&folder.join(&name), &name, &mut cases, problems);
            } else if is_whole {
                let message =
                    format!("the cases in `{}` are of no policy that is here", folder.join(&name).display());
                let problem = Problem::new("sluice::policy::unknown-policy", message);
                problems.push(problem.with_help("name the folder like the policy whose rules they ask"));
            }
        }
    }
    if cases.len() > MAX_CASES {
        let message = format!("{} cases are more than the limit of {MAX_CASES}", cases.len());
        problems.push(Problem::new("sluice::policy::too-many", message));
    }
    cases.iter_mut().for_each(|one| with_fixture(&mut one.case, problems));
    cases
}

/// Names of the folders in a folder; none where there is no such folder.
fn folders(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let is_folder = |entry: &std::fs::DirEntry| entry.path().is_dir();
    let entries = entries.take(10 * files::MAX_POLICIES).filter_map(Result::ok).filter(is_folder);
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

fn in_folder(folder: &Path, policy: &str, cases: &mut Vec<Shelved>, problems: &mut Problems) {
    let found = match files::documents(folder) {
        Ok(found) => found,
        Err(error) => return problems.push(unreadable(folder, &error.to_string())),
    };
    for file in found {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        match files::document(&file, &file.display().to_string()).map(|source| read_case(&source, &name)) {
            Ok(Ok(case)) => cases.push(Shelved { policy: policy.to_owned(), case }),
            Ok(Err(found)) => problems.extend(found),
            Err(told) => problems.push(unreadable(&file, &told)),
        }
    }
}

/// Lays a case over the context that it names.
fn with_fixture(case: &mut Case, problems: &mut Problems) {
    let Some(fixture) = &case.fixture else { return };
    let file = Path::new(&case.document).parent().unwrap_or(Path::new("")).join(fixture);
    match files::document(&file, &file.display().to_string()).map(|source| read_context(&source)) {
        Ok(Ok(under)) => case.given = case.given.over(&under),
        Ok(Err(found)) => problems.extend(found),
        Err(told) => {
            let message = format!(
                "the fixture {} of the case {} can not be read: {told}",
                quoted(fixture),
                quoted(&case.name)
            );
            let problem = Problem::new("sluice::policy::missing-file", message);
            problems.push(problem.with_help(format!("write its path from `{}`", case.document)));
        }
    }
}

fn unreadable(path: &Path, told: &str) -> Problem {
    let message = format!("`{}` can not be read: {told}", path.display());
    let problem = Problem::new("sluice::policy::missing-file", message);
    problem.with_help("name a policy, or a folder of policies; `sluice policy new` makes one")
}
