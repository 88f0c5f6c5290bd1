//! The compare health check: metrics of the candidate against those of a baseline or of stable, by the ranks of
//! their samples, weighed into a score.

mod config;
mod judge;
#[cfg(test)]
mod tests;

use sluice_sdk::{Call, HealthCheck, Judged, Plugin, Problem, Query};

pub use config::{Compare, Metric};

impl Plugin for Compare {
    const NAME: &'static str = "compare";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SUMMARY: &'static str =
        "Compares the candidate's metrics with a baseline's or stable's, into a score";
    type State = ();

    fn validate(&self) -> Vec<Problem> {
        config::problems(self)
    }

    fn queries(&self) -> Vec<Query> {
        config::queries(self)
    }
}

impl HealthCheck for Compare {
    fn judge(&self, call: &Call, _: &mut ()) -> Result<Judged, String> {
        judge::judged(self, call)
    }
}

sluice_sdk::export!(Compare: HealthCheck);
