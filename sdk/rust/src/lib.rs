//! Write Sluice plugins in Rust.
