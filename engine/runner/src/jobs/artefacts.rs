//! What a job leaves: files are kept, JUnit results are read. Bounded in number and size.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use glob::{MatchOptions, Pattern, glob_with};
use sluice_core::plan::Command;
use sluice_core::release::jobs::{JobResult, Tests};

use super::junit;

/// What was found of what a job leaves.
#[derive(Debug, Default)]
pub(super) struct Left {
    kept: Vec<String>,
    tests: Option<Tests>,
    /// What could not be kept or read, and whether the job can not pass for it.
    amiss: Vec<String>,
}

const MAX_FILES: usize = 1_000;
const MAX_KEPT_BYTES: u64 = 256 << 20;
const MAX_RESULTS: usize = 64;

/// Results that were there before a try, as they were then.
#[derive(Debug, Default)]
pub(super) struct Before(BTreeMap<PathBuf, (SystemTime, u64)>);

impl Left {
    /// The result of a try that ended so: it has passed when it ended well, and its results are there and good.
    pub fn judged(self, how: String, good: bool) -> JobResult {
        let failed = self.tests.as_ref().is_some_and(|tests| tests.failed > 0);
        let passed = good && !failed && self.amiss.is_empty();
        let mut how = how;
        if good && failed {
            how.push_str(", with failed tests");
        }
        for amiss in &self.amiss {
            how.push_str(", ");
            how.push_str(amiss);
        }
        JobResult { passed, how, tests: self.tests, kept: self.kept, ..JobResult::default() }
    }
}

impl Before {
    /// Looks at what an earlier try, or somebody else, has left.
    pub fn of(work: &Command) -> Self {
        let seen = found(&work.directory, &work.junit).into_iter();
        Self(seen.filter_map(|file| Some((file.clone(), written(&file)?))).collect())
    }

    fn has(&self, file: &Path) -> bool {
        self.0.get(file).is_some_and(|before| Some(*before) == written(file))
    }
}

fn written(file: &Path) -> Option<(SystemTime, u64)> {
    let seen = file.metadata().ok()?;
    Some((seen.modified().ok()?, seen.len()))
}

/// Keeps files and reads results that were written in this try.
pub(super) fn gather(work: &Command, folder: &Path, before: &Before) -> Left {
    let mut left = Left::default();
    let files = found(&work.directory, &work.artefacts);
    if files.len() > MAX_FILES {
        left.amiss.push(format!("more than {MAX_FILES} artefacts"));
    }
    let mut room = MAX_KEPT_BYTES;
    for file in files.into_iter().take(MAX_FILES) {
        match kept(&file, Path::new(&work.directory), &folder.join("artefacts"), &mut room) {
            Ok(kept) => left.kept.push(kept.display().to_string()),
            Err(error) => left.amiss.push(format!("`{}` was not kept: {error}", file.display())),
        }
    }
    if !work.junit.is_empty() {
        results(work, before, &mut left);
    }
    left
}

fn results(work: &Command, before: &Before, left: &mut Left) {
    let fresh = |file: &PathBuf| !before.has(file);
    let files: Vec<PathBuf> = found(&work.directory, &work.junit).into_iter().filter(fresh).collect();
    if files.is_empty() {
        return left.amiss.push(format!("no JUnit results at `{}`", work.junit.join("`, `")));
    }
    if files.len() > MAX_RESULTS {
        left.amiss.push(format!("more than {MAX_RESULTS} files of JUnit results"));
    }
    let mut all = Tests::default();
    for file in files.iter().take(MAX_RESULTS) {
        match bounded(file).and_then(|bytes| junit::read(&bytes).map_err(io::Error::other)) {
            Ok(tests) => junit::add(&mut all, tests),
            Err(error) => left.amiss.push(format!("`{}` can not be read: {error}", file.display())),
        }
    }
    left.tests = Some(all);
}

/// One byte more than allowed is enough to be told that there are too many.
fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(junit::MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Plain files that the patterns name, each once, in order.
fn found(directory: &str, patterns: &[String]) -> Vec<PathBuf> {
    let options = MatchOptions { require_literal_leading_dot: false, ..MatchOptions::new() };
    let mut files = Vec::new();
    for pattern in patterns {
        let whole = format!("{}/{pattern}", Pattern::escape(directory));
        let Ok(paths) = glob_with(&whole, options) else { continue };
        let plain = |path: &PathBuf| path.symlink_metadata().is_ok_and(|file| file.is_file());
        files.extend(paths.filter_map(Result::ok).filter(plain).take(MAX_FILES + 1));
    }
    files.sort();
    files.dedup();
    files
}

/// Copies a file under its path from the job's directory on. A link that leads out of it is not followed.
fn kept(file: &Path, directory: &Path, into: &Path, room: &mut u64) -> io::Result<PathBuf> {
    let (real, root) = (file.canonicalize()?, directory.canonicalize()?);
    let path =
        real.strip_prefix(&root).map_err(|_| io::Error::other("it is not below the job's directory"))?;
    let size = real.metadata()?.len();
    *room = room.checked_sub(size).ok_or_else(|| {
        io::Error::other(format!("the artefacts take more than {} MiB", MAX_KEPT_BYTES >> 20))
    })?;
    let copy = into.join(path);
    if let Some(folder) = copy.parent() {
        std::fs::create_dir_all(folder)?;
    }
    io::copy(&mut File::open(&real)?.take(size), &mut File::create(&copy)?)?;
    Ok(copy)
}
