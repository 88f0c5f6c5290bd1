//! Releases that a person ends: aborted or abandoned, with and without an engine, plugins and the target.

use insta::assert_snapshot;
use sluice_core::plan::{Kind, Plan};
use sluice_core::release::decision::Outcome;
use sluice_core::release::event::Signal;
use tokio::sync::watch;

use super::desk::Desk;
use super::plan::{approved_canary, plan};
use super::plugins::Script;
use super::target::Manners;
use crate::engine::{EngineError, Interrupt, Left, Until};

const PERSON: Until = Until { person: true, at_ms: None };

/// A release that waits for an approval at half of the traffic.
async fn under_way(manners: Manners) -> Desk {
    let script = Script { strategy: |snapshot| Ok(approved_canary(snapshot)), ..Script::good() };
    let desk = Desk::with(&plan(), script, manners);
    let left = desk.run_until(PERSON, &mut ()).await;
    assert!(matches!(left, Left::Waiting(_)), "{left:?}");
    desk
}

#[tokio::test(start_paused = true)]
async fn a_release_that_was_never_begun_is_ended_by_its_journal_alone() {
    let desk = Desk::new(Script::good());
    assert!(!desk.abandon(), "nobody asked for it");
    desk.say(Signal::Abort);
    assert!(desk.abandon());
    assert_snapshot!(desk.told(), @r"
    lea says Abort: so be it
    abort release: operator lea
    ended aborted: operator lea: so be it
    ");
    assert!(desk.target.applied().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_release_that_was_begun_needs_an_engine_to_end() {
    let desk = under_way(Manners::default()).await;
    desk.say(Signal::Abort);
    assert!(!desk.abandon());
    assert!(matches!(desk.run().await, Left::Ended { outcome: Outcome::Aborted, .. }));
}

#[tokio::test(start_paused = true)]
async fn stable_is_restored_without_any_plugin() {
    let desk = under_way(Manners::default()).await;
    let refused = desk.open_without_plugins();
    assert!(matches!(refused, Err(EngineError::Plugin(_))), "a release that may go on needs them");
    desk.say(Signal::Abort);
    let (_sender, interrupt) = watch::channel(Interrupt::None);
    let mut engine = desk.open_without_plugins().unwrap();
    let left = engine.run(Until::default(), interrupt, &mut ()).await.unwrap();
    assert!(matches!(left, Left::Ended { outcome: Outcome::Aborted, .. }), "{left:?}");
    assert_eq!(desk.target.serves_shortly(), "v1 as stable 100 %; stable is v1");
    desk.records();
}

#[tokio::test(start_paused = true)]
async fn a_release_whose_target_is_gone_is_abandoned_by_word_alone() {
    let desk = under_way(Manners::default()).await;
    let (served, applied) = (desk.target.serves_shortly(), desk.target.applied());
    desk.say(Signal::Abandon);
    assert!(desk.abandon());
    let told = desk.told();
    assert_snapshot!(told.lines().rev().take(2).collect::<Vec<_>>().join("\n"), @r"
    ended abandoned: operator lea: so be it; the target was left as it is
    lea says Abandon: so be it
    ");
    assert_eq!((desk.target.serves_shortly(), desk.target.applied()), (served, applied));
    assert!(!desk.abandon(), "it has ended");
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_can_not_bring_stable_back_hears_that_it_may_stop_trying() {
    let away = 2_300..100_000_000;
    let desk = Desk::with(
        &plan(),
        Script::bad(),
        Manners { settle_ms: 300, away_ms: vec![away], ..Manners::default() },
    );
    let until = Until { person: false, at_ms: Some(super::observer::BEGAN_MS + 60_000) };
    let left = desk.run_until(until, &mut ()).await;
    assert!(matches!(left, Left::Waiting(_)), "{left:?}");
    desk.say(Signal::Abandon);
    let left = desk.run().await;
    assert!(matches!(left, Left::Ended { outcome: Outcome::Abandoned, .. }), "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn a_release_that_the_rules_refuse_until_the_deadline_is_refused() {
    let refuses = |question: &crate::ports::rules::Question<'_>| {
        question.moment == sluice_core::model::policy::Moment::Shape
    };
    let desk = Desk::new(Script { refuses, ..Script::good() });
    assert!(matches!(desk.run().await, Left::Ended { outcome: Outcome::Refused, .. }));
    assert_snapshot!(desk.told(), @r"
    proceed admission: policy
    hold 50: policy guard/rule
    roll back release: deadline, policy guard/rule
    ended refused: policy guard/rule: no, until the deadline
    ");
    assert!(desk.target.applied().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_stable_already_is_brought_back_alone() {
    let stable = plan().stable.unwrap();
    let restore = Plan { kind: Kind::Restore, candidate: stable, ..plan() };
    let refuses = |_: &crate::ports::rules::Question<'_>| true;
    let desk = Desk::with(&restore, Script { refuses, ..Script::good() }, Manners::default());
    let left = desk.run().await;
    assert!(matches!(left, Left::Ended { outcome: Outcome::Promoted, .. }), "{left:?}");
    assert_snapshot!(desk.told(), @r"
      Restore: stable 100 % on 2
    ended promoted: it is stable already, and serves alone again
    ");
    assert_eq!(desk.target.serves_shortly(), "v1 as stable 100 %; stable is v1");
}
