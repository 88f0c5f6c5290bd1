//! The shadow alone, with a canary after it, and where it can not be.

use insta::assert_snapshot;
use sluice_sdk::testing::{Given, Tester, problems};
use sluice_sdk::{Proposal, Role, Step};

use crate::Shadow;

const ALONE: &str = r#"{"steps": [10, {"weight": 100, "hold": "5m"}], "checks": ["diff"]}"#;
const THEN: &str = r#"{"steps": [50], "checks": ["diff"], "instances": "50 %", "then": {"steps": [5, 100]}}"#;

fn propose(config: &str, given: &Given) -> Proposal {
    Tester::<Shadow>::new(config).expect("a good config").next(given).expect("an answer")
}

fn step(config: &str, given: &Given) -> Step {
    match propose(config, given) {
        Proposal::Step(step) => *step,
        other => panic!("no step: {other:?}"),
    }
}

fn told(step: &Step) -> String {
    let of = |role| format!("{} on {}", step.shape.weight(&role), step.shape.instances(&role));
    let mirror = step.shape.mirror.as_ref().map_or("none".into(), |one| one.weight.to_string());
    let (stable, candidate) = (of(Role::Stable), of(Role::Candidate));
    format!("{}: {stable} | {candidate} | mirror {mirror} | checks {:?}", step.name, step.gate.checks)
}

fn eight() -> Given {
    Given::new().full(&Role::Stable, 8).full(&Role::Candidate, 8)
}

#[test]
fn mirrors_by_steps_and_exposes_nobody() {
    assert_snapshot!(told(&step(ALONE, &eight())), @r#"mirror 10 %: 100 % on 8 | 0 % on 1 | mirror 10 % | checks ["diff"]"#);
    assert_snapshot!(told(&step(ALONE, &eight().completed(1))), @r#"mirror 100 %: 100 % on 8 | 0 % on 8 | mirror 100 % | checks ["diff"]"#);
    let Proposal::Complete(why) = propose(ALONE, &eight().completed(2)) else { panic!() };
    assert_snapshot!(why, @"mirrored up to 100 %; no user has reached the candidate yet");
}

#[test]
fn goes_on_as_a_canary() {
    assert_snapshot!(told(&step(THEN, &eight())), @r#"mirror 50 %: 100 % on 8 | 0 % on 4 | mirror 50 % | checks ["diff"]"#);
    assert_snapshot!(told(&step(THEN, &eight().completed(1))), @"5 %: 95 % on 8 | 5 % on 1 | mirror none | checks []");
    assert!(matches!(propose(THEN, &eight().completed(3)), Proposal::Complete(_)));
}

#[test]
fn refuses_a_target_that_does_not_mirror() {
    let Proposal::Abort(told) = propose(ALONE, &eight().attr("target.mirror", "false")) else { panic!() };
    assert_snapshot!(told, @"the target does not mirror requests: use the target `gateway`, or the strategy `canary` with a small first step");
    assert!(matches!(propose(ALONE, &eight().attr("target.mirror", "true")), Proposal::Step(_)));
}

#[test]
fn tells_each_problem_with_its_place() {
    let wrong = |config| -> String {
        problems::<Shadow>(config).iter().map(|one| format!("{}: {}\n", one.path, one.message)).collect()
    };
    assert_snapshot!(wrong(r#"{"steps": [50, 50], "checks": [], "deadline": "30s", "then": {"steps": [0]}}"#), @"
    /checks: a mirror that no check looks at shows nothing
    /steps/1/weight: 50 % is not above the 50 % before it
    /deadline: the deadline of 30s leaves no time after the hold of 1m
    /then/steps/0/weight: a step must give the candidate some traffic
    ");
    assert_snapshot!(wrong(r#"{"steps": [], "checks": ["diff"], "then": {}}"#), @"
    /steps: 0 steps are not between 1 and 100
    /then: there must be `steps` or a `ramp`
    ");
    assert_snapshot!(wrong(r#"{"steps": [5]}"#), @": missing field `checks`");
}
