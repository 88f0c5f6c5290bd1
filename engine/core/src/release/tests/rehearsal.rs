//! Rehearsals: the first step's instances come up, and stable is alone again.

use super::world::{Script, World, plan, split};
use crate::model::shape::{Role, Shape};
use crate::plan::{Kind, Plan};
use crate::release::decision::Outcome;
use crate::release::event::{Event, Proposal, Purpose, Record, Signal};
use crate::release::state::State;

fn rehearsal() -> Plan {
    let mut plan = plan(&["errors"]);
    plan.stages.rehearsal = true;
    plan
}

fn run(plan: Plan, script: Script) -> World {
    let mut world = World::new(plan, script);
    world.run(1_000);
    world
}

/// Every shape that was asked for, in words.
fn shapes(world: &World) -> Vec<String> {
    let shape = |record: &Record| match &record.event {
        Event::ShapeIntended { shape, purpose, .. } => Some(format!("{purpose:?}: {shape}")),
        _ => None,
    };
    world.records.iter().filter_map(shape).collect()
}

fn reason(world: &World) -> String {
    match &world.records.last().map(|record| &record.event) {
        Some(Event::Ended { reason, .. }) => reason.clone(),
        other => panic!("it has not ended: {other:?}"),
    }
}

#[test]
fn the_first_steps_instances_come_up_and_go_again() {
    let world = run(rehearsal(), Script::default());
    assert_eq!(world.state.outcome(), Some(Outcome::Rehearsed));
    insta::assert_snapshot!(shapes(&world).join("\n"), @r"
    Grow: stable 100 % on 2, candidate 0 % on 2
    Restore: stable 100 % on 2
    ");
    assert_eq!(reason(&world), "the instances of step 50 came up and were taken back; nobody was exposed");
}

#[test]
fn a_shape_that_exposes_somebody_is_illegal() {
    let whole = run(rehearsal(), Script::default());
    let mut state = State::begin(&whole.records[0]).unwrap();
    for record in &whole.records[1..] {
        if let Event::ShapeIntended { generation, key, purpose: Purpose::Grow, .. } = &record.event {
            let (generation, key) = (*generation, key.clone());
            let event = Event::ShapeIntended { generation, key, shape: split(50), purpose: Purpose::Step };
            let told = state.clone().apply(&Record { event, ..record.clone() }).unwrap_err();
            assert_eq!(told.why, "a rehearsal exposes nobody");
            return;
        }
        state.apply(record).unwrap();
    }
    panic!("nothing was grown");
}

#[test]
fn instances_that_do_not_come_up_are_taken_back() {
    let mut first = true;
    let apply =
        move |_| if std::mem::take(&mut first) { Err(("it crashes".to_owned(), true)) } else { Ok(()) };
    let world = run(rehearsal(), Script { apply: Box::new(apply), ..Script::default() });
    assert_eq!(world.state.outcome(), Some(Outcome::RolledBack));
    assert_eq!(world.state.shape, world.state.stable_shape());
    assert_eq!(reason(&world), "target: it crashes");
}

#[test]
fn what_is_held_ends_at_once_and_touches_nothing() {
    use crate::model::policy::Moment;
    let refuses = Script { policy: Box::new(|_, moment| moment != Moment::Shape), ..Script::default() };
    let refused = run(rehearsal(), refuses);
    assert_eq!(refused.state.outcome(), Some(Outcome::Refused));
    let hold = |_, _: &State| Ok(Proposal::Hold("not today".to_owned()));
    let held = run(rehearsal(), Script { strategy: Box::new(hold), ..Script::default() });
    assert_eq!(held.state.outcome(), Some(Outcome::Aborted));
    assert_eq!(reason(&held), "strategy: not today");
    assert!(shapes(&refused).is_empty() && shapes(&held).is_empty());
}

#[test]
fn where_there_is_nothing_to_rehearse_that_is_said() {
    let complete = |_, _: &State| Ok(Proposal::Complete("done".to_owned()));
    let done = run(rehearsal(), Script { strategy: Box::new(complete), ..Script::default() });
    assert_eq!(reason(&done), "strategy: it has no step to rehearse");
    let first = Plan { kind: Kind::First, stable: None, ..rehearsal() };
    let first = run(first, Script::default());
    assert_eq!(reason(&first), "strategy: nothing is served yet: there is no way back to rehearse");
    assert_eq!(first.state.shape, Shape::default());
}

#[test]
fn a_word_to_promote_changes_nothing() {
    let script = Script { signal: Box::new(|_| Some(Signal::Promote)), ..Script::default() };
    let world = run(rehearsal(), script);
    assert_eq!(world.state.outcome(), Some(Outcome::Rehearsed));
    assert_eq!(world.state.shape.instances(Role::Candidate), 0);
}
