//! What rules say: the results, the moments, the order and the words.

use std::collections::BTreeMap;

use sluice_core::model::observation::Quality;
use sluice_core::model::policy::Moment;
use sluice_core::model::shape::{Allocation, Role, Shape, Weight};
use sluice_core::model::verdict::{Judgement, Measurement, Verdict};
use sluice_policy::Context;
use sluice_policy::context::{ReleaseFacts, ShapeFacts};

use super::{load, policy, said};

fn measured(name: &str, value: f64, quality: Quality) -> Measurement {
    Measurement {
        name: name.to_owned(),
        value: Some(value),
        quality,
        bound: String::new(),
        verdict: Verdict::Pass,
    }
}

fn judged() -> Context {
    let judgement = Judgement {
        check: String::from("errors"),
        verdict: Verdict::Warn,
        score: None,
        reason: String::from("a little high"),
        measurements: vec![
            measured("rate", 0.02, Quality::Value),
            measured("slow", 0.02, Quality::Insufficient),
            measured("ratio", f64::NAN, Quality::Value),
        ],
        observed: String::new(),
        further: Vec::new(),
        state: Vec::new(),
    };
    Context::default().judged([&judgement])
}

#[test]
fn every_result_but_waived() {
    let body = "
rules:
  - {id: holds, on: [shape], expr: 'metrics[\"errors.rate\"] < 0.05'}
  - {id: does-not-hold, on: [shape], expr: 'checks.errors.values.rate < 0.01'}
  - {id: only-advice, on: [shape], enforcement: advisory, expr: 'false', message: think again}
  - {id: soft, on: [shape], enforcement: soft, expr: 'checks.errors.verdict == \"pass\"', message: \"'it is ' + checks.errors.verdict\"}
  - {id: too-little, on: [shape], expr: 'metrics[\"errors.slow\"] < 0.05'}
  - {id: not-finite, on: [shape], expr: 'metrics[\"errors.ratio\"] < 0.05 || true'}
  - {id: no-score, on: [shape], expr: 'checks.errors.score > 0.5'}
  - {id: no-check, on: [shape], enforcement: advisory, expr: 'checks.latency.verdict == \"pass\"'}
  - {id: denied, on: [shape], onMissing: deny, expr: 'metrics.gone < 1.0'}
  - {id: allowed, on: [shape], onMissing: allow, expr: 'metrics.gone < 1.0'}
  - {id: guarded, on: [shape], expr: '!(\"gone\" in metrics) || metrics.gone < 1.0'}
  - {id: mistaken, on: [shape], expr: 'release.labels.team == \"shop\"'}
  - {id: mistaken-advice, on: [shape], enforcement: advisory, expr: '1 / step.index > 0'}
  - {id: bad-message, on: [shape], expr: 'false', message: '\"of \" + release.labels.team'}
";
    insta::assert_snapshot!(said(body, Moment::Shape, &judged()), @r#"
    holds: Pass, lets pass:
    does-not-hold: Fail, refuses: `checks.errors.values.rate < 0.01` does not hold
    only-advice: Fail, lets pass: think again
    soft: Fail, refuses: it is warn
    too-little: Inconclusive, refuses: there is no value for `metrics["errors.slow"]`
    not-finite: Inconclusive, refuses: there is no value for `metrics["errors.ratio"]`
    no-score: Inconclusive, refuses: there is no value for `checks.errors.score`
    no-check: Inconclusive, lets pass: there is no value for `checks.latency`
    denied: Fail, refuses: there is no value for `metrics.gone`, which the rule refuses
    allowed: Pass, lets pass: there is no value for `metrics.gone`, which the rule allows
    guarded: Pass, lets pass:
    mistaken: Error, refuses: `release.labels.team == "shop"` can not be evaluated: there is no `release.labels.team`
    mistaken-advice: Error, lets pass: `1 / step.index > 0` can not be evaluated: it divides by zero
    bad-message: Fail, refuses: `false` does not hold
    "#);
}

#[test]
fn rules_are_asked_at_their_moments_alone() {
    let body = "rules: [
  {id: a, on: [admission, override], expr: 'true'},
  {id: b, on: [shape], expr: 'true'},
  {id: c, on: [promotion, rollback], expr: 'true'},
]";
    let asked = |moment| said(body, moment, &Context::default()).lines().count();
    let all = [Moment::Admission, Moment::Shape, Moment::Promotion, Moment::Rollback, Moment::Override];
    assert_eq!(all.map(asked), [1, 1, 1, 1, 1]);
}

#[test]
fn a_policy_is_skipped_where_it_is_not_for_the_release() {
    let release = ReleaseFacts {
        service: String::from("cart"),
        environment: String::from("staging"),
        labels: BTreeMap::from([(String::from("tier"), String::from("1"))]),
        ..ReleaseFacts::default()
    };
    let context = Context { release, ..Context::default() };
    let matches = [
        "{}",
        "{environments: [production, staging], services: [cart], labels: {tier: '1'}}",
        "{environments: [production]}",
        "{services: [shop]}",
        "{labels: {tier: '2'}}",
        "{labels: {team: x}}",
        "{when: 'release.first'}",
        "{when: 'release.service == \"cart\"'}",
        "{when: 'release.labels.team == \"x\"'}",
        "{when: 'metrics.gone > 1.0'}",
    ];
    let told: String = matches
        .iter()
        .map(|matching| {
            let body = format!("match: {matching}\nrules: [{{id: r, on: [shape], expr: 'true'}}]");
            format!("{matching}\n  {}", said(&body, Moment::Shape, &context))
        })
        .collect();
    insta::assert_snapshot!(told, @r#"
    {}
      r: Pass, lets pass:
    {environments: [production, staging], services: [cart], labels: {tier: '1'}}
      r: Pass, lets pass:
    {environments: [production]}
      r: Skipped, lets pass: the policy is not for the environment `staging`
    {services: [shop]}
      r: Skipped, lets pass: the policy is not for the service `cart`
    {labels: {tier: '2'}}
      r: Skipped, lets pass: the policy is for releases with the label `tier: 2`
    {labels: {team: x}}
      r: Skipped, lets pass: the policy is for releases with the label `team: x`
    {when: 'release.first'}
      r: Skipped, lets pass: the policy is only for releases with `release.first`
    {when: 'release.service == "cart"'}
      r: Pass, lets pass:
    {when: 'release.labels.team == "x"'}
      r: Error, refuses: `release.labels.team == "x"` can not be evaluated: there is no `release.labels.team`
    {when: 'metrics.gone > 1.0'}
      r: Inconclusive, refuses: there is no value for `metrics.gone`
    "#);
}

#[test]
fn shapes_are_in_percent_and_instances() {
    let weight = |value| Weight::per_mille(value).unwrap();
    let allocations = vec![
        Allocation { role: Role::Stable, instances: 4, weight: weight(955) },
        Allocation { role: Role::Candidate, instances: 1, weight: weight(45) },
    ];
    let shape = Shape { allocations, ..Shape::default() };
    let context = Context { proposed: ShapeFacts::from(&shape), ..Context::default() };
    let body = "rules: [{id: r, on: [shape], message: \"'no'\", expr: '
      proposed.stable.weight == 95.5 && proposed.stable.instances == 4 && proposed.candidate.weight == 4.5
      && proposed.candidate.instances == 1 && proposed.baseline.weight == 0.0 && current.stable.instances == 0'}]";
    assert_eq!(said(body, Moment::Shape, &context), "r: Pass, lets pass:\n");
}

#[test]
fn params_and_times_are_those_of_the_policy() {
    let now = "2026-11-23T23:30:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let context = Context { now: u64::try_from(now).unwrap(), ..Context::default() };
    let body = "
params:
  zone: {type: string, default: Asia/Tokyo}
  most: {type: number, default: 30}
  count: {type: integer, default: 3}
  strict: {type: boolean, default: true}
  days: {type: strings, default: [Tue]}
rules:
  - {id: time, on: [shape], expr: 'false', message: \"'' + time.weekday + ' ' + time.date + ' ' + string(time.hour) + ':' + string(time.minute)\"}
  - {id: params, on: [shape], expr: 'params.most - 0.5 == 29.5 && params.count + 1 == 4 && params.strict && time.weekday in params.days'}
";
    insta::assert_snapshot!(said(body, Moment::Shape, &context), @r#"
    time: Fail, refuses: Tue 2026-11-24 8:30
    params: Pass, lets pass:
    "#);
    let utc = "rules: [{id: time, on: [shape], expr: 'time.date == \"2026-11-23\" && time.hour == 23'}]";
    assert_eq!(said(utc, Moment::Shape, &context), "time: Pass, lets pass:\n");
}

#[test]
fn a_context_that_is_too_large_refuses() {
    let release = ReleaseFacts { comment: "x".repeat(5000), ..ReleaseFacts::default() };
    let context = Context { release, ..Context::default() };
    let told = said("rules: [{id: r, on: [shape], expr: 'true'}]", Moment::Shape, &context);
    insta::assert_snapshot!(told, @r#"r: Error, refuses: the rule can not be asked: `release.comment` has 5000 bytes, more than the limit of 4096"#);
}

#[test]
fn a_long_message_is_cut() {
    let release = ReleaseFacts { comment: "ü".repeat(2000), ..ReleaseFacts::default() };
    let context = Context { release, ..Context::default() };
    let body = "rules: [{id: r, on: [shape], expr: 'false', message: \"'' + release.comment\"}]";
    let outcomes = load(&policy("p", body)).evaluate(Moment::Shape, &context);
    assert_eq!(outcomes[0].message, "ü".repeat(512));
}

#[test]
fn a_context_reads_back_what_it_writes() {
    let context = judged();
    let written = serde_json::to_string(&context).unwrap();
    assert_eq!(serde_json::from_str::<Context>(&written).unwrap(), context);
}

/// Thirty lists, each of which holds the one before it twice.
fn doubled() -> String {
    let bind = |body: String, at: usize| format!("cel.bind(v{at}, [v{0}, v{0}], {body})", at - 1);
    format!("cel.bind(v0, [1, 1], {})", (1..30).rev().fold(String::from("v29"), bind))
}

#[test]
fn what_holds_the_same_many_times_is_looked_into_once() {
    let body = format!(
        "inputs: {{f: {{fact: '{0}'}}}}\nvariables: {{v: '{0}'}}\nrules:\n  - {{id: r, on: [shape], expr: 'inputs.f.size() == variables.v.size()'}}",
        doubled()
    );
    assert_eq!(said(&body, Moment::Shape, &Context::default()), "r: Pass, lets pass:\n");
}

#[test]
fn variables_of_variables_go_no_deeper_than_their_limit() {
    let nested = |inner: &str| format!("{}{inner}{}", "[".repeat(60), "]".repeat(60));
    let variables: Vec<String> =
        (1..64).map(|at| format!("  v{at}: '{}'", nested(&format!("variables.v{}", at - 1)))).collect();
    // Each reads what the one before it left, so that none goes deep by itself.
    let rules: Vec<String> = (0..64)
        .map(|at| format!("  - {{id: r{at}, on: [shape], expr: 'variables.v{at} == variables.v{at}'}}"))
        .collect();
    let body =
        format!("variables:\n  v0: '1 + step.index'\n{}\nrules:\n{}", variables.join("\n"), rules.join("\n"));
    let thread = std::thread::Builder::new().stack_size(1024 * 1024);
    let told = thread.spawn(move || said(&body, Moment::Shape, &Context::default())).unwrap().join().unwrap();
    assert_eq!(told.matches(": Pass").count(), 3, "{told}");
    assert!(told.contains("r3: Error, refuses: `variables.v3 == variables.v3` can not be evaluated: a variable would have more than 128 levels of lists and maps"), "{told}");
}
