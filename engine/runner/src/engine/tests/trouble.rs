//! Targets that do not do as they were asked.

use std::collections::BTreeMap;
use std::ops::Range;

use insta::assert_snapshot;
use sluice_core::model::verdict::Verdict;
use sluice_core::release::decision::Outcome;
use sluice_core::release::event::{Event, RollbackAnswer};
use sluice_core::snapshot::Snapshot;

use super::desk::Desk;
use super::observer::BEGAN_MS;
use super::plan::{first_deployment, plan};
use super::plugins::Script;
use super::target::{Manners, Trouble};
use crate::engine::Left;

const ALWAYS: u32 = u32::MAX;

fn troubled(script: Script, generation: u64, trouble: Trouble, times: u32) -> Desk {
    let trouble = BTreeMap::from([(generation, (trouble, times))]);
    Desk::with(&plan(), script, Manners { settle_ms: 300, trouble, ..Manners::default() })
}

fn away(script: Script, away_ms: Range<u64>) -> Desk {
    Desk::with(&plan(), script, Manners { settle_ms: 300, away_ms: vec![away_ms], ..Manners::default() })
}

async fn outcome(desk: &Desk) -> Outcome {
    match desk.run().await {
        Left::Ended { outcome, .. } => outcome,
        other => panic!("{other:?}"),
    }
}

fn failures(desk: &Desk) -> String {
    let one = |(generation, error, last): (u64, String, bool)| {
        format!("{generation}: {error}{}", if last { ", for good" } else { "" })
    };
    desk.failures().into_iter().map(one).collect::<Vec<_>>().join("\n")
}

