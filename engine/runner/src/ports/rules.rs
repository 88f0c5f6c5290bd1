//! The policies that bind a release, asked at one moment.

use sluice_core::model::policy::{Moment, RuleOutcome, Seen};
use sluice_core::release::state::State;

/// A set of rules.
pub trait Rules: Send + Sync + std::fmt::Debug {
    /// Evaluates every rule that binds; an error in a rule is an outcome.
    fn evaluate(&self, question: Question<'_>) -> Vec<RuleOutcome>;
}

/// What the rules are asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub moment: Moment,
    pub state: &'a State,
    pub seen: &'a Seen,
}
