//! Times as people read them.

pub use sluice_core::report::time::{date_and_minute, of_day, span};
