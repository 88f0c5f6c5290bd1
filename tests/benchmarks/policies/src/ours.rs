//! The guard in our own words: error rate, latency, environment, approvals.

use std::collections::BTreeMap;

use sluice_core::model::policy::{Moment, RuleOutcome};
use sluice_core::model::verdict::Verdict;
use sluice_policy::context::{ApprovalFacts, CheckFacts, ReleaseFacts, RevisionFacts, ShapeFacts, StepFacts};
use sluice_policy::{Context, PolicySet};

use crate::figure::Failure;

/// What every engine is asked about.
#[derive(Debug, Clone)]
pub struct Facts {
    pub service: String,
    pub environment: String,
    pub errors: f64,
    pub latency: f64,
    pub approvals: Vec<String>,
}

impl Facts {
    pub fn good() -> Self {
        Self {
            service: String::from("service-7"),
            environment: String::from("production"),
            errors: 0.004,
            latency: 0.21,
            approvals: vec![String::from("alice"), String::from("bob")],
        }
    }

    /// All four rules refuse it.
    pub fn bad() -> Self {
        let environment = String::from("elsewhere");
        Self { environment, errors: 0.02, latency: 0.5, approvals: Vec::new(), ..Self::good() }
    }
}

pub const GUARD: &str = "
apiVersion: sluice/v1
kind: DeploymentPolicy
name: guard
rules:
  - {id: errors, on: [shape], expr: 'metrics[\"errors.ratio\"] < 0.01', message: too many errors}
  - {id: latency, on: [shape], expr: 'metrics[\"latency.p99\"] < 0.3', message: too slow}
  - {id: environment, on: [shape], expr: 'release.environment in [\"staging\", \"production\"]', message: an unknown environment}
  - {id: approvals, on: [shape], expr: 'size(approvals) >= 2', message: two must approve}
";

/// A policy of a set, with the guard's rules and a fifth.
pub fn numbered(number: usize, services: usize) -> String {
    let service = number % services;
    format!(
        "{}  - {{id: small-steps, on: [shape], expr: 'proposed.candidate.weight - current.candidate.weight <= {}.0'}}\n",
        GUARD.replace(
            "name: guard",
            &format!("name: guard-{number}\nmatch: {{services: [service-{service}]}}")
        ),
        20 + number % 50
    )
}

pub fn set<'a>(documents: impl IntoIterator<Item = &'a String>) -> Result<PolicySet, Failure> {
    let documents: Vec<(String, &String)> =
        documents.into_iter().enumerate().map(|(at, text)| (format!("{at}.yaml"), text)).collect();
    let documents = documents.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    PolicySet::load(documents).map_err(|problems| format!("{problems:?}").into())
}

/// A whole context, as the engine gives it: with more in it than these rules read.
pub fn context(facts: &Facts) -> Context {
    let check = |name: &str, value: f64| CheckFacts {
        verdict: Verdict::Pass,
        score: None,
        reason: String::from("within its bounds"),
        values: BTreeMap::from([(name.to_owned(), Some(value))]),
    };
    let revision = |weight| RevisionFacts { weight, instances: 2 };
    let shape = |weight: f64| ShapeFacts {
        stable: revision(100.0 - weight),
        candidate: revision(weight),
        ..ShapeFacts::default()
    };
    let approval = |who: &String| ApprovalFacts { who: who.clone(), ..ApprovalFacts::default() };
    Context {
        release: ReleaseFacts {
            service: facts.service.clone(),
            environment: facts.environment.clone(),
            version: String::from("v2"),
            who: String::from("carol"),
            ..ReleaseFacts::default()
        },
        current: shape(5.0),
        proposed: shape(20.0),
        step: StepFacts { name: String::from("5 %"), index: 1, seconds: 90.0, observed_seconds: 90.0 },
        checks: BTreeMap::from([
            (String::from("errors"), check("ratio", facts.errors)),
            (String::from("latency"), check("p99", facts.latency)),
        ]),
        metrics: BTreeMap::from([
            (String::from("errors.ratio"), Some(facts.errors)),
            (String::from("latency.p99"), Some(facts.latency)),
        ]),
        approvals: facts.approvals.iter().map(approval).collect(),
        now: 1_795_000_000_000,
        ..Context::default()
    }
}

/// How many rules refuse.
pub fn refusals(set: &PolicySet, context: &Context) -> usize {
    set.evaluate(Moment::Shape, context).iter().filter(|one| RuleOutcome::refuses(one)).count()
}
