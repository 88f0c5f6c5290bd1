//! Orders that the target did not take at once: whether they are still given later.

use std::cell::Cell;
use std::rc::Rc;

use insta::assert_snapshot;

use super::world::{Script, World, plan};
use crate::model::policy::Moment;
use crate::model::verdict::Verdict;
use crate::release::decision::Outcome;
use crate::release::effect::Effect;
use crate::release::event::{Event, Record, RollbackAnswer, Signal};
use crate::release::next::next;

#[test]
fn an_order_that_failed_is_not_given_again_after_a_failed_verdict() {
    let away = Rc::new(Cell::new(false));
    let (seen, told) = (Rc::clone(&away), Rc::clone(&away));
    let apply = move |number| {
        told.set(told.get() || number == 3);
        if (3..5).contains(&number) { Err(("not reached".to_owned(), false)) } else { Ok(()) }
    };
    let verdict = move |_| if seen.get() { Verdict::Fail } else { Verdict::Pass };
    let rollback = Box::new(|_, _: &_| Ok(RollbackAnswer::Hold(String::new())));
    let script = Script { apply: Box::new(apply), verdict: Box::new(verdict), rollback, ..Script::default() };
    let mut world = World::new(plan(&["errors"]), script);
    world.run(2_000);
    assert_snapshot!(world.decisions().join("\n"), @r"
    proceed admission: policy
    proceed 50: policy
      applied
      applied
    proceed 50: check errors, gate
    proceed 250: check errors, policy
      applied
    proceed 250: check errors, gate
    proceed 500: check errors, policy
    roll back 250: deadline, target
      applied
    ended rolled back
    ");
    let accepted = |record: &&Record| matches!(record.event, Event::ShapeAccepted { generation: 4 });
    assert_eq!(world.records.iter().filter(accepted).count(), 0);
}

#[test]
fn an_order_that_failed_is_not_given_again_while_the_release_is_paused() {
    let turns_since = Rc::new(Cell::new(0));
    let (seen, told) = (Rc::clone(&turns_since), Rc::clone(&turns_since));
    let apply = move |number| {
        told.set(told.get().max(u32::from(number == 3)));
        if number == 3 { Err(("not reached".to_owned(), false)) } else { Ok(()) }
    };
    let signal = move |_| {
        seen.set(seen.get() + u32::from(seen.get() > 0));
        match seen.get() {
            2 => Some(Signal::Pause),
            300 => Some(Signal::Resume),
            _ => None,
        }
    };
    let script = Script { apply: Box::new(apply), signal: Box::new(signal), ..Script::default() };
    let mut world = World::new(plan(&["errors"]), script);
    world.run(2_000);
    assert_eq!(world.state.outcome(), Some(Outcome::Promoted));
    let at = |wanted: fn(&Event) -> bool| world.records.iter().position(|record| wanted(&record.event));
    let resumed = at(|event| matches!(event, Event::Signalled { signal: Signal::Resume, .. }));
    let accepted = at(|event| matches!(event, Event::ShapeAccepted { generation: 4 }));
    assert!(resumed.is_some() && accepted > resumed, "{accepted:?} before {resumed:?}");
}

#[test]
fn a_promotion_that_was_not_taken_needs_good_verdicts_when_it_is_tried_again() {
    let away = Rc::new(Cell::new(false));
    let (seen, told) = (Rc::clone(&away), Rc::clone(&away));
    let apply = move |number| {
        told.set(told.get() || number == 5);
        if (5..7).contains(&number) { Err(("not reached".to_owned(), false)) } else { Ok(()) }
    };
    let verdict = move |_| if seen.get() { Verdict::Fail } else { Verdict::Pass };
    let script = Script { apply: Box::new(apply), verdict: Box::new(verdict), ..Script::default() };
    let mut world = World::new(plan(&["errors"]), script);
    world.run(2_000);
    let told = world.decisions();
    assert_snapshot!(told[told.len() - 4..].join("\n"), @r"
    proceed promotion: check errors, policy
    roll back 1000: rollback, check errors
      applied
    ended rolled back
    ");
}

#[test]
fn a_release_that_is_paused_before_its_first_step_rests_between_looks() {
    let policy = |_, moment| moment == Moment::Admission;
    let signal = |turn| (turn == 5).then_some(Signal::Pause);
    let script = Script { policy: Box::new(policy), signal: Box::new(signal), ..Script::default() };
    let mut world = World::new(plan(&["errors"]), script);
    world.run(200);
    let interval = world.state.plan.metrics.interval_ms;
    assert_eq!(next(&world.state, world.now), [Effect::Wait { until: world.now + interval }]);
}
