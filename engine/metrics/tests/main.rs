//! The one test binary: conformance vectors and comparisons with other implementations.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test binary may fail and report")]

mod differential;
mod exposition_conformance;
mod memory;
mod promql_conformance;
mod vectors;
