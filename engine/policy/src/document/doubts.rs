//! What is not wrong with a rule, and surely not meant: parts of it that never come into effect.

use sluice_core::document::problem::listed;
use sluice_core::document::reader::{Field, Fields};
use sluice_core::model::policy::{Enforcement, Moment};

use super::known::Known;
use super::{OnMissing, Rule};
use crate::cel::Measured;
use crate::expression::{Expression, Kind};

/// What was measured, and may be missing.
const MEASURED: [&str; 3] = ["metrics", "checks", "inputs"];

/// Tells what of a rule never comes into effect.
pub(super) fn of_rule(fields: &Fields<'_>, rule: &Rule, known: &Known) {
    let measured = measured(&rule.expr, &|name| known.named(name));
    if let Some(field) = fields.optional("require") {
        never_met(&field, rule, known);
    }
    if let Some(field) = fields.optional("enforcement") {
        never_gone_by(&field, rule, known);
    }
    if let Some(field) = fields.optional("onMissing") {
        never_missing(&field, rule, &measured, known);
    }
    if let Some(field) = fields.optional("expr") {
        nothing_measured_yet(&field, rule, &measured, known);
    }
}

/// Approvals that nobody can have given, or that nothing waits for.
fn never_met(field: &Field<'_>, rule: &Rule, known: &Known) {
    let at_admission = rule.on.contains(&Moment::Admission);
    let told = if rule.enforcement == Enforcement::Advisory {
        Some((
            "an advisory rule refuses nothing: no approvals are waited for",
            "leave `require` out, or make the rule `soft` or `hard`",
        ))
    } else if only_rollback(rule) {
        Some(("a way back is never refused: no approvals are waited for", "leave `require` out"))
    } else if at_admission {
        Some((
            "at admission nobody can have approved yet: this is never met there, and the release ends",
            "ask the rule on `shape`, which waits for approvals; for admission there are waivers",
        ))
    } else {
        None
    };
    if let Some((message, help)) = told {
        hint(field, message, "never met", help, known);
    }
}

/// A soft rule that is never asked where a person can go by it.
fn never_gone_by(field: &Field<'_>, rule: &Rule, known: &Known) {
    let is_gone_by = |moment: &Moment| matches!(moment, Moment::Shape | Moment::Promotion);
    if rule.enforcement == Enforcement::Soft && !rule.on.iter().any(is_gone_by) {
        let message = "nobody can go by this rule: that is done before a shape or the promotion";
        let help = "write `hard`, and grant exceptions by waivers; or ask it on `shape`";
        hint(field, message, "as good as `hard` here", help, known);
    }
}

/// An `onMissing` that nothing leads to.
fn never_missing(field: &Field<'_>, rule: &Rule, measured: &Measured, known: &Known) {
    if rule.on_missing == OnMissing::Inconclusive {
        return;
    }
    if rule.on_missing == OnMissing::Deny && only_rollback(rule) {
        let message = "a way back is never refused: `deny` is told, and changes nothing";
        return hint(field, message, "without effect", "leave it out", known);
    }
    if measured.can_miss() || (measured.is_looped && measured.is_counted) {
        return;
    }
    let (message, help) = if measured.is_looped {
        (
            "a loop over nothing misses nothing: where no check has run, `onMissing` does not come into it",
            "add `&& size(metrics) > 0`, or read what must be there by its name",
        )
    } else if measured.is_passed_over || !measured.asked.is_empty() {
        (
            "`onMissing` does not come into it: the rule itself asks whether the value is there",
            "say in the rule what is to be then, or read the value without asking",
        )
    } else {
        ("`onMissing` does not come into it: the rule reads nothing that is measured", "leave it out")
    };
    hint(field, message, "without effect", help, known);
}

/// Measurements that are asked for before there are any.
fn nothing_measured_yet(field: &Field<'_>, rule: &Rule, measured: &Measured, known: &Known) {
    if !rule.on.contains(&Moment::Admission) || rule.on_missing == OnMissing::Allow {
        return;
    }
    let read: Vec<&str> = measured.unasked().filter(|read| known.is_measured(read)).collect();
    if read.is_empty() {
        return;
    }
    let message =
        format!("at admission no check has run: {} is always missing there", listed(read.iter().copied()));
    let message = if read.len() > 1 { message.replace(" is always", " are always") } else { message };
    hint(field, &message, "refuses every release", "ask the rule on `shape` or `promotion`", known);
}

/// What an expression, what it reads by name and the condition of its policy read of what is measured.
pub(crate) fn measured(expr: &Expression, named: &dyn Fn(&str) -> Option<Expression>) -> Measured {
    let mut open: Vec<Expression> = [expr.clone()].into_iter().chain(named("match.when")).collect();
    let (mut seen, mut found) = (Vec::new(), Measured::default());
    while let Some(expression) = open.pop() {
        for path in expression.reads().iter().filter(|path| path.len() > 1) {
            let name = path[..2].join(".");
            if !seen.contains(&name) {
                open.extend(named(&name));
                seen.push(name);
            }
        }
        found.and(Measured::of(expression.root(), &MEASURED));
    }
    let inputs = seen.iter().filter(|name| name.starts_with("inputs."));
    for name in inputs.filter(|name| named(name).is_some_and(|fact| !can_be_missing(&fact))) {
        found.read.retain(|read| {
            !read.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
    }
    found
}

/// Whether there may be no value for a fact; one that fails is an error.
fn can_be_missing(fact: &Expression) -> bool {
    let is_label = |path: &Vec<String>| path.iter().any(|part| part == "labels");
    Measured::of(fact.root(), &MEASURED).can_miss()
        || matches!(fact.kind(), Kind::Optional(_))
        || fact.reads().iter().any(is_label)
}

fn only_rollback(rule: &Rule) -> bool {
    rule.on.iter().all(|moment| *moment == Moment::Rollback)
}

fn hint(field: &Field<'_>, message: &str, label: &str, help: &str, known: &Known) {
    let problem = field.reading().problem("hint", field.span(), message, label);
    known.hint(problem.with_help(help));
}
