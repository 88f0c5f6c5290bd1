//! Releases from end to end: what was scripted, what the journal tells, and what the target serves afterwards.

use insta::assert_snapshot;
use sluice_core::model::policy::Moment;
use sluice_core::model::verdict::{Judgement, Verdict};
use sluice_core::release::decision::Outcome;
use sluice_core::release::event::Event;

use super::desk::Desk;
use super::observer::BEGAN_MS;
use super::plan::{canary, first_deployment};
use super::plugins::Script;
use super::target::Manners;
use crate::engine::Left;

fn outcome(left: &Left) -> Option<Outcome> {
    match left {
        Left::Ended { outcome, .. } => Some(*outcome),
        Left::Waiting(_) | Left::Stopped => None,
    }
}

fn judgements(desk: &Desk, check: &str) -> Vec<Judgement> {
    let judged = |record: sluice_core::release::event::Record| match record.event {
        Event::Judged { judgement } if judgement.check == check => Some(judgement),
        _ => None,
    };
    desk.records().into_iter().filter_map(judged).collect()
}

#[tokio::test(start_paused = true)]
async fn a_good_candidate_is_promoted() {
    let desk = Desk::new(Script::good());
    let left = desk.run().await;
    assert_eq!(outcome(&left), Some(Outcome::Promoted));
    assert_snapshot!(desk.told(), @r"
    proceed admission: policy
    proceed 50: policy
      Grow: stable 100 % on 2, candidate 0 % on 2
      Step: stable 95 % on 2, candidate 5 % on 2
    proceed 50: check errors, check latency, gate
    proceed 500: check errors, check latency, policy
      Step: stable 50 % on 2, candidate 50 % on 2
    proceed 500: check errors, check latency, gate
    proceed 1000: check errors, check latency, policy
      Step: stable 0 % on 2, candidate 100 % on 2
    proceed 1000: check errors, check latency, gate
    proceed promotion: check errors, check latency, policy
      Promote: candidate 100 % on 2
    ended promoted: every gate closed
    ");
    assert_eq!(desk.target.applied(), ["shop-1/1", "shop-1/2", "shop-1/3", "shop-1/4", "shop-1/5"]);
    assert_snapshot!(desk.target.serves_shortly(), @"v2 as stable 100 %; stable is v2");
}

#[tokio::test(start_paused = true)]
async fn a_bad_candidate_is_rolled_back() {
    let desk = Desk::new(Script::bad());
    assert_eq!(outcome(&desk.run().await), Some(Outcome::RolledBack));
    assert_snapshot!(desk.told(), @r"
    proceed admission: policy
    proceed 50: policy
      Grow: stable 100 % on 2, candidate 0 % on 2
      Step: stable 95 % on 2, candidate 5 % on 2
    proceed 50: check errors, check latency, gate
    proceed 500: check errors, check latency, policy
      Step: stable 50 % on 2, candidate 50 % on 2
    roll back 500: rollback, check errors, check latency
      Retreat: stable 90 % on 2, candidate 10 % on 2
      Restore: stable 100 % on 2
    ended rolled back: rollback: a check failed
    ");
    assert_snapshot!(desk.target.serves_shortly(), @"v1 as stable 100 %; stable is v1");
}

#[tokio::test(start_paused = true)]
async fn what_the_rules_refuse_is_never_begun() {
    let desk = Desk::new(Script { refuses: |_| true, ..Script::good() });
    assert_eq!(outcome(&desk.run().await), Some(Outcome::Refused));
    assert_snapshot!(desk.told(), @r"
    abort admission: policy guard/rule
    ended refused: policy guard/rule: no
    ");
    assert_eq!((desk.target.applied(), desk.target.looks()), (Vec::new(), 0));
}

#[tokio::test(start_paused = true)]
async fn a_shape_that_the_rules_refuse_is_held_until_they_do_not() {
    let refuses = |question: &crate::ports::rules::Question<'_>| {
        question.moment == Moment::Shape && question.seen.now < BEGAN_MS + 12_000
    };
    let desk = Desk::new(Script { refuses, ..Script::good() });
    assert_eq!(outcome(&desk.run().await), Some(Outcome::Promoted));
    let records = desk.records();
    let mut moments = records.iter().filter(|record| matches!(record.event, Event::ShapeIntended { .. }));
    assert_eq!(moments.next().unwrap().at, BEGAN_MS + 15_000, "the rules are asked every five seconds");
}

#[tokio::test(start_paused = true)]
async fn a_first_deployment_goes_up_without_a_strategy() {
    let strategy = |_: &_| Err("was asked");
    let desk = Desk::with(&first_deployment(), Script { strategy, ..Script::good() }, Manners::default());
    assert_eq!(outcome(&desk.run().await), Some(Outcome::Promoted));
    assert_snapshot!(desk.told(), @r"
    proceed admission: policy
    proceed first deployment: policy
      Step: candidate 100 % on 2
    proceed first deployment: check errors, check latency, gate
    proceed promotion: check errors, check latency, policy
      Promote: candidate 100 % on 2
    ended promoted: every gate closed
    ");
    assert_snapshot!(desk.target.serves_shortly(), @"v2 as stable 100 %; stable is v2");
}

#[tokio::test(start_paused = true)]
async fn a_bad_first_deployment_is_taken_away_again() {
    let desk = Desk::with(&first_deployment(), Script::bad(), Manners::default());
    assert_eq!(outcome(&desk.run().await), Some(Outcome::RolledBack));
    assert_snapshot!(desk.told(), @r"
    proceed admission: policy
    proceed first deployment: policy
      Step: candidate 100 % on 2
    roll back first deployment: rollback, check errors, check latency
      Restore: nothing
    ended rolled back: rollback: a check failed
    ");
    assert_snapshot!(desk.target.serves_shortly(), @"; stable is none");
}

#[tokio::test(start_paused = true)]
async fn a_check_that_breaks_gives_an_error_and_never_a_pass() {
    let desk = Desk::new(Script { check: |_| Err("trapped"), ..Script::good() });
    assert_eq!(outcome(&desk.run().await), Some(Outcome::RolledBack));
    assert_snapshot!(desk.told(), @r"
    proceed admission: policy
    proceed 50: policy
      Grow: stable 100 % on 2, candidate 0 % on 2
      Step: stable 95 % on 2, candidate 5 % on 2
    hold 50: check errors, check latency
    roll back 50: deadline, check errors, check latency
      Restore: stable 100 % on 2
    ended rolled back: deadline: the gate did not close in time; check errors: error: plugin `errors` trapped; check latency: error: plugin `latency` trapped
    ");
    let judged = judgements(&desk, "errors");
    assert!(judged.len() > 30, "asked again at every interval, not {} times", judged.len());
    assert!(judged.iter().all(|one| one.verdict == Verdict::Error));
    assert_snapshot!(judged[0].reason, @"plugin `errors` trapped");
}

#[tokio::test(start_paused = true)]
async fn a_check_that_breaks_for_a_while_only_costs_time() {
    let check = |snapshot: &sluice_core::snapshot::Snapshot| match snapshot.now - BEGAN_MS {
        1_200..4_000 => Err("ran out of fuel"),
        _ => Ok(Verdict::Pass),
    };
    let desk = Desk::new(Script { check, ..Script::good() });
    assert_eq!(outcome(&desk.run().await), Some(Outcome::Promoted));
    let judged = judgements(&desk, "latency");
    let calls: Vec<u64> =
        judged.iter().map(|one| String::from_utf8_lossy(&one.state).parse().unwrap()).collect();
    // What a call that broke was given is given to the next.
    assert_eq!(calls.first(), Some(&1));
    let step = |pair: &[Judgement]| u64::from(pair[1].verdict != Verdict::Error);
    let grows: Vec<u64> = judged.windows(2).map(step).collect();
    assert!(calls.windows(2).zip(&grows).all(|(pair, grows)| pair[1] - pair[0] == *grows), "{calls:?}");
    assert!(grows.contains(&0));
}

#[tokio::test(start_paused = true)]
async fn a_strategy_that_breaks_is_asked_again() {
    let strategy = |snapshot: &sluice_core::snapshot::Snapshot| match snapshot.now - BEGAN_MS {
        ..8_000 => Err("wrote more than 60 MB"),
        _ => Ok(canary(snapshot)),
    };
    let desk = Desk::new(Script { strategy, ..Script::good() });
    assert_eq!(outcome(&desk.run().await), Some(Outcome::Promoted));
    let failed = |record: &sluice_core::release::event::Record| match &record.event {
        Event::PluginFailed { place, error } => Some(format!("{} {place}: {error}", record.at - BEGAN_MS)),
        _ => None,
    };
    let failed: Vec<String> = desk.records().iter().filter_map(failed).collect();
    assert_snapshot!(failed.join("\n"), @r"
    0 strategy: plugin `strategy` wrote more than 60 MB
    5000 strategy: plugin `strategy` wrote more than 60 MB
    ");
}

#[tokio::test(start_paused = true)]
async fn a_failed_candidate_goes_though_the_rollback_plugin_breaks() {
    let desk = Desk::new(Script { rollback: |_| Err("trapped"), ..Script::bad() });
    let left = desk.run().await;
    assert_snapshot!(format!("{left:?}"), @r#"Ended { outcome: RolledBack, reason: "rollback: a check failed, and nobody could be asked: plugin `rollback` trapped" }"#);
    assert_snapshot!(desk.target.serves_shortly(), @"v1 as stable 100 %; stable is v1");
}
