//! Rising shares of the traffic, each under its own gate: the whole of the canary, and what a shadow may go on with.
//!
//! Stable keeps its full size until the release is promoted, at 100 % too, so that going back is instant.

mod baseline;
mod cohort;
mod config;
mod ramp;
mod rung;
mod step;

use sluice_sdk::{Call, Proposal, Role};

pub use baseline::Baseline;
pub use cohort::Cohort;
pub use config::Ladder;
pub use ramp::{Ramp, Ramped};
pub use step::Step;

impl Ladder {
    /// The rung after so many that were climbed.
    pub fn next(&self, climbed: usize, call: &Call, ramped: &mut Ramped) -> Result<Proposal, String> {
        if call.full(&Role::Stable) == 0 {
            return Err("there is no stable revision to take traffic from".into());
        }
        let routes = self.cohort.is_some() && !call.can_route();
        if routes {
            let told = "the target does not route by header or cookie: leave out `cohort`, or use a target that does";
            return Ok(Proposal::Abort(told.into()));
        }
        let Some(above) = climbed.checked_sub(usize::from(self.cohort.is_some())) else {
            return Ok(rung::cohort(self, call).into());
        };
        match &self.ramp {
            Some(ramp) => Ok(match ramp.next(above, call, ramped) {
                Some((step, reason)) => rung::step(self, &step, call).because(reason).into(),
                None => Proposal::Complete(format!("the ramp to {} closed", ramp.to)),
            }),
            None => Ok(match self.steps.get(above) {
                Some(step) => rung::step(self, step, call).into(),
                None => Proposal::Complete(self.climbed()),
            }),
        }
    }

    fn climbed(&self) -> String {
        match (self.steps.len(), self.steps.last()) {
            (1, Some(last)) => format!("the one step, {}, closed", last.weight),
            (count, Some(last)) => format!("all {count} steps up to {} closed", last.weight),
            (_, None) => "there are no steps".into(),
        }
    }
}
