//! What plugins are shown of a state.

use std::collections::BTreeMap;

use crate::model::capabilities::Capabilities;
use crate::model::shape::Role;
use crate::snapshot::{Capacity, Seen, Snapshot};

use super::state::State;

impl State {
    /// What a plugin may know now.
    pub fn snapshot(&self, now: u64) -> Snapshot {
        let observed = self.round.observed.as_ref();
        let judgements = self.round.judged.values().map(|judgement| Seen {
            check: judgement.check.clone(),
            verdict: judgement.verdict,
            score: judgement.score,
            reason: judgement.reason.clone(),
        });
        Snapshot {
            id: observed.map_or(String::new(), |set| set.id.clone()),
            now,
            seed: self.plan.seed,
            service: self.plan.about.service.clone(),
            environment: self.plan.about.environment.clone(),
            shape: self.shape.clone(),
            completed: self.completed,
            time_in_step_ms: self.step.as_ref().map_or(0, |step| step.watched_ms),
            capacities: self.capacities(),
            judgements: judgements.collect(),
            attrs: self.plan.target.capabilities.as_ref().map(told).unwrap_or_default(),
        }
    }

    fn capacities(&self) -> Vec<Capacity> {
        let ready = |role: Role| {
            let observed = self.round.observed.as_ref();
            observed.and_then(|set| set.ready.get(role.name()).copied()).unwrap_or(0)
        };
        let of = |role: Role, revision: &crate::plan::Revision| Capacity {
            role,
            version: revision.version.clone(),
            full: revision.instances,
            ready: ready(role),
        };
        let stable = self.plan.stable.iter().map(|revision| of(Role::Stable, revision));
        stable.chain([of(Role::Candidate, &self.plan.candidate)]).collect()
    }
}

/// What the target can do, in the words of the contract.
fn told(target: &Capabilities) -> BTreeMap<String, String> {
    let can = [("target.mirror", target.mirror), ("target.routes", target.routes)];
    let can = can.map(|(key, can)| (key.to_owned(), can.to_string()));
    let capacity = target.capacity.map(|most| ("target.capacity".to_owned(), most.to_string()));
    can.into_iter().chain(capacity).collect()
}
