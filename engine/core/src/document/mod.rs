//! Documents: bytes in, typed values or problems with their places out.
//!
//! Every problem of a document is told at once, each with its place, what is wrong and what to write instead.

pub mod measure;
pub mod overrides;
pub mod problem;
pub mod reader;
pub mod source;
pub mod tree;
pub mod workflow;
