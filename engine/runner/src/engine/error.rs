//! Why the engine stopped before the release ended. Nothing was done whose intent is not on disk.

use miette::Diagnostic;
use sluice_core::release::fold::Illegal;
use sluice_core::release::replay::ReplayError;
use thiserror::Error;

use crate::journal::JournalError;
use crate::ports::plugins::PluginError;

#[derive(Debug, Error, Diagnostic)]
pub enum EngineError {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Journal(#[from] JournalError),
    #[error("the journal can not be folded: {0}")]
    #[diagnostic(help(
        "the journal was written by another version, or was damaged; `sluice show` tells where"
    ))]
    Replay(#[from] ReplayError),
    #[error("the engine was about to record what can not be: {0}")]
    #[diagnostic(help("this is a fault in the engine; the release is left as it is, and nothing was done"))]
    Illegal(#[from] Illegal),
    #[error("a plugin that the plan pins can not be loaded: {0}")]
    #[diagnostic(help("{}", .0.help))]
    Plugin(#[from] PluginError),
    #[error("the policies that the plan pins can not be loaded: {0}")]
    #[diagnostic(help(
        "the plan was made by another version; abort the release with that version, or plan anew"
    ))]
    Policies(String),
}
