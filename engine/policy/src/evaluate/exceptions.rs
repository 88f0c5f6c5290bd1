//! What lets pass what a rule would refuse: approvals that it asks for, and waivers while they last.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use sluice_core::model::policy::{Awaited, Enforcement, RuleOutcome, RuleResult};

use crate::context::Context;
use crate::document::{Policy, Require, Rule, Waiver};
use crate::set::{WaiverNote, WaiverState};
use crate::vocabulary;

/// Days before its end from which a waiver is told of.
const SOON: i32 = 14;

/// A rule that does not hold passes with the approvals that it asks for.
pub(super) fn approved(
    rule: &Rule,
    context: &Context,
    result: RuleResult,
    message: String,
) -> (RuleResult, String) {
    let Some(require) = rule.require.as_ref().filter(|_| result == RuleResult::Fail) else {
        return (result, message);
    };
    let group = context.approvals.iter().filter(|approval| approval.group == require.group);
    let who: BTreeSet<&str> = group
        .map(|approval| approval.who.as_str())
        .filter(|who| !who.is_empty() && *who != context.release.who)
        .collect();
    let given: Vec<&str> = who.iter().copied().collect();
    if u32::try_from(given.len()).unwrap_or(u32::MAX) >= require.approvals {
        return (RuleResult::Pass, format!("approved by {} of `{}`", given.join(" and "), require.group));
    }
    let wanted = wanted(require);
    let given = match given.as_slice() {
        [] => String::from("none is there"),
        some => format!("there is that of {}", some.join(" and ")),
    };
    (result, format!("{message}; it needs {wanted}, and {given}"))
}

/// The approvals that a refusal waits for.
pub(super) fn awaited(rule: &Rule, outcome: &RuleOutcome) -> Option<Awaited> {
    let refuses = outcome.result == RuleResult::Fail && outcome.refuses();
    rule.require.as_ref().filter(|_| refuses).map(wanted)
}

fn wanted(require: &Require) -> Awaited {
    Awaited { approvals: require.approvals, group: require.group.clone() }
}

/// A rule that refuses is waived while a waiver for it lasts; one that has ended is told.
pub(super) fn waived(
    policy: &Policy,
    rule: &Rule,
    context: &Context,
    result: RuleResult,
    message: String,
) -> (RuleResult, String) {
    let refuses = matches!(result, RuleResult::Fail | RuleResult::Inconclusive | RuleResult::Error);
    let mut waivers = policy.waivers.iter().filter(|one| one.is_for(&rule.id, &context.release.service));
    let Some(waiver) = waivers.next().filter(|_| refuses && rule.enforcement != Enforcement::Advisory) else {
        return (result, message);
    };
    let (expires, approver) = (waiver.expires, &waiver.approver);
    // Without a calendar nothing is waived.
    match today(policy, context).map(|today| today <= expires) {
        Some(true) => {
            let told = format!("waived by {approver} until {expires}: {}; it says: {message}", waiver.reason);
            (RuleResult::Waived, told)
        }
        _ => (result, format!("{message}; the waiver of {approver} ended on {expires}")),
    }
}

/// Waivers that have ended or end soon.
pub(crate) fn notes(policies: &[Policy], context: &Context) -> Vec<WaiverNote> {
    let of_policy = |policy: &Policy| -> Vec<WaiverNote> {
        let Some(today) = today(policy, context) else { return Vec::new() };
        policy.waivers.iter().filter_map(|waiver| note(policy, waiver, today)).collect()
    };
    policies.iter().flat_map(of_policy).collect()
}

fn note(policy: &Policy, waiver: &Waiver, today: Date) -> Option<WaiverNote> {
    let soon = today.checked_add(SOON.days()).unwrap_or(Date::MAX);
    let state = match waiver.expires {
        expires if expires < today => WaiverState::Ended,
        expires if expires <= soon => WaiverState::EndsSoon,
        _ => return None,
    };
    Some(WaiverNote {
        policy: policy.name.clone(),
        rule: waiver.rule.clone(),
        approver: waiver.approver.clone(),
        expires: waiver.expires.to_string(),
        state,
    })
}

fn today(policy: &Policy, context: &Context) -> Option<Date> {
    vocabulary::today(context, &policy.params)?.parse().ok()
}
