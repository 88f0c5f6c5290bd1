//! The diff health check: how often a mirrored answer differed from the one that the user got.
//!
//! It judges what a target counts while it mirrors: compared answers and differences by kind, and mirrored requests
//! that failed or were shed. With too few compared it says nothing.

mod config;
mod judge;
#[cfg(test)]
mod tests;

use sluice_sdk::{Call, HealthCheck, Judged, Plugin, Problem, Query};

pub use config::{Diff, Ratios};

impl Plugin for Diff {
    const NAME: &'static str = "diff";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SUMMARY: &'static str = "Holds the differences between mirrored answers and users' to bounds";
    type State = ();

    fn validate(&self) -> Vec<Problem> {
        config::problems(self)
    }

    fn queries(&self) -> Vec<Query> {
        config::queries(self)
    }
}

impl HealthCheck for Diff {
    fn judge(&self, call: &Call, _: &mut ()) -> Result<Judged, String> {
        Ok(judge::judged(self, call))
    }
}

sluice_sdk::export!(Diff: HealthCheck);
