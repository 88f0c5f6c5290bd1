//! A step's gate: what is still open of it.

use crate::document::measure::show_duration;
use crate::model::verdict::Verdict;

use super::decision::Reason;
use super::state::{State, StepState};

/// How far a gate has closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateStatus {
    /// Time under observation that is still missing.
    pub time_left_ms: u64,
    pub events: Option<u64>,
    pub events_left: u64,
    /// Checks in scope with their last verdict.
    pub checks: Vec<(String, Option<Verdict>)>,
    /// What verdicts, missing or not passing, stand in the way.
    pub objections: Vec<Reason>,
    /// Whether an approval is asked for and not yet given.
    pub approval_missing: bool,
    /// Smoke tests that have not passed yet.
    pub smoke_open: Vec<String>,
    /// When the release rolls back if the gate has not closed.
    pub deadline_at: u64,
}

impl GateStatus {
    pub fn closed(&self) -> bool {
        self.only_approval_missing() && !self.approval_missing
    }

    /// Whether nothing but the approval (asked for or not) is missing.
    pub fn only_approval_missing(&self) -> bool {
        self.time_left_ms == 0
            && self.events_left == 0
            && self.objections.is_empty()
            && self.smoke_open.is_empty()
    }

    /// What the gate waits for, for people.
    pub fn waiting_for(&self) -> Vec<Reason> {
        let mut open = self.objections.clone();
        if self.time_left_ms > 0 {
            open.push(Reason::new(
                "gate",
                format!("{} of observed time missing", show_duration(self.time_left_ms)),
            ));
        }
        if self.events_left > 0 {
            open.push(Reason::new("gate", format!("{} events missing", self.events_left)));
        }
        open.extend(
            self.smoke_open.iter().map(|name| Reason::new(format!("smoke test {name}"), "not passed yet")),
        );
        if self.approval_missing {
            open.push(Reason::new("gate", "approval missing"));
        }
        open
    }
}

impl State {
    /// The gate of the step in effect.
    pub fn gate(&self, now: u64) -> Option<GateStatus> {
        let step = self.step.as_ref()?;
        let gate = &step.step.gate;
        let hurry = self.hurrying().next().is_some();
        let events = self.events();
        let left = |wanted: u64, had: u64| if hurry { 0 } else { wanted.saturating_sub(had) };
        let verdict = |name: &&str| {
            let verdict = self.round.judged.get(*name).map(|judgement| judgement.verdict);
            ((*name).to_owned(), verdict)
        };
        let approval_missing = gate.approval.as_ref().is_some_and(|approval| {
            let hurried = self.hurrying().any(|promote| self.is_asked(approval, &promote.by.who));
            step.approved.is_none() && !hurried
        });
        Some(GateStatus {
            time_left_ms: left(gate.min_time_ms, step.watched_ms),
            events,
            events_left: left(gate.min_events, events.unwrap_or(0)),
            checks: self.scope().iter().map(verdict).collect(),
            objections: self.objections(now),
            approval_missing,
            smoke_open: self.smoke_open(),
            deadline_at: self.step_deadline(step, approval_missing) + self.idle_ms,
        })
    }

    /// On the release's own clock. From when only the approval was missing until it is given, its own deadline counts;
    /// then the step's again, without the time that it was waited for.
    fn step_deadline(&self, step: &StepState, approval_missing: bool) -> u64 {
        match (&step.step.gate.approval, step.awaiting_since) {
            (Some(approval), Some(since)) if approval_missing => since.saturating_add(approval.deadline_ms),
            _ => {
                step.entered_clock.saturating_add(step.step.gate.deadline_ms).saturating_add(step.awaited_ms)
            }
        }
    }
}
