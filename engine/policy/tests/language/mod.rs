//! The language itself.

mod conformance;
mod containment;
mod details;
