//! Faults at every point: the journal fails at each write, each action is done twice, each action fails once.

use std::time::Duration;

use sluice_core::release::decision::Outcome;
use sluice_core::release::event::{Event, Record};

use super::desk::Desk;
use super::plan::plan;
use super::plugins::Script;
use super::target::Manners;
use crate::engine::{EngineError, Left};
use crate::journal::JournalError;
use crate::journal::faulty::Fault;
use crate::ports::target::Desired;

const FAULTS: [Fault; 2] = [Fault::NotWritten, Fault::WrittenUnanswered];
/// Shorter than a round stays fresh, and longer.
const AWAY: [Duration; 2] = [Duration::ZERO, Duration::from_secs(20)];

/// Slow enough that there is something between an order and its effect.
fn manners() -> Manners {
    Manners { settle_ms: 120, ..Manners::default() }
}

/// The end of a release: its outcome, and what the target serves then.
fn end(desk: &Desk, left: Left) -> (Outcome, Desired) {
    let Left::Ended { outcome, .. } = left else { panic!("{left:?}") };
    (outcome, desk.target.serves().unwrap())
}

/// A release that nothing disturbs, with the writes that it took.
async fn undisturbed(script: Script, outcome: Outcome) -> ((Outcome, Desired), u64) {
    let desk = Desk::with(&plan(), script, manners());
    let left = desk.run().await;
    let end = end(&desk, left);
    assert_eq!(end.0, outcome);
    (end, desk.store.writes())
}

async fn stopped_and_resumed(
    script: Script,
    failing: u64,
    fault: Fault,
    away: Duration,
) -> (Outcome, Desired) {
    let desk = Desk::failing(&plan(), script, manners(), (failing, fault));
    let error = desk.run_with("").await.unwrap_err();
    assert!(matches!(error, EngineError::Journal(JournalError::Injected(at)) if at == failing), "{error}");
    assert_eq!(desk.store.writes(), failing, "it wrote on");
    tokio::time::advance(away).await;
    desk.target.reopen();
    let left = desk.run().await;
    let numbers: Vec<u64> = desk.records().iter().map(|record| record.seq).collect();
    assert_eq!(numbers, (0..numbers.len() as u64).collect::<Vec<_>>());
    end(&desk, left)
}

async fn stops_everywhere(script: Script, outcome: Outcome) {
    let (whole, writes) = undisturbed(script, outcome).await;
    // Write 1 is the plan's own, before there is an engine.
    for failing in 2..=writes {
        for fault in FAULTS {
            for away in AWAY {
                let resumed = stopped_and_resumed(script, failing, fault, away).await;
                assert_eq!(resumed, whole, "write {failing}, {fault:?}, away for {away:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_promotion_survives_a_journal_that_fails_at_any_write() {
    stops_everywhere(Script::good(), Outcome::Promoted).await;
}

#[tokio::test(start_paused = true)]
async fn a_rollback_survives_a_journal_that_fails_at_any_write() {
    stops_everywhere(Script::bad(), Outcome::RolledBack).await;
}

#[tokio::test(start_paused = true)]
async fn a_release_whose_plan_is_not_on_disk_is_none() {
    for fault in FAULTS {
        let desk = Desk::failing(&plan(), Script::good(), manners(), (1, fault));
        match (fault, desk.open("")) {
            (Fault::NotWritten, Err(EngineError::Journal(JournalError::Unknown(_)))) => {}
            (Fault::WrittenUnanswered, Ok(_)) => {}
            (fault, other) => panic!("{fault:?}: {other:?}"),
        }
        assert!(desk.target.applied().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn every_action_can_be_done_twice() {
    for (script, outcome) in [(Script::good(), Outcome::Promoted), (Script::bad(), Outcome::RolledBack)] {
        let (whole, _) = undisturbed(script, outcome).await;
        let desk = Desk::with(&plan(), script, manners());
        let left = desk.run_with("repeat-actions").await.unwrap();
        assert_eq!(end(&desk, left), whole);
        let applied = desk.target.applied();
        assert!(applied.len() >= 4 && applied.chunks(2).all(|pair| pair[0] == pair[1]), "{applied:?}");
        assert_eq!(desk.failures(), []);
    }
}

#[tokio::test(start_paused = true)]
async fn every_action_can_fail_once() {
    for (script, outcome) in [(Script::good(), Outcome::Promoted), (Script::bad(), Outcome::RolledBack)] {
        let (whole, _) = undisturbed(script, outcome).await;
        let generations = whole.1.generation;
        for action in 0..generations {
            let desk = Desk::with(&plan(), script, manners());
            let left = desk.run_with(&format!("fail-action:{action}")).await.unwrap();
            let error = "the target can not be reached: a failure that was asked for".to_owned();
            assert_eq!(desk.failures(), [(action + 1, error, false)]);
            assert_eq!(end(&desk, left), whole, "action {action}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_action_beyond_the_last_one_never_fails() {
    let (whole, _) = undisturbed(Script::good(), Outcome::Promoted).await;
    let desk = Desk::with(&plan(), Script::good(), manners());
    let left = desk.run_with(&format!("fail-action:{}", whole.1.generation)).await.unwrap();
    assert_eq!((end(&desk, left), desk.failures()), (whole, vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_signal_is_neither_lost_nor_heard_twice_where_the_journal_fails() {
    for fault in FAULTS {
        // Writes: the plan, the engine's start, then what was said before.
        let desk = Desk::failing(&plan(), Script::good(), manners(), (3, fault));
        desk.say(sluice_core::release::event::Signal::Pause);
        desk.say(sluice_core::release::event::Signal::Resume);
        desk.run_with("").await.unwrap_err();
        desk.target.reopen();
        desk.run().await;
        let said = |record: &Record| matches!(record.event, Event::Signalled { .. });
        assert_eq!(desk.records().iter().filter(|record| said(record)).count(), 2, "{fault:?}");
    }
}
