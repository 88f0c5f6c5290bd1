//! Policy documents: what a platform team writes, read and checked.

mod cases;
mod doubts;
mod format;
mod given;
mod inputs;
mod known;
mod params;
mod place;
mod read;
mod rule;
mod schema;
mod variables;
mod waivers;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sluice_core::document::problem::{Problem, listed};
use sluice_core::document::source::Span;
use sluice_core::model::policy::{Enforcement, Moment};
use sluice_core::plan::digest;

use crate::expression::{Expression, Value};
use crate::time::check_zone;

pub use cases::{Case, Expected, read_case};
pub(crate) use doubts::measured;
pub use format::Format;
pub use given::{Given, read_context};
pub use inputs::{Input, Inputs};
pub(crate) use known::scope_of;
pub use params::{Param, ParamType, Params};
pub use read::{read, read_with_hints};
pub use schema::schema;
pub use variables::Variable;
pub use waivers::Waiver;

/// The value of `apiVersion` in every document.
pub const API_VERSION: &str = "sluice/v1";
/// The value of `kind` in a policy.
pub const KIND: &str = "DeploymentPolicy";

/// One policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Policy {
    pub name: String,
    pub description: String,
    pub params: Params,
    #[serde(rename = "match")]
    pub matching: Match,
    #[serde(skip_serializing_if = "Inputs::is_empty")]
    pub inputs: Inputs,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<Variable>,
    pub rules: Vec<Rule>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
    /// What its rules must say. They say nothing of a release, and have no part in the digest.
    #[serde(skip)]
    pub tests: Vec<Case>,
    /// What is not wrong with it, and surely not meant.
    #[serde(skip)]
    pub hints: Vec<Problem>,
    /// Where its name stands.
    #[serde(skip)]
    pub(crate) name_span: Span,
    #[serde(skip)]
    stands: Stands,
}

/// Where rules and parts of a policy stand: the document, and a line for each.
#[derive(Debug, Clone, PartialEq, Default)]
struct Stands {
    document: String,
    lines: BTreeMap<String, usize>,
}

impl Policy {
    /// `sha256:<hex>` of what it says.
    pub fn digest(&self) -> String {
        digest(serde_json::to_vec(self).unwrap_or_default().as_slice())
    }

    /// The document and the line in which a rule stands; or `variables.NAME`, `match.when`.
    pub fn place_of(&self, part: &str) -> Option<(&str, usize)> {
        Some((&self.stands.document, *self.stands.lines.get(part)?))
    }

    /// The policy with other values of its parameters; or which one can not be, and why.
    pub fn with_params(&self, given: &BTreeMap<String, serde_json::Value>) -> Result<Self, (String, String)> {
        let mut policy = self.clone();
        for (name, value) in given {
            let refused = |why: String| (name.clone(), why);
            let Some(param) = policy.params.get_mut(name) else {
                let known = listed(self.params.keys().map(String::as_str));
                return Err(refused(format!(
                    "the policy `{}` has no such parameter; there are {known}",
                    self.name
                )));
            };
            *param = param.with(value).map_err(refused)?;
            if let ("zone", Value::String(zone)) = (name.as_str(), &param.default) {
                check_zone(zone).map_err(|error| refused(error.to_string()))?;
            }
        }
        Ok(policy)
    }

    /// Whether another says just the same of releases.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        let canonical = |policy: &Self| serde_json::to_value(policy).ok();
        canonical(self) == canonical(other)
    }
}

/// Which releases a policy is for. What is empty leaves the choice open.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Match {
    pub environments: BTreeSet<String>,
    pub services: BTreeSet<String>,
    /// Values of the label `team`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub teams: BTreeSet<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub strategies: BTreeSet<String>,
    pub labels: BTreeMap<String, String>,
    pub when: Option<Expression>,
}

/// One rule of a policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    pub id: String,
    pub on: Vec<Moment>,
    pub enforcement: Enforcement,
    pub expr: Expression,
    pub message: Message,
    pub on_missing: OnMissing,
    /// Who may let pass what the rule would refuse.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require: Option<Require>,
}

/// Approvals, each of another person of a group, and none of whoever started the release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Require {
    pub approvals: u32,
    pub group: String,
}

/// What a rule says when it does not hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// The expression itself.
    None,
    Plain(String),
    Computed(Expression),
}

/// What a rule says when something that it reads is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnMissing {
    Inconclusive,
    Deny,
    Allow,
}

impl OnMissing {
    /// As it is written.
    pub(crate) fn name(self) -> &'static str {
        rule::ON_MISSING.iter().find(|(_, one)| *one == self).map_or("", |(name, _)| name)
    }
}
