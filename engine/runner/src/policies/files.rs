//! Files of policies and of their cases, bounded in size and number.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sluice_core::document::source::Source;
use sluice_core::document::tree::Limits;

/// The most documents that are read from one folder, or bind one release.
pub const MAX_POLICIES: usize = 1_000;

/// A file itself, or the `*.yaml` and `*.yml` right in a folder.
pub fn listed(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let files = documents(path)?;
    if files.is_empty() {
        return Err(io::Error::other("there is no `*.yaml` or `*.yml` right in this folder"));
    }
    Ok(files)
}

/// The `*.yaml` and `*.yml` right in a folder, in the order of their names.
pub fn documents(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)?.take(10 * MAX_POLICIES) {
        let file = entry?.path();
        let is_document = file.extension().is_some_and(|end| end == "yaml" || end == "yml");
        if is_document && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// A document, known by `name`.
pub fn document(file: &Path, name: &str) -> Result<Source, String> {
    let bytes = bounded(file).map_err(|error| error.to_string())?;
    Source::read(name, &bytes, Limits::default()).map_err(|error| error.to_string())
}

/// One byte more than allowed is enough to be told that there are too many.
pub fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    let limit = u64::try_from(Limits::default().bytes).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}
