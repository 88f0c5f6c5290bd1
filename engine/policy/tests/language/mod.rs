//! The language itself.

mod conformance;
mod containment;
