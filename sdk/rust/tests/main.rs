//! The SDK as a plugin author meets it.
#![allow(clippy::unwrap_used, reason = "what a test can not read fails it")]

mod calls;
mod readme;
