//! What a release waits for, by name, and until when.

use super::event::Purpose;
use super::state::{Between, NextUp, Phase, State};
use crate::model::policy::RuleOutcome;

/// Something that a release waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub on: On,
    /// What it is, for people.
    pub what: String,
    /// When the release stops waiting; nothing for a way back, which is tried until it succeeds.
    pub until: Option<u64>,
}

/// Who or what is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// A person's word.
    Person,
    /// Time, events or verdicts.
    Gate,
    /// The preparation, or jobs.
    Jobs,
    /// A policy that refuses, a strategy that holds.
    Permission,
    Target,
}

impl Between {
    fn waits_for(&self) -> (On, String) {
        if let Some(approvals) = self.awaited() {
            return (On::Person, approvals);
        }
        let held: Vec<String> = self.held.iter().map(ToString::to_string).collect();
        let what = match (&self.next, held.is_empty()) {
            (_, false) => held.join("; "),
            (NextUp::Strategy, true) => "the strategy".to_owned(),
            (NextUp::Step(_) | NextUp::Promotion, true) => "verdicts and policies".to_owned(),
        };
        (On::Permission, what)
    }

    /// The approvals that it is held for, where nothing else holds it.
    fn awaited(&self) -> Option<String> {
        let one = |rule: &RuleOutcome| {
            rule.awaits.as_ref().map(|awaited| format!("{awaited} for {}/{}", rule.policy, rule.rule))
        };
        let all: Vec<String> = self.refused.iter().map(one).collect::<Option<_>>()?;
        (!all.is_empty()).then(|| all.join("; "))
    }
}

impl State {
    /// What the release waits for; nothing once it has ended.
    pub fn waiting(&self) -> Option<Waiting> {
        let deadlines = &self.plan.deadlines;
        let real = |clock: u64, wait: u64| Some(clock.saturating_add(wait).saturating_add(self.idle_ms));
        if let (Some(pause), true) = (&self.paused, self.turnable()) {
            let what = format!("somebody to resume what {} paused", pause.by.who);
            let until = Some(pause.by.at.saturating_add(deadlines.pause_ms));
            return Some(Waiting { on: On::Person, what, until });
        }
        let (on, what, until) = match &self.phase {
            Phase::Ended { .. } => return None,
            Phase::Preparing(preparing) => {
                let until = real(preparing.since, deadlines.hold_ms);
                (On::Jobs, "the preparation".to_owned(), until)
            }
            _ if self.waiting_for_jobs().is_some() => return self.waiting_for_jobs(),
            Phase::Gated => return self.waiting_at_gate(),
            Phase::Moving(moving) => {
                let back = matches!(moving.purpose, Purpose::Retreat | Purpose::Restore);
                let until = if back { None } else { real(moving.since, deadlines.apply_ms) };
                let gate = moving.then.as_ref().and_then(|_| self.gate(self.at)).map(|gate| gate.deadline_at);
                let until = gate.into_iter().chain(until).min();
                (On::Target, format!("{} to be in effect", moving.shape), until)
            }
            Phase::Retreating(_) => (On::Target, "the way back to stable".to_owned(), None),
            Phase::Between(between) => {
                let (on, what) = between.waits_for();
                (on, what, real(between.since, deadlines.hold_ms))
            }
            Phase::Admission { .. } | Phase::Testing | Phase::Cleared { .. } | Phase::Finishing { .. } => {
                (On::Permission, "the engine".to_owned(), real(self.clock(self.at), deadlines.hold_ms))
            }
        };
        Some(Waiting { on, what, until })
    }

    fn waiting_at_gate(&self) -> Option<Waiting> {
        let gate = self.gate(self.at)?;
        let until = Some(gate.deadline_at);
        let step = self.step.as_ref()?;
        if let (Some(approval), Some(_), true) =
            (&step.step.gate.approval, step.awaiting_since, gate.approval_missing)
        {
            let group = if approval.group.is_empty() { "anybody" } else { &approval.group };
            let what = format!("an approval by {group}: {}", approval.message);
            return Some(Waiting { on: On::Person, what, until });
        }
        let open: Vec<String> = gate.waiting_for().iter().map(ToString::to_string).collect();
        Some(Waiting { on: On::Gate, what: open.join("; "), until })
    }
}
