//! A rehearsal: the first step's instances beside those there are, without anybody's traffic, and the way back.

use super::decision::{Decision, DecisionKind, Outcome};
use super::event::Proposal;
use super::state::{Phase, Retreating, State};

impl State {
    /// Why there is nothing to rehearse in what the strategy proposed.
    pub(super) fn nothing_to_rehearse(&self, proposal: &Proposal) -> Option<&'static str> {
        if !self.plan.stages.rehearsal {
            return None;
        }
        match proposal {
            _ if self.plan.stable.is_none() => {
                Some("nothing is served yet: there is no way back to rehearse")
            }
            Proposal::Complete(_) => Some("it has no step to rehearse"),
            Proposal::Step(step) if self.shape.grown_for(&step.shape).is_none() => {
                Some("the first step needs no instance beyond those there are: there is nothing to rehearse")
            }
            Proposal::Step(_) | Proposal::Hold(_) | Proposal::Abort(_) => None,
        }
    }

    /// A release waits where it is held; a rehearsal says so and ends.
    pub(super) fn held_rehearsal(&self) -> Option<Decision> {
        let Phase::Between(between) = &self.phase else { return None };
        if !self.plan.stages.rehearsal || between.held.is_empty() {
            return None;
        }
        let (about, reasons) = (between.about().to_owned(), between.held.clone());
        let kind = if between.is_refused() { DecisionKind::RollBack } else { DecisionKind::Abort };
        Some(Decision { kind, about, reasons })
    }
}

/// The way back from what was rehearsed.
pub(super) fn rehearsed(step: &str) -> Retreating {
    let reason = format!("the instances of step {step} came up and were taken back; nobody was exposed");
    Retreating { outcome: Outcome::Rehearsed, reason, queue: Vec::new(), until: 0, told: true, by: None }
}
