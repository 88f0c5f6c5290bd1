//! The shipped strategies and the way back, as compiled components, against the core's own transition function.
//!
//! `cases` are files: what happens, and the shapes that follow. `properties` are bounds over what happens by chance.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod bed;
mod cases;
mod components;
mod fleet;
mod plan;
mod properties;
mod readme;
