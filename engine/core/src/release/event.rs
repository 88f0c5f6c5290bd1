//! The journal's facts, in the past tense.

use serde::{Deserialize, Serialize};

use crate::model::observation::ObservationSet;
use crate::model::policy::{Moment, RuleOutcome, Seen};
use crate::model::shape::{Shape, Step};
use crate::model::verdict::Judgement;
use crate::plan::{Occasion, Plan, Stage};

use super::decision::{Decision, Outcome};
use super::jobs::JobResult;
use super::prepared::{Finding, Told};

/// One line of a release's journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// From 0, without gaps.
    pub seq: u64,
    /// Milliseconds since 1970, by the engine's clock.
    pub at: u64,
    pub event: Event,
}

/// What the strategy plugin proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proposal {
    Step(Box<Step>),
    Hold(String),
    Complete(String),
    Abort(String),
}

/// A shape on the way back, kept for at least `min_time_ms`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retreat {
    pub shape: Shape,
    pub min_time_ms: u64,
}

/// What the rollback plugin said to a round of verdicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RollbackAnswer {
    Keep(String),
    Hold(String),
    RollBack { reason: String, by: Vec<Retreat> },
}

/// Why a shape is asked of the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Instances for the next step, at the weights there are: no exposure rises while they start.
    Grow,
    /// A step of the strategy.
    Step,
    /// The shape in effect once more, because the target was found without it.
    Repair,
    /// A shape on the way back.
    Retreat,
    /// Stable alone again.
    Restore,
    /// The candidate becomes stable.
    Promote,
}

/// What a person asked of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    Approve,
    Pause,
    Resume,
    /// Back to stable, and end.
    Abort,
    /// End here, and leave the target as it is.
    Abandon,
    /// Skip what is left of the step's waiting; a failed or missing verdict still holds.
    Promote,
    /// The same at every step to come.
    PromoteFull,
    /// Accept a job, or give an approval, by its name.
    Accept {
        job: String,
    },
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// Always the first.
    Planned {
        release: String,
        plan: Box<Plan>,
    },
    /// An engine took the release up.
    EngineStarted {
        version: String,
    },
    PoliciesEvaluated {
        moment: Moment,
        outcomes: Vec<RuleOutcome>,
        /// Nothing in journals of earlier versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Box<Seen>>,
    },
    StrategyAnswered {
        proposal: Proposal,
        #[serde(with = "crate::model::bytes")]
        state: Vec<u8>,
    },
    /// A plugin that gave no usable answer, by its place (`strategy`, `rollback`).
    PluginFailed {
        place: String,
        error: String,
    },
    /// An action was decided, and may have happened.
    ShapeIntended {
        generation: u64,
        key: String,
        shape: Shape,
        purpose: Purpose,
    },
    /// The target took the order.
    ShapeAccepted {
        generation: u64,
    },
    /// The target was seen to be so.
    ShapeApplied {
        generation: u64,
    },
    /// The order failed. A final failure is not tried again: it can not be brought about.
    ShapeFailed {
        generation: u64,
        error: String,
        last: bool,
    },
    /// The order is taken and not yet in effect: what the target waits for, where that takes long.
    ShapeAwaited {
        generation: u64,
        waits_for: String,
    },
    Observed {
        set: Box<ObservationSet>,
    },
    Judged {
        judgement: Judgement,
    },
    RollbackAnswered {
        answer: RollbackAnswer,
        #[serde(with = "crate::model::bytes")]
        state: Vec<u8>,
    },
    Decided {
        decision: Decision,
    },
    /// All that was looked at before anything is done.
    Prepared {
        findings: Vec<Finding>,
    },
    /// Somebody was told, or could not be.
    Notified {
        occasion: Occasion,
        text: String,
        told: Vec<Told>,
    },
    /// A try of a job was decided, and may have begun. Until it has ended, every engine begins it anew.
    JobStarted {
        stage: Stage,
        job: String,
        attempt: u32,
    },
    JobEnded {
        stage: Stage,
        job: String,
        attempt: u32,
        result: Box<JobResult>,
    },
    Signalled {
        signal: Signal,
        who: String,
        comment: String,
    },
    /// Always the last.
    Ended {
        outcome: Outcome,
        reason: String,
    },
}
