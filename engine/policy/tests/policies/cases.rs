//! Cases in documents, what they cover, and explanations.

use sluice_core::model::policy::Moment;
use sluice_policy::Context;
use sluice_policy::testing::{Coverage, Mutation, run_all};

use super::{load, policy};

const WITH_CASES: &str = "
params: {largest: {type: number, default: 50}}
rules:
  - id: small
    on: [shape]
    expr: current.candidate.weight == 0.0 || proposed.candidate.weight - current.candidate.weight <= params.largest
    message: too far
  - {id: never-asked, on: [override], expr: 'override.who in [\"alice\", \"bob\"]'}
tests:
  - {name: first, on: shape, context: {proposed: {candidate: {weight: 80}}}, expect: {small: pass}}
  - name: large
    on: shape
    context: {current: {candidate: {weight: 5}}, proposed: {candidate: {weight: 80}}}
    expect: {small: {result: fail, message: too far}}
  - {name: wrong-result, on: shape, context: {}, expect: {small: fail}}
  - {name: wrong-rule, on: shape, context: {}, expect: {never-asked: pass}}
  - name: wrong-words
    on: shape
    context: {current: {candidate: {weight: 5}}, proposed: {candidate: {weight: 80}}}
    expect: {small: {result: fail, message: no}}
";

