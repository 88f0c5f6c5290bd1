//! Compiled components on disk, by digest of the component and by what compiled them.
//!
//! What is read here is run as native code. So the directory is this user's alone, and an entry is believed
//! only when it is this user's file, nobody else may write it, and it carries the digest of its content and
//! of its own name: an entry moved over another is not believed either.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

/// The first bytes of every entry; the last one is the format's version.
const MAGIC: &[u8; 8] = b"sluice\0\x01";
const HEADER: usize = MAGIC.len() + 32;
/// More entries than plugins in use; the oldest go first.
const MAX_ENTRIES: usize = 64;

/// The cache; without a directory that can be trusted it keeps nothing.
#[derive(Debug)]
pub(crate) struct Cache {
    dir: Option<PathBuf>,
    compatibility: u64,
    largest: u64,
    written: AtomicU64,
}

/// A checked entry.
#[derive(Debug)]
pub(crate) struct Entry(Vec<u8>);

impl Cache {
    pub(crate) fn open(dir: &Path, compatibility: u64, largest: u64) -> Self {
        let dir = match private(dir) {
            Ok(()) => Some(dir.to_owned()),
            Err(error) => {
                tracing::warn!(dir = %dir.display(), %error, "compiled plugins are not kept");
                None
            }
        };
        Self { dir, compatibility, largest, written: AtomicU64::new(0) }
    }

    /// What was compiled from the component with this digest. An entry that can not be believed is removed.
    pub(crate) fn read(&self, digest: &str) -> Option<Entry> {
        let path = self.path(digest)?;
        match self.checked(&path) {
            Ok(entry) => Some(entry),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "discarded a compiled plugin");
                self.remove(digest);
                None
            }
        }
    }

    /// Keeps what was compiled. A cache that can not be written is slow, not wrong.
    pub(crate) fn write(&self, digest: &str, code: &[u8]) {
        let (Some(dir), Some(path)) = (&self.dir, self.path(digest)) else { return };
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let temporary = dir.join(format!(".{}-{number}.new", std::process::id()));
        let outcome = place(&temporary, &path, code);
        if let Err(error) = outcome {
            tracing::warn!(path = %path.display(), %error, "a compiled plugin was not kept");
            let _ = fs::remove_file(&temporary);
        }
        thin_out(dir);
    }

    pub(crate) fn remove(&self, digest: &str) {
        if let Some(path) = self.path(digest) {
            let _ = fs::remove_file(path);
        }
    }

    fn path(&self, digest: &str) -> Option<PathBuf> {
        let name = format!("{}-{:016x}.cwasm", digest.replace(':', "-"), self.compatibility);
        Some(self.dir.as_ref()?.join(name))
    }

    fn checked(&self, path: &Path) -> io::Result<Entry> {
        let no_link = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or_default();
        let file = OpenOptions::new().read(true).custom_flags(no_link).open(path)?;
        let about = file.metadata()?;
        if !about.is_file() || !ours(&about) || about.mode() & 0o022 != 0 {
            return Err(io::Error::other("it is not a file that only this user writes"));
        }
        if about.len() > self.largest + HEADER as u64 {
            return Err(io::Error::other("it is too large"));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or_default());
        file.take(self.largest + HEADER as u64).read_to_end(&mut bytes)?;
        let entry = Entry(bytes);
        if entry.is_whole(path) {
            Ok(entry)
        } else {
            Err(io::Error::other("its content is not what was written"))
        }
    }
}

impl Entry {
    pub(crate) fn code(&self) -> &[u8] {
        self.0.get(HEADER..).unwrap_or_default()
    }

    fn is_whole(&self, path: &Path) -> bool {
        let seal = self.0.get(MAGIC.len()..HEADER);
        self.0.starts_with(MAGIC) && seal == Some(seal_of(path, self.code()).as_slice())
    }
}

/// Makes a directory that only this user may enter, or checks that it is one.
pub(crate) fn private(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let about = fs::symlink_metadata(dir)?;
    if !about.is_dir() || !ours(&about) {
        return Err(io::Error::other("it is not a directory of this user"));
    }
    if about.mode() & 0o077 != 0 {
        fs::set_permissions(dir, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Binds the content to the name it is kept under.
fn seal_of(path: &Path, code: &[u8]) -> [u8; 32] {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    Sha256::new().chain_update(name).chain_update([0]).chain_update(code).finalize().into()
}

fn ours(about: &fs::Metadata) -> bool {
    about.uid() == rustix::process::geteuid().as_raw()
}

fn place(temporary: &Path, path: &Path, code: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(temporary)?;
    write_entry(&mut file, path, code)?;
    fs::rename(temporary, path)
}

fn write_entry(file: &mut File, path: &Path, code: &[u8]) -> io::Result<()> {
    file.write_all(MAGIC)?;
    file.write_all(&seal_of(path, code))?;
    file.write_all(code)
}

fn thin_out(dir: &Path) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    let age = |entry: &fs::DirEntry| entry.metadata().and_then(|about| about.modified());
    let mut entries: Vec<(SystemTime, PathBuf)> = entries
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "cwasm"))
        .filter_map(|entry| Some((age(&entry).ok()?, entry.path())))
        .collect();
    entries.sort();
    let surplus = entries.len().saturating_sub(MAX_ENTRIES);
    for (_, path) in entries.into_iter().take(surplus) {
        let _ = fs::remove_file(path);
    }
}
