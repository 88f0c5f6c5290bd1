//! The shipped checks, natively compiled, over simulated traffic: looked at every minute for half an hour, many
//! times over, with fixed seeds.

mod check;
mod random;
mod scenario;
mod traffic;

pub use check::{CHECKS, Check};
pub use scenario::{Found, SCENARIOS, Scenario, run};
pub use traffic::{Arm, Traffic};

/// How long each trial is watched, a look a minute.
pub const MINUTES: usize = 30;
