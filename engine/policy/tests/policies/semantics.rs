//! What holds of every decision by rules: nothing is folded, nothing is left out, and all ways of asking say the same.

use sluice_core::model::policy::{Moment, RuleOutcome, RuleResult};
use sluice_policy::{Context, PolicySet, Watch, trial};

use super::{load, policy};

/// One rule for each of the six results, the enforcements in turns.
const SIX: &str = "
rules:
  - {id: passes, on: [shape], expr: 'step.index == 0'}
  - {id: fails, on: [shape], enforcement: soft, expr: 'step.index > 0'}
  - {id: not-measured, on: [shape], expr: 'metrics.gone < 1.0'}
  - {id: can-not-be-said, on: [shape], enforcement: soft, expr: '1 / step.index > 0'}
  - {id: waived, on: [shape], expr: 'step.index > 0'}
waivers: [{rule: waived, reason: a sale, approver: alice, expires: 2099-01-01}]
";

fn outcomes(enforcement: &str, expr: &str) -> Vec<RuleOutcome> {
    let rule =
        format!("rules: [{{id: r, on: [shape], enforcement: {enforcement}, expr: '{expr}', message: no}}]");
    load(&policy("p", &rule)).evaluate(Moment::Shape, &Context::default())
}

#[test]
fn six_results_are_never_folded_and_all_are_reported() {
    let other = policy("q", "match: {services: [other]}\nrules: [{id: skipped, on: [shape], expr: 'false'}]");
    let set = load(&policy("p", SIX)).merged(load(&other)).unwrap();
    let said: Vec<RuleResult> =
        set.evaluate(Moment::Shape, &Context::default()).iter().map(|one| one.result).collect();
    use RuleResult::{Error, Fail, Inconclusive, Pass, Skipped, Waived};
    assert_eq!(said, [Pass, Fail, Inconclusive, Error, Waived, Skipped]);
}

#[test]
fn one_refusal_is_enough_whatever_the_others_say() {
    let set = load(&policy("p", SIX));
    let refusing = |outcomes: &[RuleOutcome]| -> Vec<String> {
        outcomes.iter().filter(|one| one.refuses()).map(|one| one.rule.clone()).collect()
    };
    let all = set.evaluate(Moment::Shape, &Context::default());
    assert_eq!(refusing(&all), ["fails", "not-measured", "can-not-be-said"]);
}

#[test]
fn what_can_not_be_said_refuses_unless_it_is_advice() {
    for (expr, result) in [
        ("1 / step.index > 0", RuleResult::Error),
        ("metrics.gone < 1.0", RuleResult::Inconclusive),
        ("step.index > 0", RuleResult::Fail),
    ] {
        for (enforcement, refuses) in [("hard", true), ("soft", true), ("advisory", false)] {
            let said = outcomes(enforcement, expr);
            assert_eq!((said[0].result, said[0].refuses()), (result, refuses), "{enforcement} {expr}");
        }
    }
}

#[test]
fn no_number_that_is_none_reaches_a_rule() {
    for value in [None, Some(f64::NAN), Some(f64::INFINITY), Some(f64::NEG_INFINITY)] {
        let mut context = Context::default();
        context.metrics.insert(String::from("rate"), value);
        let said = |expr: &str, on_missing: &str| {
            let rule = format!("rules: [{{id: r, on: [shape], onMissing: {on_missing}, expr: '{expr}'}}]");
            load(&policy("p", &rule)).evaluate(Moment::Shape, &context)[0].result
        };
        for expr in [
            "metrics.rate < 1.0",
            "metrics.rate < 1.0 || true",
            "metrics.all(k, true)",
            "metrics[\"rate\"] == 0.0",
        ] {
            assert_eq!(said(expr, "inconclusive"), RuleResult::Inconclusive, "{expr} {value:?}");
            assert_eq!(said(expr, "deny"), RuleResult::Fail, "{expr} {value:?}");
            assert_eq!(said(expr, "allow"), RuleResult::Pass, "{expr} {value:?}");
        }
        assert_eq!(said("!(\"rate\" in metrics)", "inconclusive"), RuleResult::Pass);
    }
}

#[test]
fn now_is_one_moment_for_all_rules_of_a_decision() {
    let context = Context { now: 1_795_000_000_123, ..Context::default() };
    let rule = |id: usize| {
        format!(
            "  - {{id: r{id}, on: [shape], expr: 'now == timestamp(\"2026-11-18T11:06:40.123Z\") && time.hour == 11'}}"
        )
    };
    let rules: Vec<String> = (0..50).map(rule).collect();
    let said = load(&policy("p", &format!("rules:\n{}", rules.join("\n")))).evaluate(Moment::Shape, &context);
    assert!(said.iter().all(|one| one.result == RuleResult::Pass), "{said:?}");
}

