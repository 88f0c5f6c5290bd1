//! Approvals that rules require and a workflow's groups can never give: known before the release, and otherwise waited for
//! until its deadline, with users on the candidate.

use std::collections::{BTreeMap, BTreeSet};

use sluice_core::document::problem::{Problem, listed, quoted};

use crate::context::Context;
use crate::document::{Policy, Require, Rule};
use crate::evaluate::other_release;

/// Tells of each rule for this release that requires more approvals than there are people who may give them.
pub(crate) fn told(
    policies: &[Policy],
    context: &Context,
    approvers: &BTreeMap<String, Vec<String>>,
) -> Vec<Problem> {
    let bound = policies.iter().filter(|policy| other_release(&policy.matching, context).is_none());
    let rules = bound.flat_map(|policy| policy.rules.iter().map(move |rule| (policy, rule)));
    rules.filter_map(|(policy, rule)| of_rule(policy, rule, context, approvers)).collect()
}

fn of_rule(
    policy: &Policy,
    rule: &Rule,
    context: &Context,
    approvers: &BTreeMap<String, Vec<String>>,
) -> Option<Problem> {
    let Require { approvals, group } = rule.require.as_ref()?;
    let named: BTreeSet<&str> = approvers.get(group).into_iter().flatten().map(String::as_str).collect();
    // Nobody approves what they started.
    let may: BTreeSet<&str> = named.into_iter().filter(|who| *who != context.release.who).collect();
    if may.len() >= usize::try_from(*approvals).unwrap_or(usize::MAX) {
        return None;
    }
    let who = match may.len() {
        0 => String::from("nobody of that group may approve this release"),
        _ => format!("of that group only {} may approve this release", listed(may.iter().copied())),
    };
    let times = if *approvals == 1 { "an approval".to_owned() } else { format!("{approvals} approvals") };
    let message =
        format!("the rule `{}/{}` requires {times} of {}, and {who}", policy.name, rule.id, quoted(group));
    let help = format!(
        "name enough people in the workflow, other than who starts it: `approvers: {{{group}: [...]}}`"
    );
    Some(Problem::new("sluice::policy::hint", message).with_help(help))
}
