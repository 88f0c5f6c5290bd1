//! Signals are neither lost nor obeyed twice.

use sluice_core::release::decision::Outcome;
use sluice_core::release::event::{Event, Record, Signal};

use super::{Desk, ended, started, told};
use crate::journal::sqlite::SqliteStore;
use crate::journal::{JournalStore, MAX_SIGNAL_TEXT, MAX_WAITING_SIGNALS, WaitingSignal};

fn answer(seq: u64, waiting: &WaitingSignal) -> Record {
    let WaitingSignal { signal, who, comment, .. } = waiting.clone();
    Record { seq, at: 2000, event: Event::Signalled { signal, who, comment } }
}

fn waiting(desk: &Desk) -> Vec<WaitingSignal> {
    desk.store.waiting_signals("shop-1", 0).unwrap()
}

#[test]
fn a_signal_of_another_process_waits_until_a_record_answers_it() {
    let desk = Desk::with_release();
    let other = SqliteStore::open(desk.state.path()).unwrap();
    let first = other.signal("shop-1", &Signal::Pause, "anna", "lunch", 5).unwrap();
    let second = other.signal("shop-1", &Signal::Resume, "ben", "", 6).unwrap();
    let (signal, who, comment) = (Signal::Pause, "anna".to_owned(), "lunch".to_owned());
    assert_eq!(waiting(&desk)[0], WaitingSignal { number: first, at: 5, signal, who, comment });
    assert_eq!(desk.store.waiting_signals("shop-1", first).unwrap(), waiting(&desk)[1..]);
    let record = answer(1, &waiting(&desk)[0]);
    desk.store.append(&desk.lease, "shop-1", &[record, started(2)], Some(first)).unwrap();
    let left: Vec<i64> = waiting(&desk).iter().map(|waiting| waiting.number).collect();
    assert_eq!(left, [second]);
}

#[test]
fn a_signal_is_answered_once() {
    let desk = Desk::with_release();
    let number = desk.store.signal("shop-1", &Signal::Approve, "anna", "", 5).unwrap();
    let signal = waiting(&desk).remove(0);
    desk.store.append(&desk.lease, "shop-1", &[answer(1, &signal)], Some(number)).unwrap();
    let again = desk.store.append(&desk.lease, "shop-1", &[answer(2, &signal)], Some(number));
    insta::assert_snapshot!(told(&again.unwrap_err()), @r"
    signal 1 does not wait for release `shop-1`
    help: another engine may have answered it; resume the release
    ");
    assert_eq!(desk.seqs(), [0, 1]);
}

#[test]
fn the_mark_and_the_record_are_written_together_or_not_at_all() {
    let desk = Desk::with_release();
    let number = desk.store.signal("shop-1", &Signal::Approve, "anna", "", 5).unwrap();
    let signal = waiting(&desk).remove(0);
    let append = |records: &[Record], consumed| desk.store.append(&desk.lease, "shop-1", records, consumed);
    let other = WaitingSignal { who: "eve".to_owned(), ..signal.clone() };
    append(&[answer(1, &other)], Some(number)).unwrap_err();
    append(&[started(1)], Some(number)).unwrap_err();
    append(&[], Some(number)).unwrap_err();
    append(&[answer(1, &signal), started(3)], Some(number)).unwrap_err();
    append(&[answer(1, &signal)], Some(number + 1)).unwrap_err();
    assert_eq!((desk.seqs(), waiting(&desk)), (vec![0], vec![signal]));
}

#[test]
fn a_crash_before_the_answer_keeps_the_signal_and_after_it_does_not() {
    let desk = Desk::with_release();
    let number = desk.store.signal("shop-1", &Signal::Abort, "anna", "", 5).unwrap();
    let Desk { lease, store, state } = desk;
    drop(store);
    let store = SqliteStore::open(state.path()).unwrap();
    let signal = store.waiting_signals("shop-1", 0).unwrap().remove(0);
    store.append(&lease, "shop-1", &[answer(1, &signal)], Some(number)).unwrap();
    drop(store);
    let store = SqliteStore::open(state.path()).unwrap();
    assert_eq!(store.waiting_signals("shop-1", 0).unwrap(), []);
}

#[test]
fn signals_are_bounded_and_need_a_release_under_way() {
    let desk = Desk::with_release();
    let signal = |who: &str| desk.store.signal("shop-1", &Signal::Pause, who, "", 1);
    let mut reports = vec![told(&signal(&"a".repeat(MAX_SIGNAL_TEXT + 1)).unwrap_err())];
    for _ in 0..MAX_WAITING_SIGNALS {
        signal("anna").unwrap();
    }
    reports.push(told(&signal("anna").unwrap_err()));
    desk.append(&[ended(1, Outcome::Aborted)]).unwrap();
    reports.push(told(&signal("anna").unwrap_err()));
    reports.push(told(&desk.store.signal("shop-9", &Signal::Pause, "anna", "", 1).unwrap_err()));
    insta::assert_snapshot!(reports.join("\n"), @r"
    the name of the sender of the signal is longer than 4096 bytes
    help: shorten it
    256 signals wait for release `shop-1` already
    help: no engine takes them up: `sluice resume shop-1`
    release `shop-1` has ended
    help: `sluice show shop-1` tells how
    there is no release `shop-9`
    help: `sluice history` lists the releases of this state directory
    ");
}

/// The loop looks several times a second: it must not read the signals of every release there ever was.
#[test]
fn looking_for_signals_uses_the_index_of_those_that_wait() {
    let desk = Desk::with_release();
    let plan = desk.store.query_plan(SqliteStore::WAITING);
    assert!(plan.iter().any(|line| line.contains("signals_waiting")), "{plan:?}");
    assert!(!plan.iter().any(|line| line.starts_with("SCAN")), "{plan:?}");
}
