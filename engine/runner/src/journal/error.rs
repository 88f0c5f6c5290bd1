//! How the journal can fail, and what to do about it.

use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

use super::{LeaseError, MAX_EVENT_BYTES, MAX_SIGNAL_TEXT, MAX_WAITING_SIGNALS};

/// Why the journal did not do as asked. Nothing of a call that failed is in it.
#[derive(Debug, Error, Diagnostic)]
pub enum JournalError {
    #[error("the state directory `{}` can not be used: {source}", path.display())]
    #[diagnostic(help(
        "name another one with `--state`, or make it writable for the user that runs the engine"
    ))]
    Directory { path: PathBuf, source: std::io::Error },

    #[error("the journal `{}` has version {found}, and this engine knows up to {known}", path.display())]
    #[diagnostic(help("use the engine that wrote it or a newer one; nothing was changed"))]
    Newer { path: PathBuf, found: u32, known: u32 },

    #[error("`{}` is not a journal", path.display())]
    #[diagnostic(help("another program's file is in its place, or it is damaged; nothing was changed"))]
    Foreign { path: PathBuf },

    #[error("there is no room left for the journal `{}`", path.display())]
    #[diagnostic(help("make room on that disk and resume the release; traffic stays as it is"))]
    Full { path: PathBuf },

    #[error("the journal `{}` can only be read", path.display())]
    #[diagnostic(help("make the file and its directory writable for the user that runs the engine"))]
    ReadOnly { path: PathBuf },

    #[error("the journal `{}` was kept busy by another process for too long", path.display())]
    #[diagnostic(help("find what holds it open, such as a backup or a database shell with a transaction"))]
    Busy { path: PathBuf },

    #[error("the journal `{}` failed: {source}", path.display())]
    #[diagnostic(help("check the disk; the release stops before its next action and can be resumed"))]
    Store { path: PathBuf, source: rusqlite::Error },

    #[error("there is no release `{0}`")]
    #[diagnostic(help("`sluice history` lists the releases of this state directory"))]
    Unknown(String),

    #[error("`{prefix}` may be {}", list(candidates))]
    #[diagnostic(help("write more of the id"))]
    Ambiguous { prefix: String, candidates: Vec<String> },

    #[error("there already is a release `{0}`")]
    #[diagnostic(help("start it again: it gets another id"))]
    IdTaken(String),

    #[error("`{0}` can not be the id of a release")]
    #[diagnostic(help("an id has lower-case letters, digits and single hyphens, and at most 100 of them"))]
    NotAnId(String),

    #[error("release `{release}` of `{service}` is still under way")]
    #[diagnostic(help("`sluice resume {release}` takes it up, `sluice abort {release}` ends it"))]
    UnderWay { service: String, release: String },

    #[error("release `{release}` has ended")]
    #[diagnostic(help("`sluice show {release}` tells how"))]
    Ended { release: String },

    #[error("record {found} of release `{release}` came where {expected} was due")]
    #[diagnostic(help("another engine may have written to this release; resume it"))]
    OutOfOrder { release: String, expected: u64, found: u64 },

    #[error("the journal of release `{release}` {what}")]
    #[diagnostic(help("this is an error in the engine; please report it"))]
    NotAJournal { release: String, what: &'static str },

    #[error("record {seq} of release `{release}` takes {bytes} bytes, and {MAX_EVENT_BYTES} is the limit")]
    #[diagnostic(help("have the plugins query fewer series, or shorter ranges"))]
    TooLarge { release: String, seq: u64, bytes: usize },

    #[error("record {seq} of release `{release}` is damaged: {what}")]
    #[diagnostic(help("restore the journal from a backup; nothing was changed"))]
    Corrupt { release: String, seq: u64, what: String },

    #[error("record {seq} of release `{release}` has format {found}, and this engine knows up to {known}")]
    #[diagnostic(help("use the engine that wrote it or a newer one"))]
    NewerRecord { release: String, seq: u64, found: u32, known: u32 },

    #[error("the index of release `{release}` is damaged: {what}")]
    #[diagnostic(help("restore the journal from a backup; nothing was changed"))]
    CorruptIndex { release: String, what: String },

    #[error(transparent)]
    #[diagnostic(transparent)]
    Lease(#[from] LeaseError),

    #[error("signal {number} does not wait for release `{release}`")]
    #[diagnostic(help("another engine may have answered it; resume the release"))]
    SignalGone { release: String, number: i64 },

    #[error("{MAX_WAITING_SIGNALS} signals wait for release `{release}` already")]
    #[diagnostic(help("no engine takes them up: `sluice resume {release}`"))]
    TooManySignals { release: String },

    #[error("{what} of the signal is longer than {MAX_SIGNAL_TEXT} bytes")]
    #[diagnostic(help("shorten it"))]
    SignalTooLong { what: &'static str },

    #[error("signal {number} of release `{release}` is damaged: {what}")]
    #[diagnostic(help("restore the journal from a backup; nothing was changed"))]
    CorruptSignal { release: String, number: i64, what: String },

    #[error("write {0} to the journal was made to fail")]
    #[diagnostic(help("a test asked for it"))]
    Injected(u64),
}

fn list(candidates: &[String]) -> String {
    let quoted: Vec<String> = candidates.iter().map(|one| format!("`{one}`")).collect();
    quoted.join(" or ")
}
