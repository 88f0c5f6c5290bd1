//! What a policy rule can say of a release; the rules themselves live in `engine/policy`.

use serde::{Deserialize, Serialize};

use super::shape::Shape;

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

/// What rules were asked with beside the record of their own release: with both they can be asked again.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Seen {
    /// Milliseconds since 1970: the one moment of all rules of a decision.
    pub now: u64,
    /// The shape that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Shape>,
}

impl Moment {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admission => "admission",
            Self::Shape => "shape",
            Self::Promotion => "promotion",
            Self::Rollback => "rollback",
            Self::Override => "override",
        }
    }
}

impl Enforcement {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Advisory => "advisory",
            Self::Soft => "soft",
            Self::Hard => "hard",
        }
    }
}

impl RuleResult {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Error => "error",
            Self::Skipped => "skipped",
            Self::Waived => "waived",
        }
    }
}

impl RuleOutcome {
    /// The rule as a source of reasons.
    pub fn name(&self) -> String {
        format!("policy {}/{}", self.policy, self.rule)
    }

    /// Whether it stops what was asked.
    pub fn refuses(&self) -> bool {
        let stops = matches!(self.result, RuleResult::Fail | RuleResult::Error | RuleResult::Inconclusive);
        stops && self.enforcement != Enforcement::Advisory
    }
}
