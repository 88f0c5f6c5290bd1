//! The engine's own check: whether the candidate's instances stay up.

use std::collections::BTreeMap;

use crate::model::verdict::{Judgement, Verdict};

use super::state::{Restarts, State};

/// What the check is called, in verdicts and reasons. A workflow's own can not be.
pub const INSTANCES: &str = "instances";

impl State {
    /// The verdict on the round's look at the target.
    pub fn judge_instances(&self) -> Judgement {
        let (none, limit) = (Restarts::default(), self.plan.max_restarts);
        let restarts = self.step.as_ref().map_or(&none, |step| &step.restarts);
        let verdict = match (restarts.all, restarts.fresh) {
            (0, _) => Verdict::Pass,
            (all, _) if all >= limit => Verdict::Fail,
            (_, 0) => Verdict::Warn,
            _ => Verdict::Inconclusive,
        };
        let times =
            if restarts.all == 1 { "1 restart".to_owned() } else { format!("{} restarts", restarts.all) };
        let reason = format!("{times} in this step, the limit is {limit}; {}", restarts.last);
        Judgement {
            check: INSTANCES.to_owned(),
            verdict,
            score: None,
            reason: if restarts.all == 0 { "no restart in this step".to_owned() } else { reason },
            measurements: Vec::new(),
            observed: self.round.observed.as_ref().map_or(String::new(), |set| set.id.clone()),
            further: Vec::new(),
            state: Vec::new(),
        }
    }

    /// The check is in scope once there is something to say.
    pub(super) fn instances_in_scope(&self) -> Option<&'static str> {
        let restarted = self.step.as_ref().is_some_and(|step| step.restarts.all > 0);
        let taken = self.plan.checks.iter().any(|check| check.name == INSTANCES);
        (restarted && !taken).then_some(INSTANCES)
    }

    /// Counts what the round's look was the first to see. What was before the release's first look is not counted.
    pub(super) fn count_restarts(&mut self) {
        let Some(set) = &self.round.observed else { return };
        let Some(step) = &mut self.step else { return };
        step.restarts.fresh = 0;
        // A target that was not reached tells nothing, and nothing is forgotten for it.
        let Some(found) = &set.found else { return };
        let known = self.restarts.get_or_insert_with(|| {
            found.restarted.iter().map(|one| (one.instance.clone(), one.times)).collect::<BTreeMap<_, _>>()
        });
        for one in &found.restarted {
            let before = known.insert(one.instance.clone(), one.times).unwrap_or(0);
            // An instance of the same name that counts from the beginning is another one.
            let fresh = if one.times < before { one.times } else { one.times - before };
            if fresh > 0 {
                step.restarts.fresh = step.restarts.fresh.saturating_add(fresh);
                step.restarts.all = step.restarts.all.saturating_add(fresh);
                step.restarts.last = match one.last_exit.as_str() {
                    "" => format!("`{}` was restarted", one.instance),
                    exit => format!("`{}` {exit}", one.instance),
                };
            }
        }
    }
}
