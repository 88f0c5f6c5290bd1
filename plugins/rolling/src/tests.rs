//! Rolling over fleets of several sizes.

use insta::assert_snapshot;
use sluice_sdk::testing::{Given, Tester, problems};
use sluice_sdk::{Proposal, Role, Step};

use crate::Rolling;

fn propose(config: &str, given: &Given) -> Proposal {
    Tester::<Rolling>::new(config).expect("a good config").next(given).expect("an answer")
}

fn told(step: &Step) -> String {
    let of = |role| format!("{} on {}", step.shape.weight(&role), step.shape.instances(&role));
    let unchecked = if step.gate.unchecked { " unchecked" } else { "" };
    let pause = if step.gate.approval.is_some() { " approved" } else { "" };
    format!("{}: {} | {}{unchecked}{pause}", step.name, of(Role::Stable), of(Role::Candidate))
}

/// Every step, as if each gate closed with all instances ready.
fn whole(config: &str, full: u32) -> String {
    let mut given = Given::new().full(&Role::Stable, full).full(&Role::Candidate, full);
    let mut text = String::new();
    for completed in 0..100 {
        match propose(config, &given.clone().completed(completed)) {
            Proposal::Step(step) => {
                text += &format!("{}\n", told(&step));
                given = given.shape(step.shape);
            }
            Proposal::Complete(reason) => return text + &reason,
            other => panic!("{other:?}"),
        }
    }
    panic!("it does not end")
}

#[test]
fn a_surge_starts_each_batch_before_the_old_ones_go() {
    assert_snapshot!(whole(r#"{"window": 2, "max-surge": 2, "pause": {}}"#, 6), @"
    batch 1 of 3: 66.7 % on 4 | 33.3 % on 2 approved
    batch 2 of 3: 33.3 % on 2 | 66.7 % on 4
    batch 3 of 3: 0 % on 0 | 100 % on 6
    all 6 instances are new
    ");
    assert_snapshot!(whole("{}", 8), @"
    batch 1 of 4: 75 % on 6 | 25 % on 2
    batch 2 of 4: 50 % on 4 | 50 % on 4
    batch 3 of 4: 25 % on 2 | 75 % on 6
    batch 4 of 4: 0 % on 0 | 100 % on 8
    all 8 instances are new
    ");
}

#[test]
fn without_a_surge_room_is_made_first() {
    assert_snapshot!(whole(r#"{"window": "50 %", "max-surge": 0, "max-unavailable": "34 %"}"#, 6), @"
    room for the first batch: 100 % on 4 | 0 % on 0 unchecked
    batch 1 of 3: 50 % on 2 | 50 % on 2
    batch 2 of 3: 0 % on 0 | 100 % on 4
    batch 3 of 3: 0 % on 0 | 100 % on 6
    all 6 instances are new
    ");
}

#[test]
fn waits_for_instances_that_are_missing() {
    let config = r#"{"window": 2, "max-surge": 2}"#;
    let given = Given::new().full(&Role::Stable, 6).full(&Role::Candidate, 6);
    let Proposal::Step(first) = propose(config, &given) else { panic!() };
    let lost = given.shape(first.shape).completed(1).ready(&Role::Candidate, 1);
    assert_snapshot!(format!("{:?}", propose(config, &lost)), @r#"Hold("1 of 2 candidate instances are ready: the next batch waits for them")"#);
}

#[test]
fn needs_a_stable_revision() {
    let given = Given::new().full(&Role::Stable, 0);
    let told = Tester::<Rolling>::new("{}").unwrap().next(&given);
    assert_eq!(told, Err("there is no stable revision to replace".into()));
}

#[test]
fn tells_each_problem_with_its_place() {
    let wrong = |config| -> String {
        problems::<Rolling>(config).iter().map(|one| format!("{}: {}\n", one.path, one.message)).collect()
    };
    let config = r#"{"window": 0, "max-surge": "0 %", "hold": "1m", "deadline": "30s"}"#;
    assert_snapshot!(wrong(config), @"
    /window: a batch must replace something
    /max-surge: without surge and without unavailable instances nothing can be replaced
    /deadline: the deadline of 30s leaves no time after the hold of 1m
    ");
    assert_snapshot!(wrong(r#"{"window": "some"}"#), @r#"/window: invalid value: string "some", expected a number of instances such as 2, or a share such as "25 %""#);
    assert_snapshot!(wrong(r#"{"max-unavailable": -1}"#), @r#"/max-unavailable: invalid value: integer `-1`, expected a number of instances such as 2, or a share such as "25 %""#);
}
