//! What persons say, left in the journal's store by somebody else and heard by the engine.

use std::time::Duration;

use insta::assert_snapshot;
use sluice_core::model::policy::Moment;
use sluice_core::release::decision::Outcome;
use sluice_core::release::event::{Event, Record, Signal};
use sluice_core::release::state::State;
use sluice_core::release::waiting::{On, Waiting};

use super::desk::{Desk, OnRecord};
use super::observer::BEGAN_MS;
use super::plan::{RELEASE, approved_canary};
use super::plugins::Script;
use crate::engine::{Left, Until};
use crate::journal::JournalStore;
use crate::ports::rules::Question;

const PERSON: Until = Until { person: true, at_ms: None };

fn approved() -> Script {
    Script { strategy: |snapshot| Ok(approved_canary(snapshot)), ..Script::good() }
}

fn applied(record: &Record, wanted: u64) -> bool {
    matches!(record.event, Event::ShapeApplied { generation } if generation == wanted)
}

fn waiting(left: Left) -> Waiting {
    match left {
        Left::Waiting(waiting) => waiting,
        other => panic!("{other:?}"),
    }
}

/// Says something once the shape of this generation is in effect.
async fn saying(desk: &Desk, generation: u64, signal: Signal) -> Left {
    let mut listener = OnRecord(|record: &Record, _: &State| {
        if applied(record, generation) {
            desk.say(signal.clone());
        }
    });
    desk.run_until(Until::default(), &mut listener).await
}

