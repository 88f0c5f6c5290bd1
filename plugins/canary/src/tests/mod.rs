//! The canary under configs right and wrong.

mod arms;

use insta::assert_snapshot;
use sluice_sdk::testing::{Given, Tester, problems};
use sluice_sdk::{Duration, Proposal, Role, Step};

use crate::Canary;

fn propose(config: &str, given: &Given) -> Proposal {
    Tester::<Canary>::new(config).expect("a good config").next(given).expect("an answer")
}

fn step(config: &str, given: &Given) -> Step {
    match propose(config, given) {
        Proposal::Step(step) => *step,
        other => panic!("no step: {other:?}"),
    }
}

fn wrong(config: &str) -> String {
    problems::<Canary>(config).iter().map(|one| format!("{}: {}\n", one.path, one.message)).collect()
}

#[test]
fn bare_weights_share_the_defaults() {
    let config = r#"{"steps": [5, "25 %", 50, 100], "hold": "2m", "min-events": 100}"#;
    let first = step(config, &Given::new());
    assert_eq!(first.name, "5 %");
    assert_eq!((first.gate.min_time, first.gate.min_events), (Duration::minutes(2), 100));
    assert_eq!(first.gate.deadline, Duration::minutes(25));
    assert_eq!(first.gate.checks, Vec::<String>::new());
    let names: Vec<_> = (0..4).map(|done| step(config, &Given::new().completed(done)).name).collect();
    assert_eq!(names, ["5 %", "25 %", "50 %", "100 %"]);
}

#[test]
fn a_step_in_full_has_its_own_gate() {
    let config = r#"{"steps": [{"weight": 2.5, "hold": "30s", "min-events": 7, "checks": ["errors"],
        "deadline": "10m", "pause": {"message": "look", "group": "sre", "deadline": "1h"}}, 100]}"#;
    let gate = step(config, &Given::new()).gate;
    assert_eq!((gate.min_time, gate.min_events), (Duration::seconds(30), 7));
    assert_eq!(gate.checks, ["errors"]);
    let approval = gate.approval.expect("an approval");
    assert_eq!((approval.message.as_str(), approval.group.as_str()), ("look", "sre"));
    // The hour that a person has does not eat into the ten minutes of the step.
    assert_eq!(gate.deadline, Duration::minutes(70));
}

#[test]
fn instances_follow_the_weight_and_stable_keeps_its_size() {
    let config = r#"{"steps": [1, {"weight": 5, "instances": 4}, 25, 100]}"#;
    let given = Given::new().full(&Role::Stable, 20).full(&Role::Candidate, 20);
    let sizes = |done| {
        let shape = step(config, &given.clone().completed(done)).shape;
        let weights = shape.weight(&Role::Stable).get() + shape.weight(&Role::Candidate).get();
        assert_eq!(weights, 1000);
        (shape.instances(&Role::Stable), shape.instances(&Role::Candidate))
    };
    assert_eq!([sizes(0), sizes(1), sizes(2), sizes(3)], [(20, 1), (20, 4), (20, 5), (20, 20)]);
}

#[test]
fn completes_after_the_last_step() {
    let answer = propose(r#"{"steps": [5, 100]}"#, &Given::new().completed(2));
    assert_eq!(answer, Proposal::Complete("all 2 steps up to 100 % closed".into()));
}

#[test]
fn needs_a_stable_revision() {
    let mut canary = Tester::<Canary>::new(r#"{"steps": [5]}"#).unwrap();
    let given = Given::new().full(&Role::Stable, 0);
    assert_eq!(canary.next(&given), Err("there is no stable revision to take traffic from".into()));
}

#[test]
fn tells_each_problem_with_its_place() {
    assert_snapshot!(wrong(r#"{"steps": [0, 50, 50, {"weight": 25, "instances": 0}, {"weight": 60, "hold": "2h"},
        {"weight": 70, "hold": "1s", "pause": {"deadline": "0s"}}],
        "deadline": "1m"}"#), @"
    /deadline: the deadline of 1m leaves no time after the hold of 1m
    /steps/0/weight: a step must give the candidate some traffic
    /steps/2/weight: 50 % is not above the 50 % before it
    /steps/3/weight: 25 % is not above the 50 % before it
    /steps/3/instances: 0 instances are not between 1 and 1000
    /steps/4/hold: the deadline of 1m leaves no time after the hold of 2h
    /steps/5/pause/deadline: nobody can approve in no time
    ");
    assert_snapshot!(wrong(r#"{"steps": []}"#), @": there must be `steps` or a `ramp`");
    assert_snapshot!(wrong(r#"{"steps": [5, {"weight": 10, "deadline": "1m", "hold": "1m"}]}"#), @"/steps/1/deadline: the deadline of 1m leaves no time after the hold of 1m");
}

#[test]
fn tells_where_the_form_is_wrong() {
    let forms = [
        r#"{"steps": [5, 101]}"#,
        r#"{"steps": [5, 10.25]}"#,
        r#"{"steps": [5, "half"]}"#,
        r#"{"steps": [{"weight": 5, "hold": 30}]}"#,
        r#"{"steps": [{"wieght": 5}]}"#,
        r#"{"steps": [{"hold": "1m"}]}"#,
        r#"{"steps": [true]}"#,
        r#"{"steps": 5}"#,
        r#"{"hold": "1m"}"#,
        r#"{"steps": [5], "pause": "1m"}"#,
        r#"{"steps": [{"weight": 5, "pause": {"grop": "sre"}}]}"#,
        "[",
    ];
    let all: String = forms.iter().map(|config| wrong(config)).collect();
    assert_snapshot!(all, @r#"
    /steps/1: `101` is not a share of traffic: 0 to 100 %, to the tenth
    /steps/1: `10.25` is not a share of traffic: 0 to 100 %, to the tenth
    /steps/1: invalid value: string "half", expected a share of traffic such as 5 or "0.5 %"
    /steps/0/hold: invalid type: integer `30`, expected a duration such as "30s" or "1h30m"
    /steps/0/wieght: unknown field `wieght`, expected one of `weight`, `hold`, `min-events`, `checks`, `instances`, `pause`, `deadline`
    /steps/0: missing field `weight`
    /steps/0: invalid type: boolean `true`, expected a weight such as 5, or a step such as {weight: 5, hold: 2m}
    /steps: invalid type: integer `5`, expected a sequence
    : there must be `steps` or a `ramp`
    /pause: unknown field `pause`, expected one of `steps`, `ramp`, `cohort`, `baseline`, `hold`, `min-events`, `deadline`
    /steps/0/pause/grop: unknown field `grop`, expected one of `message`, `group`, `deadline`
    : the config is not JSON: EOF while parsing a list at line 1 column 1
    "#);
}

#[test]
fn every_part_of_the_config_is_described() {
    let description = Tester::<Canary>::new(r#"{"steps": [5]}"#).unwrap().describe().unwrap();
    let schema: serde_json::Value = serde_json::from_str(&description.config_schema).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for (places, parts) in
        [("", 7), ("/$defs/FullStep", 7), ("/$defs/Pause", 3), ("/$defs/Cohort", 8), ("/$defs/Ramp", 4)]
    {
        let properties =
            schema.pointer(&format!("{places}/properties")).and_then(|one| one.as_object()).unwrap();
        assert_eq!(properties.len(), parts, "{places}");
        assert!(properties.values().all(|one| one["description"].is_string()), "{places}: {properties:?}");
    }
}
