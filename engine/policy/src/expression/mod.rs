//! Expressions: CEL text in, a value or the reason why there is none out.
//!
//! What can be known of an expression is told when it is compiled: its syntax, names it could never resolve, and
//! kinds that do not go together. What it costs is counted when it is evaluated.

mod compile;
mod evaluate;

pub use crate::cel::{
    Domain, Domains, EvaluationError, Flaw as Fault, Key, Kind, Map, Moment, Scope, Trace, Tracked, Value,
};
pub use compile::{Expression, compile, compile_knowing};
pub use evaluate::{Evaluated, TooMuch, Variables};
pub(crate) use evaluate::{Source, within_limits};

use crate::cel::Limits;

/// Entries of one map or list that rules can see.
pub const MAX_ENTRIES: usize = 1024;
/// Bytes of one text that rules can see.
pub const MAX_TEXT: usize = 4096;

/// What rules may be and cost.
pub fn limits() -> Limits {
    Limits { nan_compares: false, ..Limits::default() }
}
