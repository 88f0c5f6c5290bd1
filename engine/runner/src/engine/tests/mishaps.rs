//! Targets that change by themselves while a gate is open, and candidates that do not stay up.

use insta::assert_snapshot;
use sluice_core::model::verdict::Verdict;
use sluice_core::release::decision::Outcome;
use sluice_core::release::event::{Event, RollbackAnswer};

use super::desk::Desk;
use super::plan::plan;
use super::plugins::Script;
use super::target::{Manners, Mishap};
use crate::engine::Left;

async fn outcome(desk: &Desk) -> Outcome {
    match desk.run().await {
        Left::Ended { outcome, .. } => outcome,
        other => panic!("{other:?}"),
    }
}

fn struck(mishap: Mishap) -> Desk {
    Desk::with(&plan(), Script::good(), Manners { mishap: Some((1_300, mishap)), ..Manners::default() })
}

/// Every decision with all its reasons.
fn reasons(desk: &Desk) -> String {
    let decided = |record: sluice_core::release::event::Record| match record.event {
        Event::Decided { decision } => Some(decision),
        _ => None,
    };
    let held = desk.records().into_iter().filter_map(decided);
    let held = held.filter(|one| one.kind != sluice_core::release::decision::DecisionKind::Proceed);
    let lines = held.flat_map(|one| one.reasons).map(|reason| reason.to_string());
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test(start_paused = true)]
async fn weights_that_somebody_changed_are_put_right() {
    let desk = struck(Mishap::StableAlone);
    assert_eq!(outcome(&desk).await, Outcome::Promoted);
    assert_snapshot!(desk.told(), @r"
    proceed admission: policy
    proceed 50: policy
      Grow: stable 100 % on 2, candidate 0 % on 2
      Step: stable 95 % on 2, candidate 5 % on 2
    proceed 50: check errors, check latency, gate
    proceed 500: check errors, check latency, policy
      Step: stable 50 % on 2, candidate 50 % on 2
    hold 500: target
      Repair: stable 50 % on 2, candidate 50 % on 2
    proceed 500: check errors, check latency, gate
    proceed 1000: check errors, check latency, policy
      Step: stable 0 % on 2, candidate 100 % on 2
    proceed 1000: check errors, check latency, gate
    proceed promotion: check errors, check latency, policy
      Promote: candidate 100 % on 2
    ended promoted: every gate closed
    ");
    assert_snapshot!(reasons(&desk), @"target: revision `v1` has 100 % of the traffic, not 50 %");
    assert_eq!(desk.target.serves_shortly(), "v2 as stable 100 %; stable is v2");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_was_set_back_gets_the_shape_again() {
    let desk = struck(Mishap::Forgets);
    assert_eq!(outcome(&desk).await, Outcome::Promoted);
    assert_snapshot!(reasons(&desk), @"target: the target has generation 9 of release `shop-0`, not what it was asked for");
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_is_not_ready_holds_the_gate_and_needs_no_order() {
    let desk = struck(Mishap::NotReady);
    assert_eq!(outcome(&desk).await, Outcome::Promoted);
    assert_snapshot!(reasons(&desk), @"target: revision `v1` has 1 of 2 instances ready");
    assert!(!desk.told().contains("Repair"), "{}", desk.told());
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_does_not_stay_up_is_rolled_back() {
    let crashes_ms = (1..100).map(|number| number * 700).collect();
    let rollback = |snapshot: &sluice_core::snapshot::Snapshot| {
        let failed = snapshot.judgements.iter().find(|one| one.verdict == Verdict::Fail);
        Ok(match failed {
            Some(one) => RollbackAnswer::RollBack { reason: format!("{} failed", one.check), by: Vec::new() },
            None => RollbackAnswer::Keep(String::new()),
        })
    };
    let manners = Manners { crashes_ms, ..Manners::default() };
    let desk = Desk::with(&plan(), Script { rollback, ..Script::good() }, manners);
    assert_eq!(outcome(&desk).await, Outcome::RolledBack);
    assert_snapshot!(reasons(&desk), @r"
    check instances: inconclusive: 1 restart in this step, the limit is 2; `v2-ecf57e16/0` exited with 1
    rollback: instances failed
    check instances: fail: 2 restarts in this step, the limit is 2; `v2-ecf57e16/0` exited with 1
    ");
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_does_not_stay_up_goes_though_nobody_answers() {
    let manners = Manners { crashes_ms: vec![1_000, 1_200], ..Manners::default() };
    let rollback = |_: &_| Ok(RollbackAnswer::Keep(String::new()));
    let desk = Desk::with(&plan(), Script { rollback, ..Script::good() }, manners);
    assert_eq!(outcome(&desk).await, Outcome::RolledBack);
    assert_snapshot!(reasons(&desk), @r"
    check instances: inconclusive: 1 restart in this step, the limit is 2; `v2-ecf57e16/0` exited with 1
    deadline: the gate did not close in time
    check instances: fail: 2 restarts in this step, the limit is 2; `v2-ecf57e16/0` exited with 1
    ");
}

#[tokio::test(start_paused = true)]
async fn one_restart_costs_no_more_than_a_round() {
    let manners = Manners { crashes_ms: vec![1_200], ..Manners::default() };
    let desk = Desk::with(&plan(), Script::good(), manners);
    assert_eq!(outcome(&desk).await, Outcome::Promoted);
    assert_snapshot!(reasons(&desk), @"check instances: inconclusive: 1 restart in this step, the limit is 2; `v2-ecf57e16/0` exited with 1");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_away_holds_a_release_without_checks() {
    let mut plan = plan();
    plan.checks.clear();
    let away = 600..100_000;
    let manners = Manners { away_ms: vec![away], ..Manners::default() };
    let desk = Desk::with(&plan, Script::good(), manners);
    // It comes back, or the way back could never end.
    assert_eq!(outcome(&desk).await, Outcome::RolledBack);
    assert!(reasons(&desk).starts_with("target: the target can not be reached"), "{}", reasons(&desk));
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_fails_while_it_is_promoted_is_taken_back() {
    let check = |snapshot: &sluice_core::snapshot::Snapshot| match snapshot.now {
        // The order to promote was given before, and takes until then and longer.
        1_020_500.. => Ok(Verdict::Fail),
        _ => Ok(Verdict::Pass),
    };
    let manners = Manners { settle_ms: 4_000, ..Manners::default() };
    let desk = Desk::with(&plan(), Script { check, ..Script::good() }, manners);
    assert_eq!(outcome(&desk).await, Outcome::RolledBack);
    assert_snapshot!(desk.told().lines().rev().take(5).collect::<Vec<_>>().join("\n"), @r"
    ended rolled back: rollback: a check failed
      Restore: stable 100 % on 2
    roll back 1000: rollback, check errors, check latency
      Promote: candidate 100 % on 2
    proceed promotion: check errors, check latency, policy
    ");
    assert_eq!(desk.target.serves_shortly(), "v1 as stable 100 %; stable is v1");
}
