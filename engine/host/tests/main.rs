//! The host against real components: the shipped ones, small ones written for the occasion, and hostile ones.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, in what it calls too"
)]

mod answers;
mod bench;
mod bundled;
mod cache;
mod comparing;
mod compile;
mod computed;
mod described;
mod guest;
mod hostile;
mod image;
mod imports;
mod kept;
mod worlds;
