//! What the core asks the outside to do, in the imperative.

use crate::model::policy::Moment;
use crate::model::shape::Shape;
use crate::plan::Occasion;

use super::event::{Event, Purpose};
use super::jobs::Try;

/// One thing to do next. Everything but `Wait` ends in at least one event, and some of it takes a while: `AwaitShape`,
/// `Prepare`, `Notify` and `RunJobs` are asked for anew until their events are there.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Append what the core itself decided.
    Record(Box<Event>),
    /// Ask the rules that bind at this moment.
    EvaluatePolicies { moment: Moment, proposed: Option<Shape> },
    /// Ask the strategy plugin for the next step.
    AskStrategy,
    /// Hand a shape over to the target. Doing it twice is harmless.
    Apply { generation: u64, key: String, shape: Shape, purpose: Purpose },
    /// Look whether the target is as intended.
    AwaitShape { generation: u64 },
    /// Scrape, and evaluate every declared query, under one id.
    Observe,
    /// Ask one health check for its verdict on the round's observations.
    Judge { check: String },
    /// Ask the rollback plugin what it says to the round's verdicts.
    AskRollback,
    /// Look whether the release may begin: tools, environment, metrics.
    Prepare,
    /// Tell whoever wants to be told on this occasion.
    Notify { occasion: Occasion, text: String },
    /// Just these tries are to be under way; any other is to be ended.
    RunJobs { tries: Vec<Try> },
    /// Nothing to do before this time, unless a person says something.
    Wait { until: u64 },
}
