//! Reads the files of a release, bounded in size and number.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use sluice_core::document::problem::{Problem, Problems};
use sluice_core::document::source::{Source, Spanned};
use sluice_core::document::tree::Limits;
use sluice_core::document::workflow::Workflow;
use sluice_core::plan::PolicyDocument;
use thiserror::Error;

use super::PrepareError;

/// A workflow file that can not be read.
#[derive(Debug, Error, Diagnostic)]
pub enum FileError {
    #[error("the workflow `{path}` can not be read")]
    #[diagnostic(help("name the workflow file with `-f`"))]
    Workflow { path: String, source: io::Error },
}

/// The most policy documents that one release may be bound by.
const MAX_POLICIES: usize = 1_000;

/// The workflow's text, and the absolute folder it is in.
pub(super) fn workflow(path: &Path) -> Result<(Source, PathBuf), PrepareError> {
    let unreadable = |source| FileError::Workflow { path: path.display().to_string(), source };
    let absolute = path.canonicalize().map_err(unreadable)?;
    let bytes = bounded(&absolute).map_err(unreadable)?;
    let source = Source::read(path.display().to_string(), &bytes, Limits::default())?;
    let base = absolute.parent().map_or_else(PathBuf::new, Path::to_owned);
    Ok((source, base))
}

/// The policy documents that a workflow names: files, or folders with `*.yaml` and `*.yml` right in them.
/// What can not be read is among the problems.
pub(super) fn policies(workflow: &Workflow, base: &Path, problems: &mut Problems) -> Vec<PolicyDocument> {
    let mut documents: Vec<PolicyDocument> = Vec::new();
    for named in &workflow.policies {
        match listed(&base.join(&named.value)) {
            Ok(files) => {
                for file in files {
                    match read_policy(&file, base) {
                        Ok(document) if documents.contains(&document) => {}
                        Ok(document) => documents.push(document),
                        Err(told) => problems.push(unreadable(workflow, named, &file, &told)),
                    }
                }
            }
            Err(told) => {
                problems.push(unreadable(workflow, named, &base.join(&named.value), &told.to_string()))
            }
        }
    }
    if documents.len() > MAX_POLICIES {
        let message =
            format!("{} policy documents are more than the limit of {MAX_POLICIES}", documents.len());
        problems.push(Problem::new("sluice::workflow::too-many-policies", message));
    }
    documents
}

fn unreadable(workflow: &Workflow, named: &Spanned<String>, file: &Path, told: &str) -> Problem {
    let message = format!("the policy `{}` can not be read: {told}", file.display());
    let problem = workflow.problem("missing-file", named.span, message, "named here");
    problem.with_help("write the path of a file or folder, relative to the workflow")
}

fn listed(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path)?.take(10 * MAX_POLICIES) {
        let file = entry?.path();
        let is_document = file.extension().is_some_and(|end| end == "yaml" || end == "yml");
        if is_document && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(io::Error::other("there is no `*.yaml` or `*.yml` right in this folder"));
    }
    Ok(files)
}

fn read_policy(file: &Path, base: &Path) -> Result<PolicyDocument, String> {
    let bytes = bounded(file).map_err(|error| error.to_string())?;
    let shown = file.strip_prefix(base).unwrap_or(file).display().to_string();
    let source =
        Source::read(shown.as_str(), &bytes, Limits::default()).map_err(|error| error.to_string())?;
    Ok(PolicyDocument { source: shown, text: source.text.as_ref().to_owned() })
}

/// One byte more than allowed is enough to be told that there are too many.
fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    let limit = u64::try_from(Limits::default().bytes).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}
