//! The durable record: what was last accepted and what is in effect, so that a restart brings it back.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use serde::{Deserialize, Serialize};
use sluice_core::plan::Revision;
use sluice_runner::ports::target::Desired;
use thiserror::Error;

use super::config::Settings;

/// The version of the record's form.
pub const RECORD_FORMAT: u32 = 1;

/// All that outlives the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub format: u32,
    pub service: String,
    /// The address that was bound, so that a port the system chose is asked for again.
    pub address: Option<SocketAddr>,
    #[serde(default)]
    pub settings: Settings,
    pub accepted: Option<Accepted>,
    pub in_effect: Option<Accepted>,
    /// Why the accepted state can not be brought about; what is in effect stays so.
    pub failed: Option<String>,
}

/// A desired state with its stable revision written out, so that the next release knows what runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    pub desired: Desired,
    pub stable: Option<Revision>,
}

/// What is wrong with a record. A gateway that can not read its record serves nothing rather than a guess.
#[derive(Debug, Error, Diagnostic)]
pub enum RecordError {
    #[error("the record `{}` can not be read", path.display())]
    Unreadable { path: PathBuf, source: io::Error },

    #[error("the record `{}` can not be written", path.display())]
    Unwritable { path: PathBuf, source: io::Error },

    #[error("the record `{}` is no record: {told}", path.display())]
    #[diagnostic(help("move it away to begin with nothing served, or put back a copy of it"))]
    Broken { path: PathBuf, told: String },

    #[error("the record `{}` has the format {format}, and this gateway reads up to {RECORD_FORMAT}", path.display())]
    #[diagnostic(help("start the newer gateway that wrote it"))]
    Newer { path: PathBuf, format: u32 },
}

/// The record's name in the gateway's directory.
pub const FILE: &str = "record.json";

/// Enough for a thousand revisions' specs; more is not ours.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

impl Record {
    pub fn new(service: &str) -> Self {
        Self {
            format: RECORD_FORMAT,
            service: service.to_owned(),
            address: None,
            settings: Settings::default(),
            accepted: None,
            in_effect: None,
            failed: None,
        }
    }

    /// None if there is no record yet.
    pub fn read(path: &Path) -> Result<Option<Self>, RecordError> {
        let unreadable = |source| RecordError::Unreadable { path: path.to_owned(), source };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        let mut text = Vec::new();
        file.take(MAX_BYTES).read_to_end(&mut text).map_err(unreadable)?;
        let broken =
            |error: serde_json::Error| RecordError::Broken { path: path.to_owned(), told: error.to_string() };
        // The format is read first: a newer record need not have this form at all.
        let Format { format } = serde_json::from_slice(&text).map_err(broken)?;
        if format > RECORD_FORMAT {
            return Err(RecordError::Newer { path: path.to_owned(), format });
        }
        serde_json::from_slice(&text).map(Some).map_err(broken)
    }

    /// Puts this in the place of what was there, as a whole: on disk when it returns.
    pub fn write(&self, path: &Path) -> Result<(), RecordError> {
        let unwritable = |source| RecordError::Unwritable { path: path.to_owned(), source };
        let text = serde_json::to_vec_pretty(self).map_err(|error| unwritable(error.into()))?;
        replace(path, &text).map_err(unwritable)
    }
}

/// The stable revision by the record of a gateway's directory, whether the gateway runs or not.
pub fn recorded_stable(dir: &Path) -> Result<Option<Revision>, RecordError> {
    let record = Record::read(&dir.join(FILE))?;
    Ok(record.and_then(|record| record.in_effect).and_then(|now| now.stable))
}

/// Writes a file for this user alone and renames it into place; on disk when it returns.
fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    replace_with(path, text, 0o600)
}

/// The same for a file that another user's proxy reads.
pub fn replace_shared(path: &Path, text: &[u8]) -> io::Result<()> {
    replace_with(path, text, 0o644)
}

fn replace_with(path: &Path, text: &[u8], mode: u32) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&beside)?;
    file.write_all(text)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_record_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.json");
        assert_eq!(Record::read(&path).unwrap(), None);
        let mut record = Record::new("shop");
        record.address = Some("127.0.0.1:8080".parse().unwrap());
        let desired = sample::split("r-1", 3, 900, 100);
        let stable = desired.revisions.first().map(|one| one.revision.clone());
        record.accepted = Some(Accepted { desired, stable });
        record.failed = Some("no luck".to_owned());
        for _ in 0..2 {
            record.write(&path).unwrap();
            assert_eq!(Record::read(&path).unwrap().as_ref(), Some(&record));
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_stable_revision_is_the_one_in_effect() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(recorded_stable(folder.path()).unwrap(), None);
        let mut record = Record::new("shop");
        let desired = sample::split("r-1", 3, 900, 100);
        let [v1, v2] = [0, 1].map(|at: usize| Some(desired.revisions[at].revision.clone()));
        record.accepted = Some(Accepted { desired: desired.clone(), stable: v2 });
        record.in_effect = Some(Accepted { desired, stable: v1.clone() });
        record.write(&folder.path().join(FILE)).unwrap();
        assert_eq!(recorded_stable(folder.path()).unwrap(), v1);
    }

    #[test]
    fn a_record_that_is_none_is_told_and_not_guessed_at() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.json");
        for (written, said) in [
            ("", "is no record"),
            ("{\"format\":1", "is no record"),
            ("{\"format\":1}", "is no record"),
            ("{\"format\":2,\"new\":true}", "has the format 2"),
        ] {
            std::fs::write(&path, written).unwrap();
            let error = Record::read(&path).unwrap_err().to_string();
            assert!(error.contains(said), "{written:?}: {error}");
        }
    }
}
