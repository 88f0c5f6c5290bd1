//! The burn-rate health check: how fast the candidate uses up an error budget, in a long and a short window at once.
//! The long one says that it matters, the short one that it still goes on.

mod config;
mod judge;
#[cfg(test)]
mod tests;

use sluice_sdk::{Call, HealthCheck, Judged, Plugin, Problem, Query};

pub use config::{BurnRate, Pair};

impl Plugin for BurnRate {
    const NAME: &'static str = "burn-rate";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SUMMARY: &'static str =
        "Holds how fast an error budget is used up to bounds, in two windows at once";
    type State = ();

    fn validate(&self) -> Vec<Problem> {
        config::problems(self)
    }

    fn queries(&self) -> Vec<Query> {
        config::queries(self)
    }
}

impl HealthCheck for BurnRate {
    fn judge(&self, call: &Call, _: &mut ()) -> Result<Judged, String> {
        judge::judged(self, call)
    }
}

sluice_sdk::export!(BurnRate: HealthCheck);
