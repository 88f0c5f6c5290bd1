//! The engines that stand beside ours, each with the same guard in its own language.

pub mod cedar;
pub mod rego;
