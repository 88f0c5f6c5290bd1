//! Steps that strategies other than a canary propose: without exposure, with a reason, too large for the target.

use insta::assert_snapshot;

use super::world::{STEPS, Script, World, canary, plan, split};
use crate::model::capabilities::Capabilities;
use crate::model::shape::{Role, Shape, Weight};
use crate::model::verdict::Verdict;
use crate::release::decision::Outcome;
use crate::release::event::{Event, Proposal, Purpose};
use crate::release::state::State;

fn script(step: impl Fn(&State) -> Proposal + 'static) -> Script {
    Script { strategy: Box::new(move |_, state| Ok(step(state))), ..Script::default() }
}

/// A canary whose first step is as given.
fn first(state: &State, shape: Shape, unchecked: bool) -> Proposal {
    match canary(state, None) {
        Proposal::Step(mut step) if state.completed == 0 => {
            (step.name, step.shape, step.gate.unchecked) = ("green".to_owned(), shape, unchecked);
            step.reason = "to be looked at".to_owned();
            Proposal::Step(step)
        }
        other => other,
    }
}

#[test]
fn a_step_that_exposes_nobody_may_go_unchecked() {
    let mut script = script(|state| first(state, split(0), true));
    script.verdict = Box::new(|_| Verdict::Inconclusive);
    let mut world = World::new(plan(&["errors"]), script);
    world.run(2_000);
    assert_snapshot!(world.decisions()[..6].join("\n"), @r"
    proceed admission: policy
    proceed green: policy, strategy
      applied
      applied
    proceed green: gate
    proceed 250: policy
    ");
}

#[test]
fn a_step_that_exposes_somebody_never_goes_unchecked() {
    let mut script = script(|state| first(state, split(STEPS[0]), true));
    script.verdict = Box::new(|_| Verdict::Inconclusive);
    let mut world = World::new(plan(&["errors"]), script);
    world.run(2_000);
    assert_eq!(world.state.outcome(), Some(Outcome::RolledBack));
    assert!(world.records.iter().any(|record| matches!(record.event, Event::Judged { .. })));
}

#[test]
fn a_step_that_the_target_has_no_room_for_ends_the_release_with_the_numbers() {
    let mut plan = plan(&["errors"]);
    let can = Capabilities { exact_weights: true, capacity: Some(3), ..Capabilities::default() };
    plan.target.capabilities = Some(can);
    let mut world = World::new(plan, Script::default());
    world.run(2_000);
    let Some(Event::Decided { decision }) = world.records.iter().rev().find_map(|one| match &one.event {
        event @ Event::Decided { .. } => Some(event),
        _ => None,
    }) else {
        panic!("nothing was decided")
    };
    assert_snapshot!(decision.reasons[0], @"target: the step `50` can not be, as the target may run 3 instances at once, and 4 are asked for: raise the target's `capacity`, ask for fewer instances, or replace them in batches by the strategy `rolling`");
    assert_eq!((world.state.outcome(), world.state.generation), (Some(Outcome::Aborted), 0));
}

#[test]
fn a_promotion_that_there_is_no_room_for_is_none() {
    let mut plan = plan(&["errors"]);
    let can = Capabilities { exact_weights: true, capacity: Some(3), ..Capabilities::default() };
    plan.target.capabilities = Some(can);
    let mut few = split(100);
    few.allocations[1].instances = 1;
    let strategy = move |state: &State| match state.completed {
        0 => first(state, few.clone(), false),
        _ => Proposal::Complete(String::new()),
    };
    let mut world = World::new(plan, script(strategy));
    world.run(2_000);
    assert_eq!(world.state.outcome(), Some(Outcome::Aborted));
    assert_eq!(world.state.shape, world.state.stable_shape());
}

#[test]
fn a_promotion_starts_its_instances_before_traffic_moves() {
    let few = |weight| {
        let mut shape = split(weight);
        shape.allocations[1].instances = 1;
        shape
    };
    let mut world = World::new(
        plan(&["errors"]),
        script(move |state| match state.completed {
            0 => first(state, few(100), false),
            _ => Proposal::Complete(String::new()),
        }),
    );
    world.run(2_000);
    let intended = world.records.iter().filter_map(|record| match &record.event {
        Event::ShapeIntended { shape, purpose, .. } => Some((purpose.clone(), shape.clone())),
        _ => None,
    });
    let intended: Vec<_> = intended.collect();
    let [.., (Purpose::Grow, grown), (Purpose::Promote, promoted)] = intended.as_slice() else {
        panic!("{intended:#?}")
    };
    assert_eq!(
        (grown.instances(Role::Candidate), grown.weight(Role::Candidate)),
        (2, few(100).weight(Role::Candidate))
    );
    assert_eq!(promoted.weight(Role::Candidate), Weight::ALL);
    assert_eq!(world.state.outcome(), Some(Outcome::Promoted));
}
