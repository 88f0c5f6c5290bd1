//! What lets pass what a rule would refuse, and what rules read by a name of their own.

use sluice_core::model::policy::{Moment, RuleResult};
use sluice_policy::Context;
use sluice_policy::context::{ApprovalFacts, ReleaseFacts};
use sluice_policy::set::WaiverState;

use super::{load, policy, said};

fn at(now: &str) -> Context {
    let now: jiff::Timestamp = now.parse().unwrap();
    let release = ReleaseFacts {
        service: String::from("shop"),
        who: String::from("alice"),
        labels: [(String::from("tier"), String::from("1"))].into(),
        ..ReleaseFacts::default()
    };
    Context { release, now: now.as_millisecond().unsigned_abs(), ..Context::default() }
}

const WAIVED: &str = "
params: {zone: {type: string, default: Europe/Berlin}}
rules:
  - {id: a, on: [shape], expr: 'release.service != \"shop\"', message: not the shop}
  - {id: b, on: [shape], expr: 'metrics.gone > 1.0'}
  - {id: c, on: [shape], expr: 'release.first'}
  - {id: d, on: [shape], expr: 'true'}
waivers:
  - {rule: a, reason: the sale, approver: carol, expires: 2026-12-01}
  - {rule: b, reason: no metrics yet, approver: carol, expires: 2026-12-31, services: [shop]}
  - {rule: c, reason: none, approver: carol, expires: 2026-12-31, services: [cart]}
  - {rule: d, reason: none, approver: carol, expires: 2027-12-31}
";

