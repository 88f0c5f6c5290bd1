//! The right to act for a service: one engine at a time, held through a lock that the kernel drops with the process.
//!
//! The lock is on `<state>/locks/<service>.lock`. The file stays when the lease ends: removing it would let two
//! engines hold locks on two files of the same name.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use miette::Diagnostic;
use sluice_core::plan::digest;
use thiserror::Error;

use super::id::{is_release_id, speakable};

/// The most that is read of a lock file that somebody else wrote.
const MAX_NOTE: u64 = 512;

/// The right of this process to write the journals of one service.
#[derive(Debug)]
pub struct Lease {
    service: String,
    state: PathBuf,
    path: PathBuf,
    file: File,
    release: Mutex<Option<String>>,
}

/// Why there is no lease.
#[derive(Debug, Error, Diagnostic)]
pub enum LeaseError {
    #[error("another engine works on `{service}`{}", holder(*pid, release.as_deref()))]
    #[diagnostic(help(
        "wait for it, or stop it: the release can then be resumed, and traffic stays as it is"
    ))]
    Held { service: String, pid: Option<u32>, release: Option<String> },

    #[error("the lock `{}` can not be used: {source}", path.display())]
    #[diagnostic(help("make the state directory writable for the user that runs the engine"))]
    Unusable { path: PathBuf, source: io::Error },

    #[error("the lock `{}` was removed or replaced while it was held", path.display())]
    #[diagnostic(help(
        "another engine may work on this service; see that only one does, and resume the release"
    ))]
    Lost { path: PathBuf },

    #[error("a lease on `{leased}` does not allow writing to a release of `{service}`")]
    #[diagnostic(help("this is an error in the engine; please report it"))]
    OtherService { leased: String, service: String },

    #[error("a lease under `{}` does not allow writing to the journal under `{}`", leased.display(), state.display())]
    #[diagnostic(help("this is an error in the engine; please report it"))]
    OtherState { leased: PathBuf, state: PathBuf },
}

impl Lease {
    /// Takes the lock of a service at once, or says who has it.
    pub fn acquire(state: &Path, service: &str) -> Result<Self, LeaseError> {
        let path = state.join("locks").join(file_name(service));
        let unusable = |source| LeaseError::Unusable { path: path.clone(), source };
        let file = open(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(service, file)),
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        let state = state.canonicalize().map_err(unusable)?;
        let lease = Self { service: service.to_owned(), state, path, file, release: Mutex::new(None) };
        lease.still_held()?;
        lease.told(None);
        Ok(lease)
    }

    pub fn service(&self) -> &str {
        &self.service
    }

    /// Refuses unless this lease is for that service in that state directory, and still is the one.
    pub fn allows(&self, state: &Path, service: &str) -> Result<(), LeaseError> {
        if self.service != service {
            return Err(LeaseError::OtherService {
                leased: self.service.clone(),
                service: service.to_owned(),
            });
        }
        if self.state != state {
            return Err(LeaseError::OtherState { leased: self.state.clone(), state: state.to_owned() });
        }
        self.still_held()
    }

    /// Tells whoever asks for the lease which release has it.
    pub fn note(&self, release: &str) {
        let mut noted = self.release.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.as_deref() != Some(release) {
            self.told(Some(release));
            *noted = Some(release.to_owned());
        }
    }

    /// The kernel's lock is on the file, and another engine looks for it by its name.
    fn still_held(&self) -> Result<(), LeaseError> {
        let lost = |_| LeaseError::Lost { path: self.path.clone() };
        let (named, ours) = (fs::metadata(&self.path).map_err(lost)?, self.file.metadata().map_err(lost)?);
        if (named.dev(), named.ino()) == (ours.dev(), ours.ino()) {
            Ok(())
        } else {
            Err(LeaseError::Lost { path: self.path.clone() })
        }
    }

    /// Only a message to people is lost if this fails, on a full disk for example; the lock itself holds.
    fn told(&self, release: Option<&str>) {
        if let Err(error) = self.write_note(release) {
            let path = self.path.display();
            tracing::warn!(
                "who has the lock `{path}` can not be noted in it: {error}; the lock holds all the same"
            );
        }
    }

    fn write_note(&self, release: Option<&str>) -> io::Result<()> {
        let note = format!("{} {}\n", std::process::id(), release.unwrap_or_default());
        let mut file = &self.file;
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(note.as_bytes())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
        // Closing is not enough: a process that is being started at this moment has the file open until it is.
        let _ = self.file.unlock();
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(directory) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn held(service: &str, file: File) -> LeaseError {
    let mut note = String::new();
    // The holder may be writing it at this moment: what can not be read is left out.
    let _ = file.take(MAX_NOTE).read_to_string(&mut note);
    let mut words = note.split_whitespace();
    let pid = words.next().and_then(|word| word.parse().ok());
    let release = words.next().filter(|word| is_release_id(word)).map(str::to_owned);
    LeaseError::Held { service: service.to_owned(), pid, release }
}

/// Two services never share a file, whatever they are called.
fn file_name(service: &str) -> String {
    let spoken = speakable(service);
    if spoken == service {
        return format!("{spoken}.lock");
    }
    let whole = digest(service.as_bytes());
    let short: String = whole.chars().skip("sha256:".len()).take(16).collect();
    format!("{spoken}~{short}.lock")
}

fn holder(pid: Option<u32>, release: Option<&str>) -> String {
    match (pid, release) {
        (Some(pid), Some(release)) => format!(": process {pid} runs release `{release}`"),
        (Some(pid), None) => format!(": process {pid}"),
        (None, _) => String::new(),
    }
}
