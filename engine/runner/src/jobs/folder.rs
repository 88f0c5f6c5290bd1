//! The folder of one try, and names that can stand in it.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::ports::stages::TryId;

/// An empty folder for a try; what an earlier engine's same try left there is gone.
pub(super) fn fresh(dir: &Path, id: &TryId) -> io::Result<PathBuf> {
    let folder = dir.join(format!("{}-{}", id.job, id.attempt));
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => DirBuilder::new().recursive(true).mode(0o700).create(&folder)?,
    }
    Ok(folder)
}
