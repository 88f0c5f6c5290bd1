//! Tests of the public face of the policy engine.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod expressions;
mod language;
mod policies;