#[test]
fn cases_are_run_and_what_is_different_is_told() {
    let reports = run_all(&load(&policy("p", WITH_CASES)));
    let told = reports.iter().map(|report| {
        let differences = report.differences.iter().map(|one| format!("  {one}\n"));
        format!("{}: {}\n{}", report.case, report.passed(), differences.collect::<String>())
    });
    insta::assert_snapshot!(told.collect::<String>(), @r#"
    first: true
    large: true
    wrong-result: false
      `small` must say fail and says pass
    wrong-rule: false
      `never-asked` is not asked at this moment
      `small` is asked too, and says pass; the case does not have it
    wrong-words: false
      `small` says other words
      expected: no
      said:     too far
    "#);
}

#[test]
fn coverage_tells_what_was_not_seen() {
    let set = load(&policy("p", WITH_CASES));
    let all = &set.policies()[0].tests;
    let coverage = |cases: &[usize]| {
        let covered = Coverage::of(&set, cases.iter().map(|at| ("p", &all[*at])));
        let gaps = covered.rules.iter().flat_map(|rule| {
            let gaps = rule.gaps.iter().map(|gap| format!("  lacks {:?}: {}\n", gap.lacks, gap.text));
            [format!("{} {:?} {}/{}\n", rule.rule, rule.results, rule.covered, rule.conditions)]
                .into_iter()
                .chain(gaps)
        });
        gaps.collect::<String>()
    };
    insta::assert_snapshot!(coverage(&[0]), @r#"
    small [Pass] 0/2
      lacks False: current.candidate.weight == 0.0
      lacks Reached: proposed.candidate.weight - current.candidate.weight <= params.largest
    never-asked [] 0/1
      lacks Reached: override.who in ["alice", "bob"]
    "#);
    insta::assert_snapshot!(coverage(&[0, 1]), @r#"
    small [Pass, Fail] 1/2
      lacks True: proposed.candidate.weight - current.candidate.weight <= params.largest
    never-asked [] 0/1
      lacks Reached: override.who in ["alice", "bob"]
    "#);
}

#[test]
fn an_explanation_has_the_values_under_their_parts() {
    let body = "
params: {largest: {type: number, default: 50}}
rules:
  - id: small
    on: [shape]
    expr: |
      proposed.candidate.weight - current.candidate.weight <= params.largest
      && [1, 2].all(n, n < 3)
      && metrics.gone > 1.0
";
    let mut context = Context::default();
    context.proposed.candidate.weight = 45.5;
    context.current.candidate.weight = 5.0;
    let explained = load(&policy("p", body)).explain(Moment::Shape, &context);
    insta::assert_snapshot!(explained[0].diagram(), @r#"
    proposed.candidate.weight - current.candidate.weight <= params.largest
    |                         | |                        |  |
    45.5                      | 5                        |  50
                              40.5                       true
    && [1, 2].all(n, n < 3)
       |      |      | |
       [1, 2] true   | true (the last of 2)
                     2 (the last of 2)
    && metrics.gone > 1.0
    |  |            |
    |  |            error: there is no `metrics.gone`
    |  error: there is no `metrics.gone`
    error: there is no `metrics.gone`
    "#);
    assert_eq!(explained[0].missing, ["metrics.gone"]);
}

#[test]
fn what_no_case_tells_apart_survives() {
    let set = load(&policy("p", WITH_CASES));
    let cases = set.policies()[0].tests.iter().map(|case| ("p", case));
    let mutation = Mutation::of(&set, cases);
    let told = mutation.survivors.iter().map(|one| format!("{}: {} as {:?}\n", one.rule, one.was, one.now));
    insta::assert_snapshot!(told.collect::<String>(), @r#"
    small: proposed.candidate.weight - current.candidate.weight <= params.largest as "false"
    small: - as "+"
    small: <= as "<"
    never-asked: override.who in ["alice", "bob"] as "!(override.who in [\"alice\", \"bob\"])"
    never-asked: "alice" as "'alice-other'"
    never-asked: "bob" as "'bob-other'"
    "#);
    assert!(mutation.tried > mutation.survivors.len(), "none is noticed");
}

#[test]
fn a_soft_rule_that_nobody_can_go_by_is_told_of() {
    let told = |on: &str| {
        let rule = format!("rules: [{{id: r, on: {on}, enforcement: soft, expr: 'step.index > 0'}}]");
        load(&policy("p", &rule)).hints().map(ToString::to_string).collect::<Vec<_>>()
    };
    let hint = "nobody can go by this rule: that is done before a shape or the promotion";
    assert_eq!(told("[admission]"), [hint]);
    assert_eq!(told("[rollback, override]"), [hint]);
    assert!(told("[admission, shape]").is_empty() && told("[promotion]").is_empty());
}

#[test]
fn a_check_that_a_workflow_has_not_is_told_of() {
    let told = |rules: &str| {
        let context = Context::default();
        let told = load(&policy("p", rules)).unmeasured(&context, &["errors", "latency"]);
        told.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let rule = |expr: &str| format!("rules: [{{id: r, on: [shape], expr: '{expr}'}}]");
    let hint =
        |read: &str| vec![format!("the rule `p/r` reads `{read}`, and this workflow has no check `erors`")];
    assert_eq!(told(&rule("metrics[\"erors.rate\"] < 0.1")), hint("metrics[\"erors.rate\"]"));
    assert_eq!(told(&rule("checks.erors.verdict == \"pass\"")), hint("checks.erors"));
    assert_eq!(told(&rule("checks[\"erors\"].verdict == \"pass\"")), hint("checks.erors"));
    let input = "inputs: {rate: {metric: erors.rate}}\n";
    let of_input = told(&format!("{input}{}", rule("inputs.rate < 0.1")));
    assert_eq!(
        of_input,
        ["the input `rate` of `p` reads `metrics[\"erors.rate\"]`, and this workflow has no check `erors`"]
    );
    for fine in [
        rule("metrics[\"errors.rate\"] < 0.1 && checks.latency.verdict == \"pass\""),
        rule("!(\"erors.rate\" in metrics) || metrics[\"erors.rate\"] < 0.1"),
        rule("!has(checks.erors) || checks.erors.verdict == \"pass\""),
        format!("match: {{services: [other]}}\n{}", rule("metrics[\"erors.rate\"] < 0.1")),
        format!("{input}{}", rule("!has(inputs.rate) || inputs.rate < 0.1")),
        "rules: [{id: r, on: [shape], onMissing: allow, expr: 'checks.erors.score > 0.5'}]".to_owned(),
    ] {
        assert_eq!(told(&fine), [""; 0], "{fine}");
    }
}

#[test]
fn a_message_that_was_meant_as_an_expression_is_told_of() {
    let told = |message: &str| {
        let rule = format!("rules: [{{id: r, on: [shape], expr: 'step.index > 0', message: {message:?}}}]");
        load(&policy("p", &rule)).hints().map(ToString::to_string).collect::<Vec<_>>()
    };
    let hint = "this message is told as it stands, and looks like an expression";
    assert_eq!(told("string(step.index) + ' steps'"), [hint]);
    assert!(told("'' + string(step.index) + ' steps'").is_empty());
    assert!(told("it's 2 + 2").is_empty());
}
