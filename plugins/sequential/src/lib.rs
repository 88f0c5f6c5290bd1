//! The sequential health check: is the candidate worse, looked at in every round?
//!
//! Each round adds what was counted since the last one to a test whose chance of a false alarm is bounded over the
//! whole release, however often it is looked at. Errors and slow requests are both shares of bad events.

mod config;
mod judge;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use sluice_sdk::{Call, HealthCheck, Judged, Plugin, Problem, Query};

pub use config::{Latency, Ratio, Sequential};
pub use judge::Watched;

impl Plugin for Sequential {
    const NAME: &'static str = "sequential";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SUMMARY: &'static str =
        "Follows errors and slow requests round by round, within a budget of false alarms";
    type State = BTreeMap<String, Watched>;

    fn validate(&self) -> Vec<Problem> {
        config::problems(self)
    }

    fn queries(&self) -> Vec<Query> {
        config::queries(self)
    }
}

impl HealthCheck for Sequential {
    fn judge(&self, call: &Call, state: &mut Self::State) -> Result<Judged, String> {
        judge::judged(self, call, state)
    }
}

sluice_sdk::export!(Sequential: HealthCheck);
