//! Documents, plan, state machine, decisions and report.
//!
//! Pure: no IO, no clock, no async, no wasmtime. Time, bytes and seeds arrive as arguments.

pub mod document;
pub mod model;
pub mod one_line;
pub mod plan;
pub mod release;
pub mod report;
pub mod sample;
pub mod snapshot;
