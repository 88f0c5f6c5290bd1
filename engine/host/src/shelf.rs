//! The components that plans have pinned, kept by digest, so that a release can be taken up again when the
//! file it was planned with has changed, or the binary that bundled it was upgraded.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::cache::private;
use crate::failure::Failure;
use crate::source::{Source, read_file};

/// A directory of components, each named by its digest.
#[derive(Debug)]
pub(crate) struct Shelf {
    dir: PathBuf,
    written: AtomicU64,
}

impl Shelf {
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self { dir: data_dir.join("plugins"), written: AtomicU64::new(0) }
    }

    /// Keeps a component. One that is there already has the same content, as its name is its digest.
    pub(crate) fn keep(&self, source: &Source) {
        let Some(path) = self.path(&source.digest) else { return };
        let there = fs::symlink_metadata(&path).is_ok_and(|about| about.len() == source.bytes.len() as u64);
        if there {
            return;
        }
        if let Err(error) = self.place(&path, &source.bytes) {
            tracing::warn!(path = %path.display(), %error, "a plugin is not kept for later");
        }
    }

    /// A component by its digest, checked.
    pub(crate) fn find(&self, digest: &str, limit: u64) -> Result<Source, Failure> {
        let not_kept = || Failure::NotKept { digest: digest.to_owned() };
        let path = self.path(digest).ok_or_else(not_kept)?;
        let source = read_file(&path, limit).map_err(|_| not_kept())?;
        if source.digest != digest {
            tracing::warn!(path = %path.display(), "discarded a plugin whose content has changed");
            let _ = fs::remove_file(&path);
            return Err(not_kept());
        }
        Ok(source)
    }

    /// Nothing for what is no digest: a pin comes from a file, and must not name any other.
    fn path(&self, digest: &str) -> Option<PathBuf> {
        let hex = digest.strip_prefix("sha256:")?;
        let is_digest = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then(|| self.dir.join(format!("sha256-{hex}.wasm")))
    }

    fn place(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        private(&self.dir)?;
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let temporary = self.dir.join(format!(".{}-{number}.new", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&temporary)?;
        file.write_all(bytes)?;
        // A release may rest on it after a power cut; the cache can be made again, this can not.
        file.sync_all()?;
        fs::rename(&temporary, path)
    }
}
