//! Policy documents: how bad ones are told, and what good ones say of a release.

mod bad;
mod outcomes;
mod schema;
mod sets;
mod shipped;

use sluice_policy::PolicySet;

/// A policy around rules that are written in short.
fn policy(name: &str, body: &str) -> String {
    format!("apiVersion: sluice/v1\nkind: DeploymentPolicy\nname: {name}\n{body}\n")
}

fn load(text: &str) -> PolicySet {
    PolicySet::load([("policy.yaml", text)]).unwrap_or_else(|problems| panic!("{problems:?}"))
}
