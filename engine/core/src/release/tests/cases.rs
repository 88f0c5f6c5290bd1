//! Cases: what is scripted, and the decisions that follow.

use insta::assert_snapshot;

use super::world::{Script, World, canary, plan, split};
use crate::model::policy::Moment;
use crate::model::shape::Approval;
use crate::model::verdict::Verdict;
use crate::plan::Kind;
use crate::release::decision::Outcome;
use crate::release::event::{Event, Record, Retreat, RollbackAnswer, Signal};
use crate::release::fold::Illegal;
use crate::release::replay::{ReplayError, replay};
use crate::release::waiting::On;

fn run(checks: &[&str], script: Script) -> World {
    let mut world = World::new(plan(checks), script);
    world.run(2_000);
    world
}

fn decisions(world: &World) -> String {
    world.decisions().join("\n")
}

#[test]
fn a_good_candidate_is_promoted() {
    let world = run(&["errors"], Script::default());
    assert_snapshot!(decisions(&world), @r"
    proceed admission: policy
    proceed 50: policy
      applied
      applied
    proceed 50: check errors, gate
    proceed 250: check errors, policy
      applied
    proceed 250: check errors, gate
    proceed 500: check errors, policy
      applied
    proceed 500: check errors, gate
    proceed 1000: check errors, policy
      applied
    proceed 1000: check errors, gate
    proceed promotion: check errors, policy
      applied
    ended promoted
    ");
    assert_eq!(world.state.shape, world.state.promoted_shape());
}

#[test]
fn a_failing_candidate_is_rolled_back() {
    let verdict = |number| if number < 12 { Verdict::Pass } else { Verdict::Fail };
    let world = run(&["errors"], Script { verdict: Box::new(verdict), ..Script::default() });
    assert_snapshot!(decisions(&world), @r"
    proceed admission: policy
    proceed 50: policy
      applied
      applied
    proceed 50: check errors, gate
    proceed 250: check errors, policy
      applied
    proceed 250: check errors, gate
    proceed 500: check errors, policy
      applied
    roll back 500: rollback, check errors
      applied
    ended rolled back
    ");
    assert_eq!(world.state.shape, world.state.stable_shape());
}

#[test]
fn missing_data_holds_until_the_deadline_and_never_passes() {
    let world =
        run(&["errors"], Script { verdict: Box::new(|_| Verdict::Inconclusive), ..Script::default() });
    assert_snapshot!(decisions(&world), @r"
    proceed admission: policy
    proceed 50: policy
      applied
      applied
    hold 50: check errors
    roll back 50: deadline, check errors
      applied
    ended rolled back
    ");
}

#[test]
fn a_policy_refusal_beats_everything() {
    let policy = |number: u64, moment| moment == Moment::Admission || number > 4;
    let world = run(&["errors"], Script { policy: Box::new(policy), ..Script::default() });
    assert_snapshot!(decisions(&world), @r"
    proceed admission: policy
    hold 50: policy guard/rule
    proceed 50: policy
      applied
      applied
    proceed 50: check errors, gate
    proceed 250: check errors, policy
      applied
    proceed 250: check errors, gate
    proceed 500: check errors, policy
      applied
    proceed 500: check errors, gate
    proceed 1000: check errors, policy
      applied
    proceed 1000: check errors, gate
    proceed promotion: check errors, policy
      applied
    ended promoted
    ");
}

#[test]
fn refused_at_admission_nothing_is_done() {
    let world = run(&["errors"], Script { policy: Box::new(|_, _| false), ..Script::default() });
    assert_snapshot!(decisions(&world), @r"
    abort admission: policy guard/rule
    ended refused
    ");
    assert_eq!(world.state.generation, 0);
}

#[test]
fn the_first_deployment_asks_no_strategy() {
    let mut first = plan(&["errors"]);
    (first.kind, first.stable) = (Kind::First, None);
    let strategy = Box::new(|_, _: &_| panic!("the strategy was asked"));
    let verdict = Box::new(|_| Verdict::Inconclusive);
    let mut world = World::new(first, Script { strategy, verdict, ..Script::default() });
    // What the strategy would have said is the core's own record here.
    world.run(200);
    assert_snapshot!(decisions(&world), @r"
    proceed admission: policy
    proceed first deployment: policy
      applied
    proceed first deployment: check errors, gate
    proceed promotion: check errors, policy
      applied
    ended promoted
    ");
}

#[test]
fn an_approval_is_waited_for_until_its_deadline() {
    let approval = Approval { group: "leads".to_owned(), message: "look".to_owned(), deadline_ms: 10_000 };
    let strategy = move |_, state: &_| Ok(canary(state, Some(approval.clone())));
    let mut world =
        World::new(plan(&["errors"]), Script { strategy: Box::new(strategy), ..Script::default() });
    world.run(60);
    let waiting = world.state.waiting().unwrap();
    assert_eq!((waiting.on, waiting.what.as_str()), (On::Person, "an approval by leads: look"));
    world.append(Event::Signalled { signal: Signal::Approve, who: "lea".to_owned(), comment: String::new() });
    world.run(2_000);
    assert_snapshot!(decisions(&world), @r"
    proceed admission: policy
    proceed 50: policy
      applied
      applied
    await approval 50: gate
    proceed 50: check errors, gate, operator lea
    proceed 250: check errors, policy
      applied
    await approval 250: gate
    roll back 250: deadline, gate
      applied
    ended rolled back
    ");
}

#[test]
fn an_abort_goes_back_to_stable() {
    let signal = |turn| (turn == 60).then_some(Signal::Abort);
    let world = run(&["errors"], Script { signal: Box::new(signal), ..Script::default() });
    assert_eq!(world.state.outcome(), Some(Outcome::Aborted));
    assert_eq!(world.state.shape, world.state.stable_shape());
}

#[test]
fn a_pause_holds_and_counts_for_no_deadline() {
    let signal = |turn| match turn {
        40 => Some(Signal::Pause),
        300 => Some(Signal::Resume),
        _ => None,
    };
    let world = run(&["errors"], Script { signal: Box::new(signal), ..Script::default() });
    assert_eq!(world.state.outcome(), Some(Outcome::Promoted));
    assert_eq!(world.state.idle_ms, 26_000);
}

#[test]
fn a_pause_that_is_forgotten_rolls_back() {
    let signal = |turn| (turn == 40).then_some(Signal::Pause);
    let world = run(&["errors"], Script { signal: Box::new(signal), ..Script::default() });
    assert_eq!(world.state.outcome(), Some(Outcome::RolledBack));
}

#[test]
fn promote_skips_waiting_but_no_verdict() {
    let signal = |turn| (turn == 10).then_some(Signal::Promote);
    let script = Script { signal: Box::new(signal), ..Script::default() };
    let world = run(&["errors"], script);
    let slow = run(&["errors"], Script::default());
    assert!(world.now < slow.now);
    let verdict = Box::new(|_| Verdict::Inconclusive);
    let script = Script { signal: Box::new(signal), verdict, ..Script::default() };
    assert_eq!(run(&["errors"], script).state.outcome(), Some(Outcome::RolledBack));
}

#[test]
fn a_stepwise_way_back_never_exposes_more() {
    let rollback = |number: u64, _: &_| {
        let by = [100, 900, 10].map(|weight| Retreat { shape: split(weight), min_time_ms: 1_000 }).to_vec();
        Ok(match number < 20 {
            true => RollbackAnswer::Keep(String::new()),
            false => RollbackAnswer::RollBack { reason: "enough".to_owned(), by },
        })
    };
    let world = run(&["errors"], Script { rollback: Box::new(rollback), ..Script::default() });
    let way: Vec<String> = world.records.iter().filter_map(intended).collect();
    assert_snapshot!(way.join("\n"), @r"
    Grow stable 100 % on 2, candidate 0 % on 2
    Step stable 95 % on 2, candidate 5 % on 2
    Step stable 75 % on 2, candidate 25 % on 2
    Step stable 50 % on 2, candidate 50 % on 2
    Step stable 0 % on 2, candidate 100 % on 2
    Promote candidate 100 % on 2
    ");
}

#[test]
fn a_target_that_fails_for_good_turns_the_release_back() {
    let apply = |number| if number == 3 { Err(("exited with 1".to_owned(), true)) } else { Ok(()) };
    let world = run(&["errors"], Script { apply: Box::new(apply), ..Script::default() });
    assert_snapshot!(decisions(&world), @r"
    proceed admission: policy
    proceed 50: policy
      applied
      applied
    proceed 50: check errors, gate
    proceed 250: check errors, policy
      applied
    proceed 250: check errors, gate
    proceed 500: check errors, policy
    roll back 250: target
      applied
    ended rolled back
    ");
}

#[test]
fn a_target_that_is_away_for_a_while_is_tried_again() {
    let apply = |number| if number == 3 || number == 4 { Err(("refused".to_owned(), false)) } else { Ok(()) };
    let world = run(&["errors"], Script { apply: Box::new(apply), ..Script::default() });
    assert_eq!(world.state.outcome(), Some(Outcome::Promoted));
}

#[test]
fn a_rollback_plugin_that_fails_does_not_keep_a_failed_candidate() {
    let verdict = |number| if number < 12 { Verdict::Pass } else { Verdict::Fail };
    let rollback = Box::new(|_, _: &_| Err("trapped".to_owned()));
    let world = run(&["errors"], Script { verdict: Box::new(verdict), rollback, ..Script::default() });
    assert_eq!(world.state.outcome(), Some(Outcome::RolledBack));
}

#[test]
fn replay_takes_the_same_decisions_and_notices_another() {
    let world = run(&["errors"], Script::default());
    assert_eq!(replay(&world.records).unwrap(), world.state);
    let mut forged = world.records.clone();
    let at = forged.iter().position(|record| matches!(record.event, Event::Decided { .. })).unwrap();
    if let Event::Decided { decision } = &mut forged[at].event {
        decision.reasons.clear();
    }
    assert!(matches!(replay(&forged), Err(ReplayError::Differs { seq, .. }) if seq == at as u64));
}

#[test]
fn a_shape_that_raises_exposure_after_a_failed_verdict_is_illegal() {
    let verdict = |number| if number < 5 { Verdict::Pass } else { Verdict::Fail };
    let rollback = Box::new(|_, _: &_| Ok(RollbackAnswer::Hold(String::new())));
    let mut world =
        World::new(plan(&["errors"]), Script { verdict: Box::new(verdict), rollback, ..Script::default() });
    world.run(100);
    let event = Event::ShapeIntended {
        generation: world.state.generation + 1,
        key: "forged".to_owned(),
        shape: split(900),
        purpose: crate::release::event::Purpose::Step,
    };
    let record = Record { seq: world.state.records, at: world.now, event };
    let Illegal { why, .. } = world.state.apply(&record).unwrap_err();
    assert_snapshot!(why, @"exposure would rise although check errors: fail: as scripted");
}

fn intended(record: &Record) -> Option<String> {
    match &record.event {
        Event::ShapeIntended { shape, purpose, .. } => Some(format!("{purpose:?} {shape}")),
        _ => None,
    }
}

#[test]
fn a_report_has_every_verdict_and_every_decision() {
    let verdict = |number| if number < 12 { Verdict::Pass } else { Verdict::Fail };
    let world = run(&["errors|x"], Script { verdict: Box::new(verdict), ..Script::default() });
    let report = crate::report::Report::of(&world.records).unwrap();
    let judged = world.records.iter().filter(|record| matches!(record.event, Event::Judged { .. })).count();
    assert_eq!(report.verdicts.len(), judged);
    assert_snapshot!(report.markdown(&[]), @r"
    # shop: v1 → v2

    **rolled back**: rollback: a check failed

    | | |
    | --- | --- |
    | release | `shop-1` |
    | environment | production |
    | who | anna |
    | began | 1970-01-01 00:16:40 UTC |
    | last event | 1970-01-01 00:16:45 UTC |

    ## Decisions

    | time (UTC) | decision | about | reasons |
    | --- | --- | --- | --- |
    | 00:16:40 | proceed | admission | policy: 1 rule asked, and it does not refuse |
    | 00:16:40 | proceed | 50 | policy: 1 rule asked, and it does not refuse |
    | 00:16:42 | proceed | 50 | check errors\|x: pass: as scripted<br>gate: 2.0 s observed, 1000 events |
    | 00:16:42 | proceed | 250 | check errors\|x: pass: as scripted<br>policy: 1 rule asked, and it does not refuse |
    | 00:16:44 | proceed | 250 | check errors\|x: pass: as scripted<br>gate: 2.0 s observed, 1000 events |
    | 00:16:44 | proceed | 500 | check errors\|x: pass: as scripted<br>policy: 1 rule asked, and it does not refuse |
    | 00:16:45 | roll back | 500 | rollback: a check failed<br>check errors\|x: fail: as scripted |

    ## Shapes

    | asked for | in effect | shape |
    | --- | --- | --- |
    | 00:16:40 | 00:16:40 | stable 100 % on 2, candidate 0 % on 2 |
    | 00:16:40 | 00:16:40 | stable 95 % on 2, candidate 5 % on 2 |
    | 00:16:42 | 00:16:42 | stable 75 % on 2, candidate 25 % on 2 |
    | 00:16:44 | 00:16:44 | stable 50 % on 2, candidate 50 % on 2 |
    | 00:16:45 | 00:16:45 | stable 100 % on 2 |

    ## Verdicts

    | from | to | step | check | verdict | rounds | values | last reason |
    | --- | --- | --- | --- | --- | --- | --- | --- |
    | 00:16:40 | 00:16:42 | 50 | errors\|x | pass | 5 |  | as scripted |
    | 00:16:42 | 00:16:44 | 250 | errors\|x | pass | 5 |  | as scripted |
    | 00:16:44 | 00:16:44 | 500 | errors\|x | pass | 2 |  | as scripted |
    | 00:16:45 | 00:16:45 | 500 | errors\|x | fail | 1 |  | as scripted |

    ## Policies

    4 evaluations; 0 did not pass.

    ## Plan

    - plan `sha256:713a1d82b9656a3124f18b460f50a5d60643f7b5f034e5f8dae7b0ed7fe63eb8`
    - strategy: strategy (bundled) `sha256:strategy`
    - rollback: rollback (bundled) `sha256:rollback`
    - errors\|x: errors\|x (bundled) `sha256:errors|x`
    ");
}
