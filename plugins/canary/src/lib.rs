//! The canary strategy: raises the candidate's share of the traffic step by step, each under its own gate.
//!
//! Stable keeps its full size until the release is promoted, at 100 % too, so that going back is instant.

mod config;
mod steps;
#[cfg(test)]
mod tests;

use sluice_sdk::{Call, Plugin, Problem, Proposal, Strategy};

pub use config::{Canary, Pause, Step};

impl Plugin for Canary {
    const NAME: &'static str = "canary";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SUMMARY: &'static str =
        "Raises the candidate's share of the traffic step by step, each under a gate";
    type State = ();

    fn validate(&self) -> Vec<Problem> {
        config::problems(self)
    }
}

impl Strategy for Canary {
    fn next(&self, call: &Call, _: &mut ()) -> Result<Proposal, String> {
        match self.steps.get(call.completed()) {
            Some(step) => Ok(steps::step(self, step, call)?.into()),
            None => Ok(Proposal::Complete(steps::completed(self))),
        }
    }
}

sluice_sdk::export!(Canary: Strategy);
