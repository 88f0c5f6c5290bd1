//! What a policy rule can say of a release; the rules themselves live in `engine/policy`.

use serde::{Deserialize, Serialize};

/// When rules are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// Before the release does anything.
    Admission,
    /// Before each shape of a step.
    Shape,
    /// Before the candidate becomes stable.
    Promotion,
    /// Before a rollback: told, never stopped.
    Rollback,
    /// Before a person's word overrides the plan.
    Override,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Enforcement {
    /// Told, never stops.
    Advisory,
    /// Stops, unless a named person overrides it with a reason.
    Soft,
    /// Stops.
    Hard,
}

/// The six ways a rule comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleResult {
    Pass,
    Fail,
    Inconclusive,
    Error,
    Skipped,
    Waived,
}

/// One rule, evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleOutcome {
    pub policy: String,
    pub rule: String,
    pub enforcement: Enforcement,
    pub result: RuleResult,
    pub message: String,
}

impl RuleOutcome {
    /// Whether it stops what was asked.
    pub fn refuses(&self) -> bool {
        let stops = matches!(self.result, RuleResult::Fail | RuleResult::Error | RuleResult::Inconclusive);
        stops && self.enforcement != Enforcement::Advisory
    }
}
