//! Ctrl-C and SIGTERM: the first pauses, the second stops, and a way back is finished.

use insta::assert_snapshot;
use sluice_core::release::decision::Outcome;
use sluice_core::release::event::{Event, Purpose, Record, Signal};
use sluice_core::release::state::State;
use sluice_core::release::waiting::On;
use tokio::sync::watch;

use super::desk::{Desk, OnRecord};
use super::plugins::Script;
use super::target::Manners;
use crate::clock::Clock;
use crate::engine::{Although, Interrupt, Left, Listener, Until};

/// Runs, and interrupts on the first record of which `when` says so.
async fn interrupted(desk: &Desk, interrupt: Interrupt, when: fn(&Event) -> bool) -> Left {
    let (sender, receiver) = watch::channel(Interrupt::None);
    let mut listener = OnRecord(|record: &Record, _: &State| {
        if when(&record.event) {
            sender.send_replace(interrupt);
        }
    });
    desk.open("").unwrap().run(Until::default(), receiver, &mut listener).await.unwrap()
}

fn second_step(event: &Event) -> bool {
    matches!(event, Event::ShapeApplied { generation: 3 })
}

fn going_back(event: &Event) -> bool {
    matches!(event, Event::ShapeIntended { purpose: Purpose::Retreat, .. })
}

#[tokio::test(start_paused = true)]
async fn the_first_interrupt_pauses_and_leaves_a_release_that_can_be_resumed() {
    let desk = Desk::new(Script::good());
    let left = interrupted(&desk, Interrupt::Pause, second_step).await;
    let Left::Waiting(waiting) = left else { panic!("{left:?}") };
    assert_eq!((waiting.on, waiting.what.as_str()), (On::Person, "somebody to resume what anna paused"));
    assert_eq!(desk.target.serves_shortly(), "v1 as stable 50 %, v2 as candidate 50 %; stable is v1");
    desk.say(Signal::Resume);
    assert!(matches!(desk.run().await, Left::Ended { outcome: Outcome::Promoted, .. }));
    assert_snapshot!(desk.told(), @r"
    proceed admission: policy
    proceed 50: policy
      Grow: stable 100 % on 2, candidate 0 % on 2
      Step: stable 95 % on 2, candidate 5 % on 2
    proceed 50: check errors, check latency, gate
    proceed 500: check errors, check latency, policy
      Step: stable 50 % on 2, candidate 50 % on 2
    anna says Pause: interrupted
    another engine
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
async fn a_paused_release_is_left_at_once() {
    let desk = Desk::new(Script::good());
    interrupted(&desk, Interrupt::Pause, second_step).await;
    let before = desk.records().len();
    let left =
        interrupted(&desk, Interrupt::Pause, |event| matches!(event, Event::EngineStarted { .. })).await;
    assert!(matches!(left, Left::Waiting(_)), "{left:?}");
    assert_eq!(desk.records().len(), before + 1, "nothing but the engine's start");
}

#[tokio::test(start_paused = true)]
async fn a_second_interrupt_leaves_all_as_it_is() {
    let desk = Desk::new(Script::good());
    let left = interrupted(&desk, Interrupt::Stop, second_step).await;
    assert_eq!(left, Left::Stopped);
    assert!(matches!(desk.records().last().unwrap().event, Event::ShapeApplied { generation: 3 }));
    assert!(matches!(desk.run().await, Left::Ended { outcome: Outcome::Promoted, .. }));
    desk.records();
}

/// Interrupts a way back, and counts how often it is told that it goes on.
struct Told {
    sender: watch::Sender<Interrupt>,
    times: u32,
}

impl Listener for Told {
    fn recorded(&mut self, record: &Record, _: &State) {
        if going_back(&record.event) {
            self.sender.send_replace(Interrupt::Pause);
        }
    }

    fn going_back_first(&mut self, although: Although) {
        assert_eq!(although, Although::Interrupted);
        self.times += 1;
    }

    fn ticked(&mut self, _: &State, _: u64) {}
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_on_the_way_back_waits_for_its_end() {
    let desk = Desk::new(Script::bad());
    let (sender, receiver) = watch::channel(Interrupt::None);
    let mut listener = Told { sender, times: 0 };
    let left = desk.open("").unwrap().run(Until::default(), receiver, &mut listener).await.unwrap();
    assert_eq!(listener.times, 1, "it is said once that the way back goes on");
    assert!(matches!(left, Left::Ended { outcome: Outcome::RolledBack, .. }), "{left:?}");
    assert_eq!(desk.target.serves_shortly(), "v1 as stable 100 %; stable is v1");
    assert!(!desk.told().contains("Pause"));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_on_the_way_back_waits_for_its_end() {
    let manners = Manners { settle_ms: 2_000, ..Manners::default() };
    let desk = Desk::with(&super::plan::plan(), Script::bad(), manners.clone());
    desk.run().await;
    let back = desk.records().into_iter().find(|record| going_back(&record.event)).unwrap();
    let began = super::observer::BEGAN_MS;

    let desk = Desk::with(&super::plan::plan(), Script::bad(), manners);
    // The same release, which is on its way back at this time.
    let until = Until { person: false, at_ms: Some(desk.clock.now_ms() + back.at - began + 1) };
    let left = desk.run_until(until, &mut ()).await;
    assert!(matches!(left, Left::Ended { outcome: Outcome::RolledBack, .. }), "{left:?}");
    assert_eq!(desk.target.serves_shortly(), "v1 as stable 100 %; stable is v1");
}

#[tokio::test(start_paused = true)]
async fn a_second_interrupt_stops_on_the_way_back_too() {
    let manners = Manners { settle_ms: 2_000, ..Manners::default() };
    let desk = Desk::with(&super::plan::plan(), Script::bad(), manners);
    let (sender, receiver) = watch::channel(Interrupt::None);
    let mut listener = OnRecord(|record: &Record, _: &State| match record.event {
        Event::ShapeIntended { purpose: Purpose::Retreat, .. } => drop(sender.send_replace(Interrupt::Pause)),
        Event::ShapeAccepted { generation: 4 } => drop(sender.send_replace(Interrupt::Stop)),
        _ => {}
    });
    let left = desk.open("").unwrap().run(Until::default(), receiver, &mut listener).await.unwrap();
    assert_eq!(left, Left::Stopped);
    assert!(matches!(desk.records().last().unwrap().event, Event::ShapeAccepted { generation: 4 }));
    assert!(matches!(desk.run().await, Left::Ended { outcome: Outcome::RolledBack, .. }));
    assert_eq!(desk.target.serves_shortly(), "v1 as stable 100 %; stable is v1");
    desk.records();
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_that_aborts_goes_back_and_is_said_once() {
    let desk = Desk::new(Script::good());
    let left = interrupted(&desk, Interrupt::Abort, second_step).await;
    assert!(matches!(left, Left::Ended { outcome: Outcome::Aborted, .. }), "{left:?}");
    assert_eq!(desk.target.serves_shortly(), "v1 as stable 100 %; stable is v1");
    assert_eq!(desk.told().matches("anna says Abort: interrupted").count(), 1, "{}", desk.told());
}
