//! What the core asks the outside to do, in the imperative.

use crate::model::policy::Moment;
use crate::model::shape::Shape;

use super::event::{Event, Purpose};

/// One thing to do next. Everything but `Wait` and `AwaitShape` ends in at least one event.
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
    /// Nothing to do before this time, unless a person says something.
    Wait { until: u64 },
}