#[test]
fn a_waiver_counts_until_the_end_of_its_last_day() {
    let last_minute = said(WAIVED, Moment::Shape, &at("2026-12-01T22:59:59Z"));
    insta::assert_snapshot!(last_minute, @r#"
    a: Waived, lets pass: waived by carol until 2026-12-01: the sale; it says: not the shop
    b: Waived, lets pass: waived by carol until 2026-12-31: no metrics yet; it says: there is no value for `metrics.gone`
    c: Fail, refuses: `release.first` does not hold
    d: Pass, lets pass:
    "#);
    // It is midnight in Berlin.
    let first_minute = said(WAIVED, Moment::Shape, &at("2026-12-01T23:00:00Z"));
    assert_eq!(
        first_minute.lines().next(),
        Some("a: Fail, refuses: not the shop; the waiver of carol ended on 2026-12-01")
    );
}

#[test]
fn waivers_that_end_are_told_of() {
    let set = load(&policy("p", WAIVED));
    let notes = set.waiver_notes(&at("2026-12-20T12:00:00Z"));
    let told: Vec<(&str, WaiverState)> = notes.iter().map(|note| (note.rule.as_str(), note.state)).collect();
    assert_eq!(told, [("a", WaiverState::Ended), ("b", WaiverState::EndsSoon), ("c", WaiverState::EndsSoon)]);
}

#[test]
fn approvals_let_pass_what_the_rule_would_refuse() {
    let body = "rules: [{id: r, on: [promotion], expr: 'release.first', message: not the first, require: {approvals: 2, group: sre}}]";
    let approval =
        |who: &str, group: &str| ApprovalFacts { who: who.into(), group: group.into(), ..Default::default() };
    let with = |approvals: Vec<ApprovalFacts>| {
        said(body, Moment::Promotion, &Context { approvals, ..at("2026-12-01T12:00:00Z") })
    };
    let told = [
        with(vec![]),
        with(vec![approval("bob", "sre"), approval("carol", "dev")]),
        // Nobody counts twice, and who started the release does not count.
        with(vec![approval("bob", "sre"), approval("bob", "sre"), approval("alice", "sre")]),
        with(vec![approval("bob", "sre"), approval("carol", "sre")]),
    ];
    insta::assert_snapshot!(told.concat(), @r#"
    r: Fail, refuses: not the first; it needs 2 approvals of `sre`, and none is there
    r: Fail, refuses: not the first; it needs 2 approvals of `sre`, and there is that of bob
    r: Fail, refuses: not the first; it needs 2 approvals of `sre`, and there is that of bob
    r: Pass, lets pass: approved by bob and carol of `sre`
    "#);
}

#[test]
fn inputs_and_variables_have_names_of_their_own() {
    let body = "
inputs:
  rate: {metric: errors.rate}
  tier: {label: tier}
  team: {label: team}
  service: {fact: release.service}
variables:
  important: inputs.tier == '1' && inputs.service == 'shop'
  calm: inputs.rate < 0.05
  both: variables.important && variables.calm
rules:
  - {id: important, on: [shape], expr: variables.important}
  - {id: no-team, on: [shape], expr: inputs.team == 'shop'}
  - {id: team-or-not, on: [shape], expr: inputs.?team.orValue('none') == 'none'}
  - {id: both, on: [shape], expr: variables.both}
  - {id: both-again, on: [shape], onMissing: deny, expr: '!variables.both || variables.both'}
";
    insta::assert_snapshot!(said(body, Moment::Shape, &at("2026-12-01T12:00:00Z")), @r#"
    important: Pass, lets pass:
    no-team: Inconclusive, refuses: there is no value for `inputs.team`
    team-or-not: Pass, lets pass:
    both: Inconclusive, refuses: there is no value for `inputs.rate`
    both-again: Fail, refuses: there is no value for `inputs.rate`, which the rule refuses
    "#);
}

#[test]
fn a_variable_is_evaluated_once_for_all_rules_and_only_where_it_is_read() {
    // Read by every rule, the loops would be more than one evaluation may take.
    let list = format!("[{}]", vec!["1"; 100].join(","));
    let body = format!(
        "variables: {{heavy: '{list}.all(a, {list}.all(b, a == b))', never: '1 / size(release.tickets) > 0'}}
rules:
  - {{id: a, on: [shape], expr: 'variables.heavy && variables.heavy && (variables.heavy || variables.never)'}}
  - {{id: b, on: [shape], expr: 'variables.heavy ? variables.heavy : variables.never'}}"
    );
    let told = said(&body, Moment::Shape, &at("2026-12-01T12:00:00Z"));
    assert_eq!(told, "a: Pass, lets pass:\nb: Pass, lets pass:\n");
}

#[test]
fn a_policy_may_be_required() {
    let set = load(&policy(
        "p",
        "match: {environments: [production]}\nrules: [{id: r, on: [promotion], expr: 'true'}]",
    ));
    let asked = |environment: &str, moment| {
        let mut context = at("2026-12-01T12:00:00Z");
        context.release.environment = environment.to_owned();
        let outcomes = set.evaluate_required(moment, &context);
        outcomes.into_iter().map(|one| (one.rule, one.result)).collect::<Vec<_>>()
    };
    assert_eq!(asked("production", Moment::Promotion), [(String::from("r"), RuleResult::Pass)]);
    assert_eq!(asked("production", Moment::Shape), []);
    let refused = [(String::from("a-policy-matches"), RuleResult::Fail)];
    assert_eq!(asked("staging", Moment::Shape), refused);
}

#[test]
fn policies_are_for_teams_and_strategies_too() {
    let context = |team: Option<&str>, strategy: &str| {
        let mut context = at("2026-12-01T12:00:00Z");
        context.release.strategy = strategy.to_owned();
        context.release.labels.extend(team.map(|team| (String::from("team"), team.to_owned())));
        context
    };
    let body = "match: {teams: [shop], strategies: [canary]}\nrules: [{id: r, on: [shape], expr: 'true'}]";
    let told = [
        said(body, Moment::Shape, &context(Some("shop"), "canary")),
        said(body, Moment::Shape, &context(Some("cart"), "canary")),
        said(body, Moment::Shape, &context(None, "canary")),
        said(body, Moment::Shape, &context(Some("shop"), "rolling")),
    ];
    insta::assert_snapshot!(told.concat(), @r#"
    r: Pass, lets pass:
    r: Skipped, lets pass: the policy is not for releases of the team `cart`
    r: Skipped, lets pass: the policy is not for releases of no team
    r: Skipped, lets pass: the policy is not for the strategy `rolling`
    "#);
}
