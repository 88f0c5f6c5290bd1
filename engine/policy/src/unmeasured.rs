//! What rules read of health checks that a workflow does not have: known before the release, and otherwise told in the
//! middle of it, when the rule is inconclusive.

use sluice_core::document::problem::{Problem, listed, quoted};

use crate::context::Context;
use crate::document::{Input, OnMissing, Policy};
use crate::evaluate::other_release;
use crate::expression::Expression;

/// Tells of each check that rules for this release read and that is not among `checks`. A rule that asks first whether
/// it is there, or allows what is missing, means it so.
pub(crate) fn told(policies: &[Policy], context: &Context, checks: &[&str]) -> Vec<Problem> {
    let bound = policies.iter().filter(|policy| other_release(&policy.matching, context).is_none());
    bound.flat_map(|policy| of_policy(policy, checks)).collect()
}

fn of_policy(policy: &Policy, checks: &[&str]) -> Vec<Problem> {
    let mut told: Vec<Problem> = Vec::new();
    let rules = policy.rules.iter().filter(|rule| rule.on_missing != OnMissing::Allow);
    for rule in rules.clone() {
        for (check, read) in read_by(&rule.expr) {
            if !checks.contains(&check.as_str()) {
                told.push(problem(&format!("the rule `{}/{}`", policy.name, rule.id), &read, &check, checks));
            }
        }
    }
    let asks_first =
        |name: &str| rules.clone().any(|rule| rule.expr.source().contains(&format!("has(inputs.{name}")));
    for (name, input) in &policy.inputs {
        let Input::Metric(metric) = input else { continue };
        let check = metric.split('.').next().unwrap_or_default();
        if !checks.contains(&check) && !asks_first(name) && rules.clone().next().is_some() {
            let what = format!("the input `{name}` of `{}`", policy.name);
            told.push(problem(&what, &format!("metrics[\"{metric}\"]"), check, checks));
        }
    }
    told
}

/// The checks that an expression reads by name, each with how it is read.
fn read_by(expression: &Expression) -> Vec<(String, String)> {
    let source = expression.source();
    if source.contains("has(") || source.contains(" in metrics") || source.contains(" in checks") {
        return Vec::new();
    }
    let read = |path: &Vec<String>| match path.as_slice() {
        [of, check, ..] if of == "checks" => Some((check.clone(), format!("checks.{check}"))),
        [of, metric, ..] if of == "metrics" => {
            let check = metric.split('.').next().unwrap_or_default();
            Some((check.to_owned(), format!("metrics[\"{metric}\"]")))
        }
        _ => None,
    };
    expression.reads().iter().filter_map(read).collect()
}

fn problem(what: &str, read: &str, check: &str, checks: &[&str]) -> Problem {
    let message = format!("{what} reads `{read}`, and this workflow has no check {}", quoted(check));
    let help = match checks {
        [] => String::from("it has none: the value is always missing"),
        some => format!("it has {}; the value is always missing", listed(some.iter().copied())),
    };
    Problem::new("sluice::policy::hint", message).with_help(help)
}
