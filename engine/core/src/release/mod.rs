//! One release: its facts, its state, and what to do next.

pub mod decision;
pub mod event;
