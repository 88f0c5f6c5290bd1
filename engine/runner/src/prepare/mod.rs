//! From documents to a plan: files are read, plugins asked what they need, policies loaded. No side effects on
//! the target, and every problem of every document is told at once.

mod abilities;
mod files;
mod outline;
mod places;
mod queries;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::Diagnostic;
use serde_json::Value;
use sluice_core::document::overrides::Overrides;
use sluice_core::document::problem::Problems;
use sluice_core::document::source::Spanned;
use sluice_core::document::workflow::Workflow;
use sluice_core::plan::{About, Kind, PLAN_FORMAT, Plan, PolicyDocument, PolicySet, Revision, TargetPlan};
use sluice_core::release::outline::Outline;
use sluice_policy::set::PolicySet as Rules;
use thiserror::Error;

use crate::ports::plugins::Plugins;
use crate::ports::target::Capabilities;
use crate::rules::PlannedRules;

pub use files::FileError;

/// A workflow as read, with where it was read from.
#[derive(Debug, Clone)]
pub struct Documents {
    pub workflow: Workflow,
    /// The folder that its relative paths start from; absolute.
    pub base: PathBuf,
    pub policies: Vec<PolicyDocument>,
    /// What is wrong with the files it names; told by [`plan`] together with all else.
    pub problems: Problems,
}

/// What a plan rests on beside the documents.
#[derive(Debug, Clone)]
pub struct Circumstances {
    pub who: String,
    pub comment: String,
    /// What the target serves now.
    pub stable: Option<Revision>,
    /// What the target can do.
    pub capabilities: Capabilities,
    pub seed: u64,
}

/// A plan, with what was made on the way to it.
#[derive(Debug)]
pub struct Planned {
    pub plan: Plan,
    /// The policies that it pins, loaded.
    pub rules: PlannedRules,
    /// The steps that it takes where every gate closes.
    pub outline: Outline,
}

/// Why there is no plan.
#[derive(Debug, Error, Diagnostic)]
pub enum PrepareError {
    #[error("{}", counted(.0))]
    Documents(Problems),
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(#[from] FileError),
}

/// Reads a workflow and the policies it names. Overrides are `path=value`.
pub fn read(path: &Path, overrides: &[String]) -> Result<Documents, PrepareError> {
    let (source, base) = files::workflow(path)?;
    let overrides = Overrides::read(overrides)?;
    let workflow = Workflow::read(&source, &overrides)?;
    let mut problems = Problems::new();
    let policies = files::policies(&workflow, &base, &mut problems);
    Ok(Documents { workflow, base, policies, problems })
}

/// Makes every choice there is to make. Plugins are pinned by digest, policies by their text.
pub fn plan(
    documents: &Documents,
    circumstances: Circumstances,
    plugins: &dyn Plugins,
) -> Result<Planned, PrepareError> {
    let workflow = &documents.workflow;
    let mut problems = documents.problems.clone();
    let places = places::all(documents, plugins, &mut problems);
    queries::check_events(workflow, &mut problems);
    let texts = documents.policies.iter().map(|one| (one.source.as_str(), one.text.as_str()));
    let rules = match Rules::load(texts) {
        Ok(rules) => Some(rules),
        Err(found) => {
            problems.extend(found);
            None
        }
    };
    let (places, rules) = problems.or(places.zip(rules))?;
    let mut problems = Problems::new();
    let rules = with_params(workflow, rules, &mut problems);
    let rules = problems.or(rules)?;
    let policies = pinned(documents, &rules);
    let strategy = Arc::clone(&places.strategy_plugin);
    let plan = assembled(documents, circumstances, places, policies);
    let mut problems = Problems::new();
    abilities::check(workflow, &plan, &mut problems);
    let outline = outline::outline(workflow, &plan, strategy.as_ref(), &mut problems);
    let outline = problems.or(Some(outline))?;
    Ok(Planned { rules: PlannedRules::with(rules, &plan), plan, outline })
}

/// The policies with the parameters that the workflow gives them.
fn with_params(workflow: &Workflow, rules: Rules, problems: &mut Problems) -> Option<Rules> {
    match rules.with_params(&given(workflow)) {
        Ok(rules) => Some(rules),
        Err((policy, param, why)) => {
            let of = workflow.policy_params.get(&policy);
            let value = of.and_then(|of| of.value.get(&param)).map(|value| value.span);
            let span = value.or(of.map(|of| of.span)).unwrap_or_default();
            let message = format!("`policyParams` of `{policy}` can not be so: {why}");
            let problem = workflow.problem("wrong-value", span, message, "given here");
            let help = "`sluice policy list` shows the parameters of policies, and how far they go";
            problems.push(problem.with_help(help));
            None
        }
    }
}

fn pinned(documents: &Documents, rules: &Rules) -> PolicySet {
    let workflow = &documents.workflow;
    PolicySet {
        digest: rules.digest().to_owned(),
        documents: documents.policies.clone(),
        required: workflow.require_policy,
        params: given(workflow),
    }
}

/// Values of parameters, by policy and name.
fn given(workflow: &Workflow) -> BTreeMap<String, BTreeMap<String, Value>> {
    let values = |of: &Spanned<BTreeMap<String, Spanned<Value>>>| {
        of.value.iter().map(|(name, value)| (name.clone(), value.value.clone())).collect()
    };
    workflow.policy_params.iter().map(|(policy, of)| (policy.clone(), values(of))).collect()
}

fn assembled(
    documents: &Documents,
    circumstances: Circumstances,
    places: places::Places,
    policies: PolicySet,
) -> Plan {
    let workflow = &documents.workflow;
    let base = documents.base.to_string_lossy();
    Plan {
        format: PLAN_FORMAT,
        kind: if circumstances.stable.is_some() { Kind::Progressive } else { Kind::First },
        about: About {
            service: workflow.service.clone(),
            environment: workflow.environment.clone(),
            labels: workflow.labels.clone(),
            comment: circumstances.comment,
            who: circumstances.who,
        },
        stable: circumstances.stable,
        candidate: workflow.candidate.revision(&base),
        target: TargetPlan { capabilities: Some(circumstances.capabilities), ..workflow.target_plan(&base) },
        metrics: workflow.metrics.clone(),
        strategy: places.strategy,
        checks: places.checks,
        rollback: places.rollback,
        policies,
        deadlines: workflow.deadlines.clone(),
        first_min_time_ms: workflow.first_min_time_ms,
        approvers: Some(workflow.approvers.clone()),
        max_restarts: workflow.candidate.max_restarts,
        seed: circumstances.seed,
        stages: workflow.stages(&base),
    }
}

impl From<Problems> for PrepareError {
    fn from(problems: Problems) -> Self {
        Self::Documents(problems)
    }
}

fn counted(problems: &Problems) -> String {
    match problems.len() + problems.left_out() {
        1 => "a document has a problem".to_owned(),
        count => format!("the documents have {count} problems"),
    }
}
