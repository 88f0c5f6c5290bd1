//! The language of rules: CEL as cel-spec defines it, protobuf messages aside, bounded in everything it does.
//!
//! The grammar is that of the `cel` crate, which reads text into a tree. The tree is made over into one of ours
//! that knows where each part stands, and evaluated by our own evaluator, which counts what it does.

mod change;
mod check;
mod compare;
mod domain;
mod error;
mod eval;
mod functions;
mod kind;
mod levels;
mod limits;
mod lower;
mod macros;
mod map;
mod measured;
mod message;
mod moment;
mod node;
mod parse;
mod scan;
mod trace;
mod value;

pub use change::Change;
pub(crate) use check::WEEKDAYS;
pub use check::{Checked, check};
pub use domain::{Domain, Domains};
pub use error::{EvaluationError, Why};
pub(crate) use eval::field_path;
pub use eval::{Evaluation, Names, Remembered, evaluate};
pub(crate) use functions::strings::check_pattern;
pub use kind::{Kind, Scope};
pub(crate) use levels::MAX_LEVELS;
pub use limits::{Breach, Limits};
pub use map::{Key, Map, Tracked};
pub(crate) use measured::Measured;
pub use moment::Moment;
pub use node::{Node, Parsed, Place};
pub(crate) use parse::with_room;
pub use parse::{Flaw, parse};
pub use trace::{Seen, Trace};
pub use value::Value;
