//! The rolling strategy: replaces instances in batches, each under a gate, within bounds of capacity.
//!
//! Traffic is in proportion to instances. The first bad batch is the last one; `on-failure` with `how: batches` goes
//! back by batches too.

#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::Deserialize;
use sluice_batches::{Bounds, Pair};
use sluice_sdk::{
    Amount, Call, Duration, Pause, Plugin, Problem, Proposal, Role, Shape, Step, Strategy, Watch,
};

/// Replaces instances in batches, each under a gate.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rolling {
    /// How many instances a batch replaces at most, as a number or a share (rounded up); a quarter where it is not said.
    #[serde(default)]
    pub window: Option<Amount>,
    /// How many instances more than the full size there may be at once, as a number or a share (rounded up); a
    /// quarter where it is not said.
    #[serde(default)]
    pub max_surge: Option<Amount>,
    /// How many instances fewer than the full size there may be at once, as a number or a share (rounded down); none
    /// where it is not said.
    #[serde(default)]
    pub max_unavailable: Option<Amount>,
    /// How long each batch is watched at least.
    #[serde(default)]
    pub hold: Option<Duration>,
    /// How many events the candidate must have served in each batch.
    #[serde(default)]
    pub min_events: Option<u64>,
    /// Names of the checks that must pass after each batch; empty for all.
    #[serde(default)]
    pub checks: Vec<String>,
    /// Waits for a person's approval after the first batch.
    #[serde(default)]
    pub pause: Option<Pause>,
    /// How long each batch may take before the release is rolled back. Without it ten times the hold and 5 minutes.
    #[serde(default)]
    pub deadline: Option<Duration>,
}

impl Rolling {
    fn bounds(&self) -> Bounds {
        let quarters = Bounds::default();
        Bounds {
            window: self.window.unwrap_or(quarters.window),
            max_surge: self.max_surge.unwrap_or(quarters.max_surge),
            max_unavailable: self.max_unavailable.unwrap_or(quarters.max_unavailable),
        }
    }

    fn watch(&self) -> Watch {
        Watch {
            hold: self.hold,
            min_events: self.min_events,
            checks: self.checks.clone(),
            pause: self.pause.clone(),
            deadline: self.deadline,
        }
    }

    fn step(&self, number: usize, all: usize, (batch, full): (Pair, u32)) -> Step {
        let mut shape = Shape::new();
        if batch.old > 0 {
            shape = shape.with(Role::Stable, batch.old, batch.share().rest());
        }
        if batch.new == 0 {
            let at_once = Watch { hold: Some(Duration::ZERO), ..Watch::default() };
            return Step::new("room for the first batch", shape, at_once.unexposed_gate("making room"));
        }
        shape = shape.with(Role::Candidate, batch.new, batch.share());
        let name = format!("batch {number} of {all}");
        let mut watch = self.watch();
        if number > 1 {
            watch.pause = None;
        }
        let gate = watch.gate(&name);
        Step::new(name, shape, gate).because(format!("{} of {full} instances are new", batch.new))
    }
}

impl Plugin for Rolling {
    const NAME: &'static str = "rolling";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SUMMARY: &'static str =
        "Replaces instances in batches, each under a gate, within bounds of capacity";
    type State = ();

    fn validate(&self) -> Vec<Problem> {
        let mut problems = self.bounds().problems("");
        problems.extend(self.watch().problems(""));
        problems
    }
}

impl Strategy for Rolling {
    fn next(&self, call: &Call, _: &mut ()) -> Result<Proposal, String> {
        let (stable, full) = (call.full(&Role::Stable), call.full(&Role::Candidate));
        if stable == 0 {
            return Err("there is no stable revision to replace".into());
        }
        let batches = self.bounds().limits(stable, full).batches(Pair { old: stable, new: 0 }, full);
        if let Some(missing) = missing(call) {
            return Ok(Proposal::Hold(missing));
        }
        let room = batches.iter().filter(|batch| batch.new == 0).count();
        Ok(match batches.get(call.completed()) {
            Some(batch) => {
                let number = (call.completed() + 1).saturating_sub(room);
                self.step(number, batches.len() - room, (*batch, full)).into()
            }
            None => Proposal::Complete(format!("all {full} instances are new")),
        })
    }
}

/// A batch never takes instances away while others are missing.
fn missing(call: &Call) -> Option<String> {
    if call.completed() == 0 {
        return None;
    }
    let short = call.snapshot.shape.allocations.iter().find_map(|one| {
        let ready = call.capacity(&one.role).map_or(0, |capacity| capacity.ready);
        (ready < one.instances).then(|| format!("{ready} of {} {}", one.instances, one.role.name()))
    });
    short.map(|short| format!("{short} instances are ready: the next batch waits for them"))
}

sluice_sdk::export!(Rolling: Strategy);
