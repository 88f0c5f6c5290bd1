//! Approvals that do not count: by somebody who is not asked, or where nobody is.

use std::time::Duration;

use insta::assert_snapshot;
use sluice_core::model::policy::Moment;
use sluice_core::model::verdict::Verdict;
use sluice_core::release::decision::Outcome;
use sluice_core::release::event::{Event, Record, Signal};
use sluice_core::release::replay::fold;
use sluice_core::release::state::State;
use sluice_core::snapshot::Snapshot;

use super::desk::{Desk, OnRecord};
use super::observer::BEGAN_MS;
use super::plan::{approved_canary, plan};
use super::plugins::Script;
use super::target::Manners;
use crate::clock::Clock;
use crate::engine::{Left, Until};
use crate::ports::rules::Question;

const PERSON: Until = Until { person: true, at_ms: None };

fn approved() -> Script {
    Script { strategy: |snapshot| Ok(approved_canary(snapshot)), ..Script::good() }
}

fn is_promoted(left: &Left) -> bool {
    matches!(left, Left::Ended { outcome: Outcome::Promoted, .. })
}

#[tokio::test(start_paused = true)]
async fn the_word_of_somebody_outside_the_group_does_not_count() {
    let desk = Desk::new(approved());
    for word in [Signal::Approve, Signal::Promote] {
        desk.run_until(PERSON, &mut ()).await;
        desk.say_as("bob", word);
    }
    let left = desk.run_until(PERSON, &mut ()).await;
    assert!(matches!(left, Left::Waiting(_)), "{left:?}");
    let state = fold(&desk.records()).unwrap();
    let refused = state.may_approve("bob").unwrap_err();
    assert_snapshot!(format!("{refused}\n{}", refused.help()), @r"
    `bob` is not in the group `leads`, whose approval the step `500` asks for
    ask one of `anna`, `lea`
    ");
    desk.say_as("lea", Signal::Approve);
    assert!(is_promoted(&desk.run_until(PERSON, &mut ()).await));
}

#[tokio::test(start_paused = true)]
async fn a_promotion_counts_after_that_of_somebody_who_is_not_asked() {
    for order in [["bob", "lea"], ["lea", "bob"]] {
        let desk = Desk::new(approved());
        desk.run_until(PERSON, &mut ()).await;
        for who in order {
            desk.say_as(who, Signal::Promote);
        }
        assert!(is_promoted(&desk.run_until(PERSON, &mut ()).await), "{order:?}");
        desk.records();
    }
    let desk = Desk::new(approved());
    for who in ["bob", "lea"] {
        desk.run_until(PERSON, &mut ()).await;
        desk.say_as(who, Signal::Promote);
    }
    assert!(is_promoted(&desk.run_until(PERSON, &mut ()).await), "said once the first was in force");
}

/// The rules allow a promotion that anybody but lea asks for.
fn refuses_lea(question: &Question<'_>) -> bool {
    let asked = question.state.override_to_judge();
    question.moment == Moment::Override && asked.is_some_and(|one| one.by.who == "lea")
}

#[tokio::test(start_paused = true)]
async fn the_rules_are_asked_about_everybodys_promotion() {
    let desk = Desk::new(Script { refuses: refuses_lea, ..approved() });
    desk.run_until(PERSON, &mut ()).await;
    desk.say_as("bob", Signal::Promote);
    desk.say_as("lea", Signal::Promote);
    let left = desk.run_until(PERSON, &mut ()).await;
    assert!(matches!(left, Left::Waiting(_)), "what they allow bob they do not allow lea: {left:?}");
    desk.say_as("anna", Signal::Promote);
    assert!(is_promoted(&desk.run_until(PERSON, &mut ()).await));
    desk.records();
}

#[tokio::test(start_paused = true)]
async fn an_approval_that_comes_before_its_step_does_not_count() {
    let desk = Desk::new(approved());
    let mut listener = OnRecord(|record: &Record, state: &State| {
        if matches!(record.event, Event::ShapeApplied { generation: 2 }) {
            assert!(state.may_approve("lea").is_err(), "the first step asks for none");
            desk.say_as("lea", Signal::Approve);
        }
    });
    let left = desk.run_until(PERSON, &mut listener).await;
    assert!(matches!(left, Left::Waiting(_)), "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn a_plan_of_an_earlier_version_asks_anybody() {
    let mut earlier = plan();
    earlier.approvers = None;
    let desk = Desk::with(&earlier, approved(), Manners::default());
    desk.run_until(PERSON, &mut ()).await;
    desk.say_as("bob", Signal::Approve);
    assert!(is_promoted(&desk.run_until(PERSON, &mut ()).await));
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_went_bad_while_nobody_looked_is_not_left_to_a_person() {
    let check = |snapshot: &Snapshot| match snapshot.now {
        now if now > BEGAN_MS + 60_000 => Ok(Verdict::Fail),
        _ => Ok(Verdict::Pass),
    };
    let desk = Desk::new(Script { check, ..approved() });
    let left = desk.run_until(PERSON, &mut ()).await;
    assert!(matches!(left, Left::Waiting(_)), "{left:?}");
    tokio::time::advance(Duration::from_secs(90)).await;
    let left = desk.run_until(PERSON, &mut ()).await;
    assert!(matches!(left, Left::Ended { outcome: Outcome::RolledBack, .. }), "{left:?}");
    assert_eq!(desk.target.serves_shortly(), "v1 as stable 100 %; stable is v1");
}

#[tokio::test(start_paused = true)]
async fn a_person_is_left_to_be_waited_for_only_while_nothing_else_stands_against_going_on() {
    // Good, then in doubt, which the rollback plugin bears with, then good again.
    let check = |snapshot: &Snapshot| match snapshot.now.saturating_sub(BEGAN_MS) {
        60_000..=100_000 => Ok(Verdict::Inconclusive),
        _ => Ok(Verdict::Pass),
    };
    let desk = Desk::new(Script { check, ..approved() });
    desk.run_until(PERSON, &mut ()).await;
    tokio::time::advance(Duration::from_secs(90)).await;
    let left = desk.run_until(PERSON, &mut ()).await;
    assert!(matches!(left, Left::Waiting(_)), "{left:?}");
    assert!(desk.clock.now_ms() > BEGAN_MS + 100_000, "it was left in doubt");
}
