//! The threshold health check: any number of named queries, each held to its bounds.
//!
//! The verdict is the worst of all: a value over a bound fails, over a warning bound warns, and what could not be
//! measured, or rests on too few events, is inconclusive. Nothing that is missing ever passes.

mod bounds;
mod config;
mod judge;
mod reason;
#[cfg(test)]
mod tests;

use sluice_sdk::{Call, HealthCheck, Judged, Plugin, Problem, Query};

pub use config::{Bounded, Threshold, Window};

impl Plugin for Threshold {
    const NAME: &'static str = "threshold";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SUMMARY: &'static str = "Holds the answers of named queries to bounds";
    type State = ();

    fn validate(&self) -> Vec<Problem> {
        config::problems(self)
    }

    fn queries(&self) -> Vec<Query> {
        config::queries(self)
    }
}

impl HealthCheck for Threshold {
    fn judge(&self, call: &Call, _: &mut ()) -> Result<Judged, String> {
        let held: Vec<_> = self.queries.iter().map(|query| judge::hold(query, call)).collect();
        Ok(reason::judged(&held))
    }
}

sluice_sdk::export!(Threshold: HealthCheck);
