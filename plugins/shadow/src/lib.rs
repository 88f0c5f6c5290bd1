//! The shadow strategy: copies users' requests to a candidate whose answers nobody sees, and has them compared.
//!
//! It may go on as a canary; without that the candidate is promoted on what the mirror showed.

#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::Deserialize;
use sluice_ladder::{Ladder, Ramped, Step};
use sluice_sdk::{Amount, Call, Duration, Plugin, Problem, Proposal, Role, Shape, Strategy, Watch, Weight};

/// Mirrors requests to the candidate by rising shares, and may go on as a canary.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Shadow {
    /// The shares of requests that are mirrored, rising. A bare share is a step with the defaults below.
    #[schemars(length(min = 1, max = 100))]
    pub steps: Vec<Step>,
    /// Names of the checks that judge mirrored answers, such as one by the plugin `diff`; for each step that names
    /// none.
    #[schemars(length(min = 1))]
    pub checks: Vec<String>,
    /// How many instances of the candidate take mirrored requests, as a number or a share of its full size (rounded
    /// up). Without it as many as each step's share needs.
    #[serde(default)]
    pub instances: Option<Amount>,
    /// How long each step is held at least.
    #[serde(default)]
    pub hold: Option<Duration>,
    /// How many events must have been counted in each step. The default counter counts users' requests only: for
    /// mirrored ones the check `diff` has `min-compared`.
    #[serde(default)]
    pub min_events: Option<u64>,
    /// How long each step may take before the release is rolled back. Without it ten times the hold and 5 minutes.
    #[serde(default)]
    pub deadline: Option<Duration>,
    /// The canary that follows, with the config of the strategy `canary`. Without it the candidate is promoted at
    /// once when the last step closes.
    #[serde(default)]
    pub then: Option<Ladder>,
}

/// The most steps that a shadow may have.
const MAX_STEPS: usize = 100;

impl Shadow {
    fn defaults(&self) -> Watch {
        Watch { hold: self.hold, min_events: self.min_events, deadline: self.deadline, ..Watch::default() }
    }

    fn mirrored(&self, step: &Step, call: &Call) -> sluice_sdk::Step {
        let full = call.full(&Role::Candidate);
        let sized = self.instances.map_or_else(|| step.weight.of(full), |amount| amount.up(full).max(1));
        let shape = Shape::new()
            .with(Role::Stable, call.full(&Role::Stable), Weight::ALL)
            .with(Role::Candidate, sized.max(step.instances.unwrap_or(1)), Weight::NONE)
            .mirror(Role::Candidate, step.weight);
        let name = format!("mirror {}", step.weight);
        let mut watch = step.watch.or(&self.defaults());
        if watch.checks.is_empty() {
            watch.checks.clone_from(&self.checks);
        }
        let gate = watch.gate(&name);
        sluice_sdk::Step::new(name, shape, gate)
    }
}

impl Plugin for Shadow {
    const NAME: &'static str = "shadow";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SUMMARY: &'static str =
        "Mirrors requests to the candidate by rising shares, and may go on as a canary";
    type State = Ramped;

    fn validate(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !(1..=MAX_STEPS).contains(&self.steps.len()) {
            let message = format!("{} steps are not between 1 and {MAX_STEPS}", self.steps.len());
            problems.push(Problem::new("/steps", message));
        }
        if self.checks.is_empty() {
            problems.push(Problem::new("/checks", "a mirror that no check looks at shows nothing"));
        }
        let mut before = Weight::NONE;
        for (index, step) in self.steps.iter().enumerate().take(MAX_STEPS) {
            let place = format!("/steps/{index}");
            if step.weight <= before {
                let message = format!("{} is not above the {before} before it", step.weight);
                problems.push(Problem::new(format!("{place}/weight"), message));
            }
            before = before.max(step.weight);
            problems.extend(step.watch.problems_over(&self.defaults(), &place));
        }
        problems.extend(self.defaults().problems(""));
        problems.extend(self.then.iter().flat_map(|ladder| ladder.problems("/then")));
        problems
    }
}

impl Strategy for Shadow {
    fn next(&self, call: &Call, ramped: &mut Ramped) -> Result<Proposal, String> {
        if call.full(&Role::Stable) == 0 {
            return Err("there is no stable revision whose requests could be mirrored".into());
        }
        if !call.can_mirror() {
            let told = "the target does not mirror requests: use the target `gateway`, or the strategy `canary` with a \
                        small first step";
            return Ok(Proposal::Abort(told.into()));
        }
        match (self.steps.get(call.completed()), &self.then) {
            (Some(step), _) => Ok(self.mirrored(step, call).into()),
            (None, Some(ladder)) => ladder.next(call.completed() - self.steps.len(), call, ramped),
            (None, None) => {
                let last = self.steps.last().map_or(Weight::NONE, |step| step.weight);
                Ok(Proposal::Complete(format!(
                    "mirrored up to {last}; no user has reached the candidate yet"
                )))
            }
        }
    }
}

sluice_sdk::export!(Shadow: Strategy);