#[test]
fn every_way_of_asking_says_the_same() {
    let set = load(&policy("p", SIX));
    let context = Context::default();
    let all = set.evaluate(Moment::Shape, &context);
    let explained: Vec<RuleOutcome> =
        set.explain(Moment::Shape, &context).into_iter().map(|one| one.outcome).collect();
    assert_eq!(all, explained);
    assert_eq!(all, set.evaluate_one("p", Moment::Shape, &context));
    assert_eq!(all, set.evaluate_required(Moment::Shape, &context));
    for rule in &set.policies()[0].rules {
        let waived = rule.id == "waived";
        let expected = all.iter().find(|one| one.rule == rule.id).unwrap().result;
        let tried = trial::evaluate(rule.expr.source(), &context).unwrap().result.unwrap();
        assert_eq!(tried, if waived { RuleResult::Fail } else { expected }, "{}", rule.id);
    }
}

#[test]
fn what_the_time_of_a_decision_ends_is_an_error_and_refuses() {
    let list = format!("[{}]", vec!["1"; 100].join(","));
    let heavy = format!("{list}.all(a, {list}.all(b, a == b && step.index == 0))");
    let rule = |id: &str, expr: &str| format!("  - {{id: {id}, on: [shape], expr: '{expr} || true'}}\n");
    let rules = format!("rules:\n{}{}{}", rule("a", "release.first"), rule("b", &heavy), rule("c", &heavy));
    let one = policy("p", &rules);
    let other = policy("q", "rules: [{id: d, on: [shape], expr: 'step.index == 0'}]");
    let set = PolicySet::load([("p.yaml", one.as_str()), ("q.yaml", other.as_str())]).unwrap();
    let (asked, context) = (std::cell::Cell::new(0_u32), Context::default());
    // Time ends in the middle of `b`.
    let is_over = || asked.replace(asked.get() + 1) > 3;
    let told: Vec<_> = set.evaluate_within(Moment::Shape, &context, Watch::new(&is_over));
    let results: Vec<_> = told.iter().map(|one| (one.rule.as_str(), one.result, one.refuses())).collect();
    let (pass, error) = (RuleResult::Pass, RuleResult::Error);
    let wanted = [("a", pass, false), ("b", error, true), ("c", error, true), ("d", error, true)];
    assert_eq!(results, wanted);
    assert!(told[1..].iter().all(|one| one.message.contains("the machine is overloaded")), "{told:?}");
    // It is no property of the rules: asked again they say what they say.
    assert!(set.evaluate(Moment::Shape, &context).iter().all(|one| one.result == pass));
}

#[test]
fn a_fact_that_can_not_be_evaluated_is_an_error_of_whatever_reads_it_and_nobody_allows_it() {
    let set = load(&policy(
        "p",
        "
inputs:
  major: {fact: semver(release.version).major()}
  far: {fact: 'lists.range(9000).all(a, lists.range(9000).all(b, a + b + step.index >= 0))'}
  tier: {fact: release.labels.tier}
variables: {high: inputs.major >= 2}
rules:
  - {id: read, on: [shape], onMissing: allow, expr: inputs.major >= 2}
  - {id: by-variable, on: [shape], onMissing: allow, expr: variables.high}
  - {id: asked-first, on: [shape], onMissing: allow, expr: '!has(inputs.far) || inputs.far'}
  - {id: absorbed, on: [shape], onMissing: allow, expr: 'inputs.far || true'}
  - {id: not-there, on: [shape], onMissing: allow, expr: inputs.tier == \"1\"}
  - {id: another, on: [shape], expr: step.index == 0}",
    ));
    let said = set.evaluate(Moment::Shape, &Context::default());
    let told: Vec<String> =
        said.iter().map(|one| format!("{} {} {}", one.rule, one.result.name(), one.message)).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    read error `inputs.major` can not be evaluated: `semver` failed: `` is no version like `1.2.3`
    by-variable error `inputs.major` can not be evaluated: `semver` failed: `` is no version like `1.2.3`
    asked-first error `inputs.far` can not be evaluated: the expression takes more than 400000 steps
    absorbed error `inputs.far` can not be evaluated: the expression takes more than 400000 steps
    not-there pass there is no value for `inputs.tier`, which the rule allows
    another pass
    ");
}

#[test]
fn approvals_that_nobody_can_give_are_told_before_the_release() {
    let rules = "
rules:
  - {id: two, on: [shape], expr: 'false', require: {approvals: 2, group: sre}}
  - {id: one, on: [shape], expr: 'false', require: {group: sre}}
  - {id: no-such, on: [shape], expr: 'false', require: {group: owners}}";
    let mut context = Context::default();
    context.release.who = String::from("alice");
    let groups = [(String::from("sre"), vec![String::from("alice"), String::from("bob")])].into();
    let told = load(&policy("p", rules)).unapproved(&context, &groups);
    let told: Vec<&str> = told.iter().map(|one| one.message.as_str()).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    the rule `p/two` requires 2 approvals of `sre`, and of that group only `bob` may approve this release
    the rule `p/no-such` requires an approval of `owners`, and nobody of that group may approve this release
    ");
    let other = format!("match: {{services: [other]}}{rules}");
    assert_eq!(load(&policy("p", &other)).unapproved(&context, &groups), []);
}
