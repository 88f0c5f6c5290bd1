//! Policy documents and CEL rules.
//!
//! Pure: no IO, no clock, no randomness. Documents and the facts of a release arrive as arguments, and the same
//! facts give the same outcomes on any machine.

pub mod catalogue;
pub mod cel;
pub mod context;
pub mod document;
mod evaluate;
pub mod explain;
pub mod expression;
pub mod set;
pub mod testing;
pub mod time;
pub mod trial;
mod unapproved;
mod unmeasured;
pub mod vocabulary;
mod watch;

pub use context::Context;
pub use document::schema;
pub use set::PolicySet;
pub use watch::Watch;
