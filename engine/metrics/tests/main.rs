//! The one test binary: conformance vectors and comparisons with other implementations.

mod differential;
mod exposition_conformance;
mod promql_conformance;
mod vectors;
