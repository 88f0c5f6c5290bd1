//! The no-regression health check: many metrics at once, with one budget of false alarms for all of them and for all
//! looks together.

mod config;
mod judge;
#[cfg(test)]
mod tests;

use sluice_sdk::{Call, HealthCheck, Judged, Plugin, Problem, Query};

pub use config::{NoRegression, Share, Value};
pub use judge::Kept;

impl Plugin for NoRegression {
    const NAME: &'static str = "no-regression";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SUMMARY: &'static str = "Compares many metrics, with one budget of false alarms for all of them";
    type State = Kept;

    fn validate(&self) -> Vec<Problem> {
        config::problems(self)
    }

    fn queries(&self) -> Vec<Query> {
        config::queries(self)
    }
}

impl HealthCheck for NoRegression {
    fn judge(&self, call: &Call, state: &mut Kept) -> Result<Judged, String> {
        judge::judged(self, call, state)
    }
}

sluice_sdk::export!(NoRegression: HealthCheck);
