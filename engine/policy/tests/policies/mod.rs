//! Policy documents: how bad ones are told, and what good ones say of a release.

mod bad;
mod cases;
mod completeness;
mod exceptions;
mod outcomes;
mod schema;
mod semantics;
mod sets;
mod shipped;

use sluice_core::model::policy::{Moment, RuleOutcome};
use sluice_policy::{Context, PolicySet};

/// A policy around rules that are written in short.
fn policy(name: &str, body: &str) -> String {
    format!("apiVersion: sluice/v1\nkind: DeploymentPolicy\nname: {name}\n{body}\n")
}

/// The outcomes of some rules, a line each.
fn said(body: &str, moment: Moment, context: &Context) -> String {
    let line = |one: &RuleOutcome| {
        let refuses = if one.refuses() { "refuses" } else { "lets pass" };
        format!("{}: {:?}, {refuses}: {}", one.rule, one.result, one.message).trim_end().to_owned() + "\n"
    };
    load(&policy("p", body)).evaluate(moment, context).iter().map(line).collect()
}

fn load(text: &str) -> PolicySet {
    PolicySet::load([("policy.yaml", text)]).unwrap_or_else(|problems| panic!("{problems:?}"))
}