#[tokio::test(start_paused = true)]
async fn an_approval_lets_the_release_go_on() {
    let desk = Desk::new(approved());
    let mut listener = OnRecord(|record: &Record, state: &State| {
        let awaits = state.waiting().is_some_and(|waiting| waiting.on == On::Person);
        if awaits && matches!(record.event, Event::RollbackAnswered { .. }) {
            desk.say(Signal::Approve);
        }
    });
    let left = desk.run_until(Until::default(), &mut listener).await;
    assert!(matches!(left, Left::Ended { outcome: Outcome::Promoted, .. }));
    assert_snapshot!(desk.told(), @r"
    proceed admission: policy
    proceed 50: policy
      Grow: stable 100 % on 2, candidate 0 % on 2
      Step: stable 95 % on 2, candidate 5 % on 2
    proceed 50: check errors, check latency, gate
    proceed 500: check errors, check latency, policy
      Step: stable 50 % on 2, candidate 50 % on 2
    await approval 500: gate
    lea says Approve: so be it
    proceed 500: check errors, check latency, gate, operator lea
    proceed 1000: check errors, check latency, policy
      Step: stable 0 % on 2, candidate 100 % on 2
    proceed 1000: check errors, check latency, gate
    proceed promotion: check errors, check latency, policy
      Promote: candidate 100 % on 2
    ended promoted: every gate closed
    ");
    assert_eq!(desk.store.waiting_signals(RELEASE, 0).unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn a_release_is_left_where_a_person_is_waited_for_and_taken_up_with_the_word() {
    let desk = Desk::new(approved());
    let left = waiting(desk.run_until(PERSON, &mut ()).await);
    assert_eq!((left.on, left.what.as_str()), (On::Person, "an approval by leads: look"));
    let served = desk.target.serves_shortly();
    assert_eq!(waiting(desk.run_until(PERSON, &mut ()).await).on, On::Person, "nobody said anything yet");
    assert_eq!(desk.target.serves_shortly(), served);
    desk.say(Signal::Approve);
    let left = desk.run_until(PERSON, &mut ()).await;
    assert!(matches!(left, Left::Ended { outcome: Outcome::Promoted, .. }), "{left:?}");
    desk.records();
}

#[tokio::test(start_paused = true)]
async fn a_promotion_stands_in_for_an_approval() {
    let desk = Desk::new(approved());
    waiting(desk.run_until(PERSON, &mut ()).await);
    desk.say(Signal::Promote);
    let left = desk.run_until(PERSON, &mut ()).await;
    assert!(matches!(left, Left::Ended { outcome: Outcome::Promoted, .. }), "{left:?}");
    desk.records();
}

#[tokio::test(start_paused = true)]
async fn an_abort_ends_a_release_that_waits_for_a_person() {
    for word in [Signal::Pause, Signal::Approve] {
        let desk = Desk::new(approved());
        waiting(desk.run_until(PERSON, &mut ()).await);
        desk.say(word);
        desk.say(Signal::Abort);
        let left = desk.run_until(PERSON, &mut ()).await;
        assert!(matches!(left, Left::Ended { outcome: Outcome::Aborted, .. }), "{left:?}");
        assert_eq!(desk.target.serves_shortly(), "v1 as stable 100 %; stable is v1");
    }
}

#[tokio::test(start_paused = true)]
async fn a_word_that_the_rules_refuse_changes_nothing() {
    let refuses = |question: &Question<'_>| question.moment == Moment::Override;
    let desk = Desk::new(Script { refuses, ..approved() });
    waiting(desk.run_until(PERSON, &mut ()).await);
    let served = desk.target.serves_shortly();
    desk.say(Signal::Promote);
    assert_eq!(waiting(desk.run_until(PERSON, &mut ()).await).what, "an approval by leads: look");
    assert_eq!(desk.target.serves_shortly(), served);
    assert_snapshot!(desk.told().lines().skip(7).collect::<Vec<_>>().join("\n"), @r"
    await approval 500: gate
    another engine
    lea says Promote: so be it
    hold promotion override: policy guard/rule
    await approval 500: gate
    ");
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_was_forgotten_is_not_waited_for_again() {
    let desk = Desk::new(approved());
    desk.say(Signal::Pause);
    assert_eq!(waiting(desk.run_until(PERSON, &mut ()).await).what, "somebody to resume what lea paused");
    tokio::time::advance(Duration::from_secs(41)).await;
    let left = desk.run_until(PERSON, &mut ()).await;
    assert_snapshot!(format!("{left:?}"), @r#"Ended { outcome: RolledBack, reason: "deadline: paused by lea and not taken up again in time" }"#);
    desk.records();
}

#[tokio::test(start_paused = true)]
async fn a_pause_keeps_everything_as_it_is_until_somebody_resumes() {
    let desk = Desk::new(Script::good());
    let mut looks = 0;
    let mut listener = OnRecord(|record: &Record, state: &State| {
        if applied(record, 3) {
            desk.say(Signal::Pause);
        }
        if state.paused.is_some() && matches!(record.event, Event::RollbackAnswered { .. }) {
            looks += 1;
            // Far beyond the gate's deadline of twenty seconds.
            if looks == 60 {
                desk.say(Signal::Resume);
            }
        }
    });
    let left = desk.run_until(Until::default(), &mut listener).await;
    assert!(matches!(left, Left::Ended { outcome: Outcome::Promoted, .. }), "{left:?}");
    assert_eq!(looks, 60, "a paused release is watched");
    assert_snapshot!(desk.told(), @r"
    proceed admission: policy
    proceed 50: policy
      Grow: stable 100 % on 2, candidate 0 % on 2
      Step: stable 95 % on 2, candidate 5 % on 2
    proceed 50: check errors, check latency, gate
    proceed 500: check errors, check latency, policy
      Step: stable 50 % on 2, candidate 50 % on 2
    lea says Pause: so be it
    lea says Resume: so be it
    proceed 500: check errors, check latency, gate
    proceed 1000: check errors, check latency, policy
      Step: stable 0 % on 2, candidate 100 % on 2
    proceed 1000: check errors, check latency, gate
    proceed promotion: check errors, check latency, policy
      Promote: candidate 100 % on 2
    ended promoted: every gate closed
    ");
}

#[tokio::test(start_paused = true)]
async fn a_paused_release_that_fails_is_rolled_back() {
    let desk = Desk::new(Script::bad());
    let left = saying(&desk, 3, Signal::Pause).await;
    assert!(matches!(left, Left::Ended { outcome: Outcome::RolledBack, .. }), "{left:?}");
    desk.records();
}

#[tokio::test(start_paused = true)]
async fn an_abort_goes_back_to_stable() {
    let desk = Desk::new(Script::good());
    let left = saying(&desk, 3, Signal::Abort).await;
    assert_snapshot!(format!("{left:?}"), @r#"Ended { outcome: Aborted, reason: "operator lea: so be it" }"#);
    assert_snapshot!(desk.told(), @r"
    proceed admission: policy
    proceed 50: policy
      Grow: stable 100 % on 2, candidate 0 % on 2
      Step: stable 95 % on 2, candidate 5 % on 2
    proceed 50: check errors, check latency, gate
    proceed 500: check errors, check latency, policy
      Step: stable 50 % on 2, candidate 50 % on 2
    lea says Abort: so be it
    abort release: operator lea
      Restore: stable 100 % on 2
    ended aborted: operator lea: so be it
    ");
    assert_eq!(desk.target.serves_shortly(), "v1 as stable 100 %; stable is v1");
}

#[tokio::test(start_paused = true)]
async fn a_promotion_skips_waiting_but_no_verdict() {
    let took = |desk: &Desk| desk.records().last().unwrap().at - BEGAN_MS;
    let calm = Desk::new(Script::good());
    calm.run().await;
    assert_eq!(took(&calm), 3_000, "a second for each step");
    let hurried = Desk::new(Script::good());
    let left = saying(&hurried, 1, Signal::Promote).await;
    assert!(matches!(left, Left::Ended { outcome: Outcome::Promoted, .. }), "{left:?}");
    assert_eq!(took(&hurried), 2_000, "the step that it was said at");
    let fully = Desk::new(Script::good());
    let left = saying(&fully, 1, Signal::PromoteFull).await;
    assert!(matches!(left, Left::Ended { outcome: Outcome::Promoted, .. }), "{left:?}");
    assert_eq!(took(&fully), 0);
    let bad = Desk::new(Script::bad());
    let left = saying(&bad, 1, Signal::PromoteFull).await;
    assert!(matches!(left, Left::Ended { outcome: Outcome::RolledBack, .. }), "{left:?}");
    bad.records();
}

#[tokio::test(start_paused = true)]
async fn a_release_is_left_when_its_time_is_over() {
    let desk = Desk::new(Script::good());
    let until = Until { person: false, at_ms: Some(BEGAN_MS + 1_700) };
    let left = waiting(desk.run_until(until, &mut ()).await);
    assert_snapshot!(format!("{left:?}"), @r#"Waiting { on: Gate, what: "gate: 500ms of observed time missing; gate: 5 events missing", until: Some(1021000) }"#);
    assert_eq!(desk.target.serves_shortly(), "v1 as stable 50 %, v2 as candidate 50 %; stable is v1");
    assert!(matches!(desk.run().await, Left::Ended { outcome: Outcome::Promoted, .. }));
    desk.records();
}
