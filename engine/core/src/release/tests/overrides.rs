//! Persons' words against rules: whose they are, and what they go by.

use insta::assert_snapshot;

use super::world::{Script, World, canary, plan};
use crate::model::policy::{Enforcement, Moment};
use crate::release::decision::Outcome;
use crate::release::event::{Event, Proposal, Record, Signal};
use crate::release::state::{Phase, State};

/// Every step is refused; somebody promotes at these turns.
fn refused(enforcement: Enforcement, comment: &'static str, turns: &'static [u64]) -> World {
    let signal = |number| turns.contains(&number).then_some(Signal::Promote);
    let script = Script {
        policy: Box::new(|_, moment| moment != Moment::Shape),
        enforcement,
        comment,
        signal: Box::new(signal),
        ..Script::default()
    };
    let mut plan = plan(&["errors"]);
    plan.deadlines.hold_ms = 60_000;
    let mut world = World::new(plan, script);
    world.run(3_000);
    world
}

fn reasons(world: &World) -> String {
    let told = |record: &Record| match &record.event {
        Event::Decided { decision } => {
            let of = |reason: &crate::release::decision::Reason| {
                let told = reason.from.starts_with("policy") || reason.from.starts_with("operator");
                told.then(|| reason.to_string())
            };
            let reasons: Vec<String> = decision.reasons.iter().filter_map(of).collect();
            Some(format!("{} {}: {}", decision.kind, decision.about, reasons.join("; ")))
        }
        Event::Signalled { signal, who, .. } => Some(format!("{who} says {signal:?}")),
        Event::Ended { outcome, reason } => Some(format!("ended {outcome}: {reason}")),
        _ => None,
    };
    world.records.iter().filter_map(told).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_soft_rule_is_gone_by_with_a_reason_at_the_step_that_it_refused_alone() {
    let world = refused(Enforcement::Soft, "the sale begins", &[5, 200]);
    assert_snapshot!(reasons(&world), @r"
    proceed admission: policy: 1 rule asked, and it does not refuse
    hold 50: policy guard/rule: no
    anna says Promote
    proceed 50: policy: 1 rule asked, and it does not refuse; policy guard/rule: overridden by anna: the sale begins; it says: no
    proceed 50: 
    hold 250: policy guard/rule: no
    anna says Promote
    proceed 250: policy: 1 rule asked, and it does not refuse; policy guard/rule: overridden by anna: the sale begins; it says: no
    proceed 250: 
    hold 500: policy guard/rule: no
    roll back 250: policy guard/rule: no
    ended rolled back: deadline: held for too long; policy guard/rule: no
    ");
}

#[test]
fn a_soft_rule_is_not_gone_by_without_a_reason() {
    let world = refused(Enforcement::Soft, "", &[5]);
    assert_snapshot!(reasons(&world), @r"
    proceed admission: policy: 1 rule asked, and it does not refuse
    hold 50: policy guard/rule: no
    anna says Promote
    roll back release: policy guard/rule: no
    ended refused: policy guard/rule: no, until the deadline
    ");
}

#[test]
fn a_hard_rule_is_gone_by_with_no_word() {
    let world = refused(Enforcement::Hard, "the sale begins", &[5, 200]);
    assert_snapshot!(reasons(&world), @r"
    proceed admission: policy: 1 rule asked, and it does not refuse
    hold 50: policy guard/rule: no
    anna says Promote
    anna says Promote
    roll back release: policy guard/rule: no
    ended refused: policy guard/rule: no, until the deadline
    ");
}

#[test]
fn what_did_not_refuse_yet_is_not_gone_by() {
    let early = Script {
        policy: Box::new(|number, moment| moment != Moment::Shape || number < 3),
        enforcement: Enforcement::Soft,
        comment: "hurry",
        signal: Box::new(|number| (number == 3).then_some(Signal::Promote)),
        ..Script::default()
    };
    let mut world = World::new(plan(&["errors"]), early);
    world.run(200);
    let held = world.state.waiting().unwrap().what;
    assert_eq!(held, "policy guard/rule: no");
}

#[test]
fn nobody_is_a_part_of_the_release_by_name() {
    for who in ["strategy", "target", "engine"] {
        let mut world = World::new(plan(&["errors"]), Script::default());
        world.run(3);
        let (who, comment) = (who.to_owned(), "enough".to_owned());
        world.append(Event::Signalled { signal: Signal::Abort, who: who.clone(), comment });
        world.run(3_000);
        let aborted = Event::Ended { outcome: Outcome::Aborted, reason: format!("operator {who}: enough") };
        assert_eq!(world.records.last().unwrap().event, aborted);
        let asked = |record: &Record| {
            matches!(&record.event, Event::PoliciesEvaluated { moment: Moment::Rollback, .. })
        };
        assert!(world.records.iter().any(asked), "the rules were not told of {who}");
    }
}

#[test]
fn a_strategy_that_gives_up_is_no_person() {
    let strategy = |_, state: &State| match state.completed {
        0 => Ok(canary(state, None)),
        _ => Ok(Proposal::Abort("enough".to_owned())),
    };
    let mut world =
        World::new(plan(&["errors"]), Script { strategy: Box::new(strategy), ..Script::default() });
    world.run(3_000);
    let aborted = Event::Ended { outcome: Outcome::Aborted, reason: "strategy: enough".to_owned() };
    assert_eq!(world.records.last().unwrap().event, aborted);
    let asked =
        |record: &&Record| matches!(&record.event, Event::PoliciesEvaluated { moment: Moment::Rollback, .. });
    assert_eq!(world.records.iter().find(asked), None);
}

#[test]
fn whose_word_turned_back_is_known_while_the_rules_are_told() {
    let mut world = World::new(plan(&["errors"]), Script::default());
    world.run(3);
    let said =
        |signal, who: &str| Event::Signalled { signal, who: who.to_owned(), comment: "now".to_owned() };
    world.append(said(Signal::Promote, "bea"));
    world.append(said(Signal::Abort, "anna"));
    world.turn();
    let asked = world.records.iter().position(|record| {
        matches!(&record.event, Event::PoliciesEvaluated { moment: Moment::Rollback, .. })
    });
    let state = crate::release::replay::fold(&world.records[..asked.unwrap()]).unwrap();
    let Phase::Retreating(back) = &state.phase else { panic!("{:?}", state.phase) };
    assert_eq!(back.by.as_ref().map(|word| word.who.as_str()), Some("anna"));
}
