//! The outline of a release: the steps that it takes where every gate closes, known before anything is done.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::capabilities::Lack;
use crate::model::observation::ObservationSet;
use crate::model::shape::{Role, Shape, Step};
use crate::model::verdict::{Judgement, Verdict};
use crate::plan::{Kind, Plan};
use crate::snapshot::Snapshot;

use super::event::{Proposal, RollbackAnswer};
use super::first;
use super::state::{Answer, Restarts, Round, State, StepState};

/// The steps, and what comes after them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    pub steps: Vec<Step>,
    pub end: End,
}

/// What comes after the steps of an outline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The candidate is promoted.
    Promotion,
    /// It can not be said before the release: why.
    Unknown(String),
}

/// A release in which every check passes and every gate closes as soon as it may.
#[derive(Debug)]
pub struct Walk {
    state: State,
    now: u64,
}

impl Walk {
    pub fn new(plan: &Plan) -> Self {
        Self { state: State::planned("outline", plan, 0), now: 0 }
    }

    /// What is proposed next where no strategy is asked.
    pub fn unasked(&self) -> Option<Proposal> {
        (self.state.plan.kind == Kind::First).then(|| first::proposal(&self.state))
    }

    pub fn snapshot(&self) -> Snapshot {
        self.state.snapshot(self.now)
    }

    /// What the strategy handed over at its last answer.
    pub fn strategy_state(&self) -> &[u8] {
        &self.state.strategy_state
    }

    pub fn answered(&mut self, strategy_state: Vec<u8>) {
        self.state.strategy_state = strategy_state;
    }

    /// All that this step asks of the target in vain: its instances start beside those there are.
    pub fn lacks(&self, step: &Step) -> Vec<Lack> {
        lacks(&self.state.plan, &self.state.shape, &step.shape)
    }

    /// The same of the promotion.
    pub fn promotion_lacks(&self) -> Vec<Lack> {
        lacks(&self.state.plan, &self.state.shape, &self.state.promoted_shape())
    }

    /// Goes through a step: its gate closes as soon as it may.
    pub fn goes_through(&mut self, step: &Step) {
        self.now = self.now.saturating_add(step.gate.min_time_ms.max(self.state.plan.metrics.interval_ms));
        self.state.shape = step.shape.clone();
        self.state.completed += 1;
        self.state.step = Some(StepState {
            step: step.clone(),
            entered_at: self.now,
            entered_clock: self.now,
            watched_ms: step.gate.min_time_ms,
            watched_until: self.now,
            events_before: 0,
            events: Some(step.gate.min_events),
            restarts: Restarts::default(),
            repaired_at: None,
            approved: None,
            awaiting_since: None,
            awaited_ms: 0,
        });
        self.state.round = self.passed();
    }

    /// Lets time pass where the strategy holds.
    pub fn waits(&mut self) {
        let interval = self.state.plan.metrics.interval_ms;
        self.now = self.now.saturating_add(interval);
        if let Some(step) = &mut self.state.step {
            step.watched_ms = step.watched_ms.saturating_add(interval);
        }
        if self.state.step.is_some() {
            self.state.round = self.passed();
        }
    }

    /// A round in which all instances are ready and every check in scope passes.
    fn passed(&self) -> Round {
        let id = format!("outline-{}", self.now);
        let ready = |role: &Role| (role.name().to_owned(), self.state.shape.instances(*role));
        let set = ObservationSet {
            id: id.clone(),
            at: self.now,
            events: self.state.events(),
            ready: Role::ALL.iter().map(ready).collect(),
            observations: BTreeMap::new(),
            found: None,
            differences: Vec::new(),
            failures: Vec::new(),
        };
        let judged = |check: &str| {
            let judgement = Judgement {
                check: check.to_owned(),
                verdict: Verdict::Pass,
                score: None,
                reason: "assumed".to_owned(),
                measurements: Vec::new(),
                observed: id.clone(),
                further: Vec::new(),
                state: Vec::new(),
            };
            (check.to_owned(), judgement)
        };
        let answer = Some(Answer::Given(RollbackAnswer::Keep(String::new())));
        Round {
            observed: Some(Arc::new(set)),
            judged: self.state.scope().into_iter().map(judged).collect(),
            answer,
        }
    }
}

/// All that a shape asks of the plan's target in vain, on the way from the one in effect.
pub(super) fn lacks(plan: &Plan, now: &Shape, next: &Shape) -> Vec<Lack> {
    let most = now.grown_for(next).map_or(0, |grown| grown.size()).max(next.size());
    plan.target.capabilities.map(|target| target.lacks_at(next, most)).unwrap_or_default()
}
