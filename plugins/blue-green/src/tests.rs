//! Blue-green on targets with room and without.

use insta::assert_snapshot;
use sluice_sdk::testing::{Given, Tester, problems};
use sluice_sdk::{Duration, Proposal, Role, Step};

use crate::BlueGreen;

fn propose(config: &str, given: &Given) -> Proposal {
    Tester::<BlueGreen>::new(config).expect("a good config").next(given).expect("an answer")
}

fn step(config: &str, given: &Given) -> Step {
    match propose(config, given) {
        Proposal::Step(step) => *step,
        other => panic!("no step: {other:?}"),
    }
}

fn sizes(step: &Step) -> [(u32, u16); 2] {
    [Role::Stable, Role::Candidate].map(|role| (step.shape.instances(&role), step.shape.weight(&role).get()))
}

fn four() -> Given {
    Given::new().full(&Role::Stable, 4).full(&Role::Candidate, 4)
}

#[test]
fn green_stands_beside_blue_without_users_then_gets_all() {
    let preview = step("{}", &four());
    assert_eq!((sizes(&preview), preview.gate.unchecked), ([(4, 1000), (4, 0)], true));
    assert_eq!(preview.gate.min_time, Duration::minutes(1));
    let switch = step("{}", &four().completed(1).ready(&Role::Candidate, 4));
    assert_eq!((sizes(&switch), switch.gate.unchecked), ([(4, 0), (4, 1000)], false));
    assert_eq!(switch.gate.min_time, Duration::minutes(10));
    let end = propose(r#"{"warm": {"hold": "2m"}}"#, &four().completed(2));
    assert_eq!(end, Proposal::Complete("green served all for 2m, with blue kept warm beside it".into()));
}

#[test]
fn preview_has_its_own_checks_and_testers() {
    let config = r#"{"preview": {"hold": "30s", "checks": ["smoke"], "pause": {"group": "sre"}},
        "testers": {"header": {"name": "X-Green", "value": "1"}}}"#;
    let preview = step(config, &four());
    assert_eq!(preview.gate.checks, ["smoke"]);
    assert_eq!(preview.gate.approval.map(|one| one.message), Some("approve the step after preview".into()));
    assert_eq!((preview.shape.routes.len(), preview.gate.unchecked), (1, false));
    assert!(step(config, &four().completed(1).ready(&Role::Candidate, 4)).shape.routes.is_empty());
    let watched = r#"{"testers": {"cookie": {"name": "green", "value": "1"}}}"#;
    assert!(!step(watched, &four()).gate.unchecked);
}

#[test]
fn waits_for_all_of_green() {
    let given = four().completed(1).ready(&Role::Candidate, 3);
    assert_eq!(propose("{}", &given), Proposal::Hold("3 of 4 green instances are ready".into()));
}

#[test]
fn refuses_a_target_that_has_no_room_for_both() {
    let Proposal::Abort(told) = propose("{}", &four().attr("target.capacity", "7")) else { panic!() };
    assert_snapshot!(told, @"4 of blue and 4 of green are 8 instances at once, and the target may run 7: raise its capacity, or use the strategy `rolling`, which needs room for a batch only");
    assert_eq!(sizes(&step("{}", &four().attr("target.capacity", "8")))[1], (4, 0));
    let testers = r#"{"testers": {"header": {"name": "X-Green", "value": "1"}}}"#;
    let Proposal::Abort(told) = propose(testers, &four().attr("target.routes", "false")) else { panic!() };
    assert_snapshot!(told, @"the target does not route by header or cookie: leave out `testers`, or use a target that does");
    let nothing = Given::new().full(&Role::Stable, 0);
    let told = Tester::<BlueGreen>::new("{}").unwrap().next(&nothing);
    assert_eq!(told, Err("there is no blue to stand beside: nothing is served yet".into()));
}

#[test]
fn tells_each_problem_with_its_place() {
    let wrong = problems::<BlueGreen>(
        r#"{"preview": {"hold": "5m", "deadline": "1m"}, "warm": {"deadline": "10m"},
            "testers": {"header": {"name": "", "value": "1"}}}"#,
    );
    let wrong: String = wrong.iter().map(|one| format!("{}: {}\n", one.path, one.message)).collect();
    assert_snapshot!(wrong, @"
    /preview/deadline: the deadline of 1m leaves no time after the hold of 5m
    /testers/header/name: `` can not be the name of a header
    /warm/deadline: the deadline of 10m leaves no time after the hold of 10m
    ");
}
