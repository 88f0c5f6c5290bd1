//! Policy documents: what a platform team writes, read and checked.

mod params;
mod place;
mod read;
mod rule;
mod schema;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sluice_core::document::source::Span;
use sluice_core::model::policy::{Enforcement, Moment};

use crate::expression::Expression;

pub use params::{Param, ParamType, Params};
pub use read::read;
pub use schema::schema;

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
    pub rules: Vec<Rule>,
    /// Where its name stands.
    #[serde(skip)]
    pub(crate) name_span: Span,
}

/// Which releases a policy is for. What is empty leaves the choice open.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Match {
    pub environments: BTreeSet<String>,
    pub services: BTreeSet<String>,
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
