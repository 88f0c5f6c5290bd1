//! Everything that can go wrong with a plugin: what happened, and what to do about it.

use sluice_runner::ports::plugins::{PluginError, PluginFailure};
use thiserror::Error;

/// One failure. It reads on from "plugin `x` ...".
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Failure {
    #[error("is not among the bundled ones ({known})")]
    UnknownName { known: String },
    #[error("can not be read from `{path}`: {reason}")]
    Unreadable { path: String, reason: String },
    #[error("is pinned as `{digest}`, and no such component is kept here")]
    NotKept { digest: String },
    #[error("is a file of more than {limit} bytes")]
    FileTooLarge { limit: u64 },
    #[error("is not a WebAssembly component: {what}")]
    NotAComponent { what: &'static str },
    #[error("does not compile: {reason}")]
    DoesNotCompile { reason: String },
    #[error("could not be compiled, because the compiler did not run: {reason}")]
    NoCompiler { reason: String },
    #[error("was stopped while compiling: it took more than {0}")]
    CompileLimit(String),
    #[error("is a {found}, and a {wanted} is needed here")]
    WrongKind { wanted: &'static str, found: String },
    #[error("exports no interface of `sluice:plugin`")]
    NoWorld,
    #[error("speaks `{found}`, and this host speaks {known}")]
    WrongVersion { found: String, known: &'static str },
    #[error("does not keep to the contract that it names: {reason}")]
    NotTheContract { reason: String },
    #[error("imports `{0}`, which no plugin may have")]
    ForbiddenImport(String),
    #[error("trapped: {0}")]
    Trap(String),
    #[error("panicked: {0}")]
    Panic(String),
    #[error("ran out of fuel ({0} units)")]
    OutOfFuel(u64),
    #[error("was stopped after {0} ms: the host is overloaded")]
    TimeOut(u128),
    #[error("asked for more than {0} bytes of memory")]
    OutOfMemory(usize),
    #[error("called functions too deeply: its stack is used up")]
    StackOverflow,
    #[error("handed over more than {limit} bytes at once")]
    ResultTooLarge { limit: usize },
    #[error("returned a state of {size} bytes, more than the limit of {limit}")]
    StateTooLarge { size: usize, limit: usize },
    #[error("returned {0}")]
    BadOutput(String),
    #[error("answered with an error: {0}")]
    Refused(String),
    #[error("needs more room than a plugin has: {0}")]
    NoRoom(String),
}

impl Failure {
    /// The failure as the engine and people see it.
    pub(crate) fn of(self, plugin: &str) -> PluginError {
        PluginError {
            plugin: plugin.to_owned(),
            code: self.code(),
            what: self.to_string(),
            help: self.help().to_owned(),
        }
    }

    fn code(&self) -> PluginFailure {
        match self {
            Self::UnknownName { .. } | Self::Unreadable { .. } | Self::NotKept { .. } => {
                PluginFailure::NotFound
            }
            Self::NotAComponent { .. } | Self::DoesNotCompile { .. } | Self::NoCompiler { .. } => {
                PluginFailure::DoesNotCompile
            }
            Self::CompileLimit(_) => PluginFailure::CompileLimit,
            Self::WrongKind { .. } | Self::NoWorld => PluginFailure::WrongWorld,
            Self::WrongVersion { .. } | Self::NotTheContract { .. } => PluginFailure::WrongVersion,
            Self::ForbiddenImport(_) => PluginFailure::ForbiddenImport,
            Self::Trap(_) | Self::StackOverflow => PluginFailure::Trap,
            Self::Panic(_) => PluginFailure::Panic,
            Self::OutOfFuel(_) => PluginFailure::OutOfFuel,
            Self::TimeOut(_) => PluginFailure::TimeOut,
            Self::OutOfMemory(_) | Self::NoRoom(_) => PluginFailure::OutOfMemory,
            Self::FileTooLarge { .. } | Self::ResultTooLarge { .. } | Self::StateTooLarge { .. } => {
                PluginFailure::Oversized
            }
            Self::BadOutput(_) => PluginFailure::BadOutput,
            Self::Refused(_) => PluginFailure::Refused,
        }
    }

    fn help(&self) -> &'static str {
        match self {
            Self::UnknownName { .. } => {
                "name a bundled plugin, or give the path of a file: `./my-plugin.wasm`"
            }
            Self::Unreadable { .. } => "check the path; it is taken relative to the workflow's folder",
            Self::NotKept { .. } => "plan again with the plugin's file in place",
            Self::FileTooLarge { .. } => "build the plugin for release, and strip it",
            Self::NotAComponent { .. } => {
                "build a component: `cargo build --release --target wasm32-wasip2`, or `wasm-tools component new`"
            }
            Self::DoesNotCompile { .. } => "build the plugin again, and check that the file is whole",
            Self::NoCompiler { .. } => "check that the sluice binary may be executed again from where it is",
            Self::CompileLimit(_) => "make the plugin smaller: strip it, and leave out what it does not need",
            Self::WrongKind { .. } => "put it where its kind belongs, or export the interface of this kind",
            Self::NoWorld => {
                "export one of the interfaces `strategy-api`, `health-check-api`, `rollback-api`"
            }
            Self::WrongVersion { .. } => "build the plugin with the SDK of a version that this host speaks",
            Self::NotTheContract { .. } => "generate its bindings from the released WIT files, unchanged",
            Self::ForbiddenImport(_) => {
                "take out what needs it: plugins are pure, and have only `metrics` and `log`"
            }
            Self::Trap(_) | Self::Panic(_) => {
                "this is a mistake in the plugin: tell its author the text above"
            }
            Self::StackOverflow => "make the plugin loop instead of recurse, or bound its depth",
            Self::OutOfFuel(_) => "look for an endless loop; ask for fewer samples, or do less in one call",
            Self::TimeOut(_) => "free the machine; this says nothing of the plugin or of the release",
            Self::OutOfMemory(_) => "ask for fewer samples, and keep less in memory",
            Self::ResultTooLarge { .. } | Self::StateTooLarge { .. } => {
                "keep the state and the answer small: counters and last values, not history"
            }
            Self::BadOutput(_) => {
                "this is a mistake in the plugin: its answer is not one that the contract allows"
            }
            Self::Refused(_) => "the plugin says what it misses; check its config and its queries",
            Self::NoRoom(_) => "start with less memory, smaller tables and fewer modules",
        }
    }
}
