//! What a policy rule can say of a release; the rules themselves live in `engine/policy`.

use std::collections::BTreeMap;
use std::fmt;

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
    /// The approvals that would let pass what it refuses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<Awaited>,
}

/// Approvals of people of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaited {
    pub approvals: u32,
    pub group: String,
}

/// What rules were asked with beside the record of their own release: with both they can be asked again.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Seen {
    /// Milliseconds since 1970: the one moment of all rules of a decision.
    pub now: u64,
    /// The shape that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Shape>,
    /// Releases of the same service that were before, the latest first. They are told once, at admission: while a
    /// release is under way its service has no other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<Past>,
    /// Releases of other services that were under way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Other>,
}

/// A release that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    pub version: String,
    /// `promoted`, `rolled back` and so on.
    pub outcome: String,
    pub who: String,
    /// Milliseconds since 1970.
    pub began: u64,
    pub ended: u64,
}

/// A release of another service that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Other {
    pub service: String,
    pub environment: String,
    pub version: String,
    pub who: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    pub began: u64,
}

impl fmt::Display for Awaited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.approvals {
            1 => write!(f, "an approval of `{}`", self.group),
            count => write!(f, "{count} approvals of `{}`", self.group),
        }
    }
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