#[tokio::test(start_paused = true)]
async fn a_slow_target_is_waited_for_and_watched() {
    let desk = Desk::with(&plan(), Script::good(), Manners { settle_ms: 3_000, ..Manners::default() });
    assert_eq!(outcome(&desk).await, Outcome::Promoted);
    let records = desk.records();
    let at = |wanted: fn(&Event) -> bool| records.iter().position(|record| wanted(&record.event)).unwrap();
    let accepted = at(|event| matches!(event, Event::ShapeAccepted { generation: 3 }));
    let applied = at(|event| matches!(event, Event::ShapeApplied { generation: 3 }));
    assert_eq!(records[applied].at - records[accepted].at, 3_000);
    let judged = |event: &Event| matches!(event, Event::Judged { .. });
    let rounds = records[accepted..applied].iter().filter(|record| judged(&record.event)).count() / 2;
    assert_eq!(rounds, 5, "what users have already is judged meanwhile");
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_fails_while_the_next_shape_comes_is_rolled_back_at_once() {
    let check = |snapshot: &Snapshot| match snapshot.now - BEGAN_MS {
        8_000.. => Ok(Verdict::Fail),
        _ => Ok(Verdict::Pass),
    };
    let desk = Desk::with(
        &plan(),
        Script { check, ..Script::good() },
        Manners { settle_ms: 3_000, ..Manners::default() },
    );
    assert_eq!(outcome(&desk).await, Outcome::RolledBack);
    assert_snapshot!(desk.told(), @r"
    proceed admission: policy
    proceed 50: policy
      Grow: stable 100 % on 2, candidate 0 % on 2
      Step: stable 95 % on 2, candidate 5 % on 2
    proceed 50: check errors, check latency, gate
    proceed 500: check errors, check latency, policy
      Step: stable 50 % on 2, candidate 50 % on 2
    roll back 50: rollback, check errors, check latency
      Restore: stable 100 % on 2
    ended rolled back: rollback: a check failed
    ");
}

#[tokio::test(start_paused = true)]
async fn a_shape_that_is_never_in_effect_is_given_up_at_its_deadline() {
    let desk = troubled(Script::good(), 3, Trouble::Settles, ALWAYS);
    assert_eq!(outcome(&desk).await, Outcome::RolledBack);
    assert_snapshot!(desk.told(), @r"
    proceed admission: policy
    proceed 50: policy
      Grow: stable 100 % on 2, candidate 0 % on 2
      Step: stable 95 % on 2, candidate 5 % on 2
    proceed 50: check errors, check latency, gate
    proceed 500: check errors, check latency, policy
      Step: stable 50 % on 2, candidate 50 % on 2
    roll back 50: deadline, target
      Restore: stable 100 % on 2
    ended rolled back: deadline: the shape was not in effect in time; target: it waits for v2 to be ready
    ");
    assert_eq!(desk.target.serves_shortly(), "v1 as stable 100 %; stable is v1");
}

#[tokio::test(start_paused = true)]
async fn what_can_not_be_brought_about_is_not_tried_again() {
    for trouble in [Trouble::Fails, Trouble::Refuses] {
        let desk = troubled(Script::good(), 3, trouble, ALWAYS);
        assert_eq!(outcome(&desk).await, Outcome::RolledBack);
        assert_eq!(desk.target.applied(), ["shop-1/1", "shop-1/2", "shop-1/3", "shop-1/4"]);
        let wanted = match trouble {
            Trouble::Fails => "3: v2 exited with 1, for good",
            _ => "3: the target refused: there is no room, for good",
        };
        assert_eq!(failures(&desk), wanted);
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_that_lost_the_order_gets_it_again() {
    let desk = troubled(Script::good(), 3, Trouble::Loses, 2);
    assert_eq!(outcome(&desk).await, Outcome::Promoted);
    assert_snapshot!(failures(&desk), @r"
    3: the target has generation 2 of release `shop-1`, not what it was asked for
    3: the target has generation 2 of release `shop-1`, not what it was asked for
    ");
    assert_eq!(
        desk.target.applied(),
        ["shop-1/1", "shop-1/2", "shop-1/3", "shop-1/3", "shop-1/3", "shop-1/4", "shop-1/5"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_target_that_lies_about_weights_is_never_believed() {
    let desk = troubled(Script::good(), 3, Trouble::OtherWeight, ALWAYS);
    assert_eq!(outcome(&desk).await, Outcome::RolledBack);
    assert_snapshot!(failures(&desk), @r"
    3: revision `v1` has 40 % of the traffic, not 50 %
    3: revision `v1` has 40 % of the traffic, not 50 %
    3: revision `v1` has 40 % of the traffic, not 50 %
    3: revision `v1` has 40 % of the traffic, not 50 %
    3: revision `v1` has 40 % of the traffic, not 50 %
    ");
    let believed = |event: &Event| matches!(event, Event::ShapeApplied { generation: 3 });
    assert!(!desk.records().iter().any(|record| believed(&record.event)));
}

#[tokio::test(start_paused = true)]
async fn a_target_that_comes_to_the_right_weights_is_believed_then() {
    let desk = troubled(Script::good(), 3, Trouble::OtherWeight, 2);
    assert_eq!(outcome(&desk).await, Outcome::Promoted);
    assert_eq!(desk.failures().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_is_still_served_was_not_taken_away() {
    let trouble = BTreeMap::from([(2, (Trouble::AsBefore, 2))]);
    let desk = Desk::with(&first_deployment(), Script::bad(), Manners { trouble, ..Manners::default() });
    assert_eq!(outcome(&desk).await, Outcome::RolledBack);
    assert_snapshot!(failures(&desk), @r"
    2: revision `v2` still has 100 % of the traffic
    2: revision `v2` still has 100 % of the traffic
    ");
    assert_eq!(desk.target.serves_shortly(), "; stable is none");
}

#[tokio::test(start_paused = true)]
async fn a_promotion_that_left_the_old_revision_as_stable_is_none() {
    let desk = troubled(Script::good(), 5, Trouble::AsBefore, 1);
    assert_eq!(outcome(&desk).await, Outcome::Promoted);
    assert_snapshot!(failures(&desk), @"5: the target keeps `v1-c281ec67` as stable, not `v2-ecf57e16`");
    assert_eq!(desk.target.serves_shortly(), "v2 as stable 100 %; stable is v2");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_away_while_an_order_is_due_gets_it_when_it_is_back() {
    let desk = away(Script::good(), 0..1_400);
    assert_eq!(outcome(&desk).await, Outcome::Promoted);
    assert_snapshot!(failures(&desk), @r"
    1: the target can not be reached: connection refused
    1: the target can not be reached: connection refused
    ");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_away_on_the_way_back_is_tried_until_it_is_there() {
    // Before the order for stable, and between the order and its effect.
    for from in [2_300, 2_600] {
        let desk = away(Script::bad(), from..200_000);
        assert_eq!(outcome(&desk).await, Outcome::RolledBack);
        assert_eq!(desk.target.serves_shortly(), "v1 as stable 100 %; stable is v1");
        let failed = desk.failures();
        assert!(failed.len() > 5, "tried more often than a step would be, not {} times", failed.len());
        assert!(failed.iter().all(|(generation, _, last)| (*generation, *last) == (5, false)), "{failed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_fails_while_the_target_is_away_is_not_overlooked() {
    let check = |snapshot: &Snapshot| match snapshot.now - BEGAN_MS {
        2_300.. => Ok(Verdict::Fail),
        _ => Ok(Verdict::Pass),
    };
    let desk = away(Script { check, ..Script::good() }, 1_800..8_300);
    assert_eq!(outcome(&desk).await, Outcome::RolledBack);
    assert_snapshot!(desk.told(), @r"
    proceed admission: policy
    proceed 50: policy
      Grow: stable 100 % on 2, candidate 0 % on 2
      Step: stable 95 % on 2, candidate 5 % on 2
    proceed 50: check errors, check latency, gate
    proceed 500: check errors, check latency, policy
      Step: stable 50 % on 2, candidate 50 % on 2
      failed: the target can not be reached: connection refused
      failed: the target can not be reached: connection refused
    roll back 50: rollback, check errors, check latency
      Restore: stable 100 % on 2
      failed: the target can not be reached: connection refused
      failed: the target can not be reached: connection refused
      failed: the target can not be reached: connection refused
      failed: the target can not be reached: connection refused
    ended rolled back: rollback: a check failed
    ");
}

#[tokio::test(start_paused = true)]
async fn an_order_that_the_target_did_not_take_is_not_given_again_after_a_failed_verdict() {
    let check = |snapshot: &Snapshot| match snapshot.now - BEGAN_MS {
        1_900.. => Ok(Verdict::Fail),
        _ => Ok(Verdict::Pass),
    };
    // It only holds: nothing but the verdict keeps the order back.
    let rollback = |_: &_| Ok(RollbackAnswer::Hold("let us see".to_owned()));
    let desk = troubled(Script { check, rollback, ..Script::good() }, 3, Trouble::Unreached, 2);
    assert_eq!(outcome(&desk).await, Outcome::RolledBack);
    assert_snapshot!(desk.told(), @r"
    proceed admission: policy
    proceed 50: policy
      Grow: stable 100 % on 2, candidate 0 % on 2
      Step: stable 95 % on 2, candidate 5 % on 2
    proceed 50: check errors, check latency, gate
    proceed 500: check errors, check latency, policy
      Step: stable 50 % on 2, candidate 50 % on 2
      failed: the target can not be reached: no answer
      failed: the target can not be reached: no answer
    roll back 50: deadline, target
      Restore: stable 100 % on 2
    ended rolled back: deadline: the shape was not in effect in time; target: the target can not be reached: no answer
    ");
    assert_eq!(desk.target.applied(), ["shop-1/1", "shop-1/2", "shop-1/3", "shop-1/3", "shop-1/4"]);
}
