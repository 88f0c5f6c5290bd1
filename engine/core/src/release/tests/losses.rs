//! A target that is found otherwise than it should be, and candidates that do not stay up.

use insta::assert_snapshot;

use super::world::{Script, World, plan};
use crate::model::observation::Wrong;
use crate::model::shape::Weight;
use crate::model::verdict::Verdict;
use crate::release::decision::Outcome;
use crate::release::event::{Event, Purpose, RollbackAnswer};

fn run(script: Script) -> World {
    let mut world = World::new(plan(&["errors"]), script);
    world.run(2_000);
    world
}

fn wrong(lost: bool, candidate: u16) -> Option<Wrong> {
    let what = "revision `v1` has 100 % of the traffic, not 95 %".to_owned();
    Some(Wrong { what, lost, candidate: Some(Weight::per_mille(candidate).unwrap()) })
}

fn repairs(world: &World) -> usize {
    let repair = |event: &Event| matches!(event, Event::ShapeIntended { purpose: Purpose::Repair, .. });
    world.records.iter().filter(|record| repair(&record.event)).count()
}

#[test]
fn a_shape_that_the_target_lost_is_given_again() {
    let loses = |look| if look == 1 { wrong(true, 0) } else { None };
    let world = run(Script { loses: Box::new(loses), ..Script::default() });
    assert_snapshot!(world.decisions()[..7].join("\n"), @r"
    proceed admission: policy
    proceed 50: policy
      applied
      applied
    hold 50: target
      applied
    proceed 50: check errors, gate
    ");
    assert_eq!((world.state.outcome(), repairs(&world)), (Some(Outcome::Promoted), 1));
}

#[test]
fn a_target_that_keeps_losing_its_shape_is_rolled_back_at_the_deadline() {
    let world = run(Script { loses: Box::new(|_| wrong(true, 0)), ..Script::default() });
    assert_snapshot!(world.decisions().join("\n"), @r"
    proceed admission: policy
    proceed 50: policy
      applied
      applied
    hold 50: target
      applied
      applied
      applied
      applied
      applied
      applied
      applied
      applied
      applied
      applied
      applied
      applied
    roll back 50: deadline, target, gate
      applied
    ended rolled back
    ");
    assert!((8..14).contains(&repairs(&world)), "one in five seconds of a minute, not {}", repairs(&world));
}

#[test]
fn a_target_that_is_only_not_ready_is_waited_for() {
    let loses = |look| if (3..6).contains(&look) { wrong(false, 50) } else { None };
    let world = run(Script { loses: Box::new(loses), ..Script::default() });
    assert_eq!(world.decisions()[4], "hold 50: target");
    assert_eq!((world.state.outcome(), repairs(&world)), (Some(Outcome::Promoted), 0));
}

#[test]
fn after_a_failed_verdict_the_candidate_gets_nothing_back() {
    let keep = || Box::new(|_, _: &_| Ok(RollbackAnswer::Hold("let us see".to_owned())));
    let verdict = || Box::new(|_| Verdict::Fail);
    let less = Script {
        loses: Box::new(|_| wrong(true, 0)),
        verdict: verdict(),
        rollback: keep(),
        ..Script::default()
    };
    assert_eq!(repairs(&run(less)), 0);
    let more = Script {
        loses: Box::new(|_| wrong(true, 1000)),
        verdict: verdict(),
        rollback: keep(),
        ..Script::default()
    };
    assert!(repairs(&run(more)) > 0, "users are taken away from a bad candidate");
}

#[test]
fn one_restart_costs_a_round_and_two_fail_the_step() {
    let once = run(Script { restarts: Box::new(|look| u32::from(look > 1)), ..Script::default() });
    assert_snapshot!(once.decisions()[..7].join("\n"), @r"
    proceed admission: policy
    proceed 50: policy
      applied
      applied
    hold 50: check instances
    proceed 50: check errors, check instances, gate
    proceed 250: check errors, check instances, policy
    ");
    assert_eq!(once.state.outcome(), Some(Outcome::Promoted));
    let restarts = |look| u32::try_from(look / 2).unwrap();
    let looping = run(Script { restarts: Box::new(restarts), ..Script::default() });
    assert_snapshot!(looping.decisions().join("\n"), @r"
    proceed admission: policy
    proceed 50: policy
      applied
      applied
    hold 50: check instances
    roll back 50: rollback, check instances
      applied
    ended rolled back
    ");
    let reasons = looping.state.decision.as_ref().unwrap().reasons.iter().map(ToString::to_string);
    assert_snapshot!(reasons.collect::<Vec<_>>().join("\n"), @r"
    rollback: a check failed
    check instances: fail: 2 restarts in this step, the limit is 2; `v2/1` exited with 1
    ");
}

#[test]
fn restarts_of_an_earlier_release_are_not_counted() {
    let world = run(Script { restarts: Box::new(|_| 7), ..Script::default() });
    assert_eq!(world.state.outcome(), Some(Outcome::Promoted));
}
