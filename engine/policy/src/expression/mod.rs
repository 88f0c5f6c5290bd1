//! Expressions: CEL text in, a value or the reason why there is none out.
//!
//! This is the only place that knows which CEL implementation stands behind it. What can be known of an
//! expression is told when it is compiled: its syntax, names it could never resolve, and what it may cost.

mod bounds;
mod compile;
mod evaluate;
mod functions;
mod kind;
mod names;
mod record;
mod text;
mod value;

pub use compile::{Expression, compile};
pub use evaluate::{Evaluated, EvaluationError, Variables};
pub use kind::{Kind, Scope};
pub use value::{Absent, Record, Value};

/// What is wrong with an expression, and where: byte offsets into its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub start: usize,
    pub end: usize,
    pub message: String,
    pub help: Option<String>,
}

/// Bytes of one expression.
pub const MAX_BYTES: usize = 4096;
/// Brackets inside one another.
pub const MAX_DEPTH: usize = 24;
/// Operators in one expression, dots and question marks included.
pub const MAX_OPERATORS: usize = 256;
/// Entries of one map or list that rules can go through.
pub const MAX_ENTRIES: usize = 128;
/// Bytes of one text that rules can see.
pub const MAX_TEXT: usize = 4096;

impl Fault {
    fn new(start: usize, end: usize, message: impl Into<String>) -> Self {
        Self { start, end, message: message.into(), help: None }
    }

    fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
