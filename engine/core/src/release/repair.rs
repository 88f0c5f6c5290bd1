//! A target that lost the shape in effect: killed, or changed by somebody else. It is given the shape again.

use crate::model::shape::Role;
use crate::model::verdict::Verdict;

use super::state::{Phase, State};

/// How long a repair is waited for before another: two who fight over a target must not flood it.
const REPAIR_EVERY_MS: u64 = 5_000;

impl State {
    /// Whether the shape in effect is to be given to the target again. After a failed verdict the candidate gets
    /// nothing back that it has lost.
    pub(super) fn lost(&self, now: u64) -> bool {
        let (Some(step), Some(wrong)) = (&self.step, self.wrong()) else { return false };
        let pause = self.plan.metrics.interval_ms.max(REPAIR_EVERY_MS);
        let rested = step.repaired_at.is_none_or(|at| self.clock(now) >= at.saturating_add(pause));
        let failed = self.round.judged.values().any(|one| one.verdict == Verdict::Fail);
        let raises = wrong.candidate.is_some_and(|seen| seen < self.shape.weight(Role::Candidate));
        wrong.lost && rested && self.round_complete() && self.round_fresh(now) && !(failed && raises)
    }

    /// What goes on after the repair that begins now.
    pub(super) fn interrupted_by_repair(&mut self, clock: u64) -> Box<Phase> {
        if let Some(step) = &mut self.step {
            step.repaired_at = Some(clock);
        }
        let mut phase = self.phase.clone();
        if let Phase::Between(between) = &mut phase {
            between.allowed = None;
        }
        Box::new(phase)
    }
}
