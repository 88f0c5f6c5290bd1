//! Checks of the house rules. `tests/main.rs` runs each rule over the tree and fails with every finding it has.

pub mod finding;
pub mod rules;
pub mod tree;
