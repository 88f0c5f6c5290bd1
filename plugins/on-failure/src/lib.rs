//! The on-failure rollback plugin: counts rounds that failed or said nothing, and goes back at a limit.
//!
//! A passing round clears what is counted in a row. A round that says nothing does not: a candidate that fails and
//! then stops answering has not recovered.

mod config;
mod decide;
mod retreat;
#[cfg(test)]
mod tests;

use sluice_sdk::{Call, Plugin, Problem, Rollback, RollbackAnswer};

pub use config::{Batches, Errors, How, OnFailure, Stepwise};
pub use decide::Tally;

impl Plugin for OnFailure {
    const NAME: &'static str = "on-failure";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SUMMARY: &'static str =
        "Rolls back when checks fail in a row, too often, or say nothing for too long";
    type State = Tally;

    fn validate(&self) -> Vec<Problem> {
        config::problems(self)
    }
}

impl Rollback for OnFailure {
    fn decide(&self, call: &Call, tally: &mut Tally) -> Result<RollbackAnswer, String> {
        Ok(decide::decide(self, call, tally))
    }
}

sluice_sdk::export!(OnFailure: Rollback);
