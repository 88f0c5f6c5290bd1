//! Properties over random worlds: exposure, endings, replay, legality.

use proptest::prelude::*;

use super::graph::acceptance;
use super::stages::staged;
use super::world::{Script, World, canary, plain_rollback, plan, split};
use crate::model::observation::Wrong;
use crate::model::policy::{Enforcement, RuleResult};
use crate::model::shape::{Approval, Role, Weight};
use crate::model::verdict::Verdict;
use crate::plan::{Kind, Plan, Stage};
use crate::release::decision::{DecisionKind, Outcome};
use crate::release::event::{Event, Purpose, Record, Retreat, RollbackAnswer, Signal};
use crate::release::prepared::Grade;
use crate::release::replay::{fold, replay};
use crate::release::state::{Phase, State};

/// A random world, as plain numbers: each question takes the next one of its row.
#[derive(Debug, Clone)]
struct Chances {
    verdicts: Vec<u8>,
    rollbacks: Vec<u8>,
    policies: Vec<u8>,
    applies: Vec<u8>,
    settles: Vec<u8>,
    strategies: Vec<u8>,
    signals: Vec<u8>,
    losses: Vec<u8>,
    paces: Vec<u16>,
    jobs: Vec<u8>,
    first: bool,
    staged: bool,
}

fn chances() -> impl Strategy<Value = Chances> {
    let row = || prop::collection::vec(any::<u8>(), 1..40);
    let paces = prop::collection::vec(1u16..3_000, 1..40);
    let rows = (row(), row(), row(), row(), row(), row(), row(), row(), row());
    (rows, paces, any::<bool>(), any::<bool>()).prop_map(
        |(
            (verdicts, rollbacks, policies, applies, settles, strategies, signals, losses, jobs),
            paces,
            first,
            staged,
        )| Chances {
            verdicts,
            rollbacks,
            policies,
            applies,
            settles,
            strategies,
            signals,
            losses,
            paces,
            jobs,
            first,
            staged,
        },
    )
}

fn pick(row: &[u8], number: u64) -> u8 {
    row[number as usize % row.len()]
}

fn verdict(chance: u8) -> Verdict {
    match chance {
        0..=199 => Verdict::Pass,
        200..=214 => Verdict::Warn,
        215..=229 => Verdict::Inconclusive,
        230..=242 => Verdict::Error,
        _ => Verdict::Fail,
    }
}

fn rollback(chance: u8, state: &State) -> Result<RollbackAnswer, String> {
    match chance {
        0..=99 => Ok(plain_rollback(state)),
        100..=229 => Ok(RollbackAnswer::Keep(String::new())),
        230..=239 => Err("trapped".to_owned()),
        240..=250 => Ok(RollbackAnswer::Hold("wait".to_owned())),
        _ => {
            let by = vec![Retreat { shape: split(u16::from(chance) * 3), min_time_ms: 500 }];
            Ok(RollbackAnswer::RollBack { reason: "by chance".to_owned(), by })
        }
    }
}

fn signal(chance: u8) -> Option<Signal> {
    match chance {
        0..=3 => Some(Signal::Pause),
        4..=9 => Some(Signal::Resume),
        10 => Some(Signal::Abort),
        11..=14 => Some(Signal::Promote),
        15..=20 => Some(Signal::Approve),
        21..=26 => Some(Signal::Accept { job: "board".to_owned() }),
        27..=32 => Some(Signal::Accept { job: "uat".to_owned() }),
        _ => None,
    }
}

fn loss(chance: u8) -> Option<Wrong> {
    let wrong = |lost, candidate| Some(Wrong { what: "changed".to_owned(), lost, candidate });
    match chance {
        0..=7 => wrong(true, Some(Weight::NONE)),
        8..=11 => wrong(true, Some(Weight::ALL)),
        12..=15 => wrong(true, None),
        16..=19 => wrong(false, None),
        _ => None,
    }
}

fn script(chances: &Chances) -> Script {
    let c = || chances.clone();
    let (verdicts, rollbacks, policies, applies) = (c(), c(), c(), c());
    let (settles, strategies, signals, paces, jobs, found) = (c(), c(), c(), c(), c(), c());
    let (losses, restarts) = (c(), c());
    Script {
        verdict: Box::new(move |number| verdict(pick(&verdicts.verdicts, number))),
        rollback: Box::new(move |number, state| rollback(pick(&rollbacks.rollbacks, number), state)),
        policy: Box::new(move |number, _| pick(&policies.policies, number) < 230),
        apply: Box::new(move |number| match pick(&applies.applies, number) {
            0..=219 => Ok(()),
            220..=252 => Err(("away".to_owned(), false)),
            _ => Err(("for good".to_owned(), true)),
        }),
        settled: Box::new(move |number| pick(&settles.settles, number) < 200),
        strategy: Box::new(move |number, state| match pick(&strategies.strategies, number) {
            0..=199 => Ok(canary(state, None)),
            200..=229 => {
                let message = "please".to_owned();
                Ok(canary(state, Some(Approval { group: String::new(), message, deadline_ms: 5_000 })))
            }
            230..=239 => Ok(crate::release::event::Proposal::Hold("not yet".to_owned())),
            240..=252 => Err("trapped".to_owned()),
            _ => Ok(crate::release::event::Proposal::Abort("no".to_owned())),
        }),
        loses: Box::new(move |number| loss(pick(&losses.losses, number))),
        restarts: Box::new(move |number| u32::from(pick(&restarts.losses, number / 16) > 250)),
        enforcement: if chances.first { Enforcement::Hard } else { Enforcement::Soft },
        comment: if chances.staged { "" } else { "because" },
        signal: Box::new(move |number| signal(pick(&signals.signals, number * 7))),
        job: Box::new(move |number, _| match pick(&jobs.jobs, number) {
            0..=179 => Some(true),
            180..=239 => None,
            _ => Some(false),
        }),
        found: Box::new(move |number| match pick(&found.jobs, number) {
            0..=249 => Grade::Good,
            _ => Grade::Bad,
        }),
        pace: Box::new(move |number| u64::from(paces.paces[number as usize % paces.paces.len()])),
    }
}

fn world(chances: &Chances) -> World {
    let mut world = World::new(planned(chances), script(chances));
    world.run(3_000);
    world
}

fn planned(chances: &Chances) -> Plan {
    let mut plan = plan(&["errors", "latency"]);
    if chances.staged {
        plan.stages = staged().stages;
        plan.stages.test.jobs.push(acceptance("uat", "", &["unit"]));
    }
    if chances.first {
        (plan.kind, plan.stable) = (Kind::First, None);
    }
    plan
}

/// Walks the journal of a rehearsal: nobody reaches the candidate, and nothing is mirrored to it.
fn nobody_is_exposed(records: &[Record]) -> Result<(), TestCaseError> {
    for record in records {
        if let Event::ShapeIntended { shape, purpose, .. } = &record.event {
            prop_assert!(!shape.exposes_candidate() && shape.mirror.is_none(), "{shape}");
            prop_assert!(matches!(purpose, Purpose::Grow | Purpose::Restore), "{purpose:?}");
        }
        let aside = matches!(record.event, Event::JobStarted { .. } | Event::Notified { .. });
        prop_assert!(!aside, "a job was begun, or somebody was told");
    }
    Ok(())
}

/// Walks a journal and looks at every rise of the candidate's exposure.
fn rises_are_earned(records: &[Record]) -> Result<(), TestCaseError> {
    let mut state = State::begin(&records[0]).unwrap();
    for record in &records[1..] {
        if let Event::ShapeIntended { shape, purpose, .. } = &record.event
            && shape.weight(Role::Candidate) > state.shape.weight(Role::Candidate)
            && state.shape.weight(Role::Candidate) > Weight::NONE
        {
            prop_assert!(*purpose == Purpose::Step || *purpose == Purpose::Promote);
            let judged = &state.round.judged;
            prop_assert!(judged.len() >= 2, "a verdict is missing");
            for judgement in judged.values() {
                let bad = matches!(judgement.verdict, Verdict::Fail | Verdict::Error | Verdict::Inconclusive);
                prop_assert!(!bad, "exposure rose after {}", judgement.verdict);
            }
        }
        state.apply(record).unwrap();
    }
    Ok(())
}

/// Walks a journal: nothing closes or rises on a target that is not as it should be, and what it lost it gets back,
/// but for what a failed verdict takes from the candidate.
fn losses_are_mended(records: &[Record]) -> Result<(), TestCaseError> {
    let mut state = State::begin(&records[0]).unwrap();
    for record in &records[1..] {
        let wrong = state.wrong().cloned();
        match &record.event {
            Event::Decided { decision } if decision.kind == DecisionKind::Proceed => {
                let gated = matches!(state.phase, Phase::Gated);
                prop_assert!(!gated || wrong.is_none(), "a gate closed although {wrong:?}");
            }
            Event::ShapeIntended { shape, purpose: Purpose::Repair, .. } => {
                prop_assert_eq!(shape, &state.shape);
                let failed = state.round.judged.values().any(|one| one.verdict == Verdict::Fail);
                let seen = wrong.and_then(|wrong| wrong.candidate);
                prop_assert!(!failed || seen.is_none_or(|seen| seen >= shape.weight(Role::Candidate)));
            }
            Event::ShapeIntended { shape, .. } if shape.exposes_more_than(&state.shape) => {
                prop_assert!(wrong.is_none(), "exposure rose although {wrong:?}");
            }
            _ => {}
        }
        state.apply(record).unwrap();
    }
    Ok(())
}

/// Walks a journal: an order that moves traffic to the candidate finds its instances there already.
fn nobody_waits_for_instances(records: &[Record]) -> Result<(), TestCaseError> {
    let mut state = State::begin(&records[0]).unwrap();
    for record in &records[1..] {
        if let Event::ShapeIntended { shape, purpose: Purpose::Step, .. } = &record.event
            && !state.shape.allocations.is_empty()
        {
            for role in Role::ALL {
                prop_assert!(
                    shape.instances(role) <= state.shape.instances(role),
                    "{role} has to start first"
                );
            }
        }
        if let Event::ShapeIntended { shape, purpose: Purpose::Grow, .. } = &record.event {
            prop_assert!(Role::ALL.iter().all(|role| shape.weight(*role) == state.shape.weight(*role)));
        }
        state.apply(record).unwrap();
    }
    Ok(())
}

/// Walks a journal: no shape is asked for before the tests have passed, and nobody is exposed before the smoke tests.
fn tests_come_first(records: &[Record]) -> Result<(), TestCaseError> {
    let mut state = State::begin(&records[0]).unwrap();
    for record in &records[1..] {
        if let Event::ShapeIntended { shape, .. } = &record.event {
            prop_assert!(state.stage_passed(Stage::Approvals) && state.stage_passed(Stage::Test));
            let exposes = shape.exposes_more_than(&state.shape) && state.plan.kind == Kind::Progressive;
            prop_assert!(!exposes || state.stage_passed(Stage::Preview), "exposed before the smoke tests");
        }
        state.apply(record).unwrap();
    }
    if state.outcome() == Some(Outcome::Promoted) {
        prop_assert!(Stage::ALL.iter().all(|stage| state.stage_passed(*stage)));
    }
    Ok(())
}

/// Walks a journal and looks at every rule that was waived.
fn words_come_first(records: &[Record]) -> Result<(), TestCaseError> {
    let mut state = State::begin(&records[0]).unwrap();
    for record in &records[1..] {
        if let Event::PoliciesEvaluated { outcomes, .. } = &record.event {
            let waived = outcomes.iter().filter(|one| one.result == RuleResult::Waived);
            for outcome in waived {
                let rule = (outcome.policy.clone(), outcome.rule.clone());
                let mut words = state.overrides_in_force();
                let word = words.any(|one| one.waives.contains(&rule) && !one.by.comment.is_empty());
                prop_assert!(word && outcome.enforcement == Enforcement::Soft, "{record:?}");
            }
        }
        state.apply(record).unwrap();
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn exposure_never_rises_after_a_failed_or_missing_verdict(chances in chances()) {
        rises_are_earned(&world(&chances).records)?;
    }

    #[test]
    fn a_rehearsal_exposes_nobody_promotes_nothing_and_leaves_stable_alone(chances in chances()) {
        let mut plan = planned(&chances);
        plan.stages.rehearsal = true;
        let mut world = World::new(plan, script(&chances));
        world.run(3_000);
        nobody_is_exposed(&world.records)?;
        let outcome = world.state.outcome();
        prop_assert!(outcome != Some(Outcome::Promoted));
        prop_assert!(outcome.is_none() || world.state.shape == world.state.stable_shape());
        replay(&world.records).map_err(|error| TestCaseError::fail(error.to_string()))?;
    }

    #[test]
    fn a_target_that_lost_its_shape_gets_it_back_before_anything_goes_on(chances in chances()) {
        losses_are_mended(&world(&chances).records)?;
    }

    #[test]
    fn nothing_is_touched_before_the_tests_and_nobody_exposed_before_the_smoke_tests(chances in chances()) {
        tests_come_first(&world(&chances).records)?;
    }

    #[test]
    fn traffic_moves_only_to_instances_that_are_there(chances in chances()) {
        nobody_waits_for_instances(&world(&chances).records)?;
    }

    #[test]
    fn a_rule_is_gone_by_only_with_the_word_of_somebody_who_says_why(chances in chances()) {
        words_come_first(&world(&chances).records)?;
    }

    #[test]
    fn every_release_ends_or_waits_for_something_named(chances in chances()) {
        let world = world(&chances);
        if world.state.outcome().is_none() {
            let waiting = world.state.waiting().expect("it waits for something");
            prop_assert!(!waiting.what.is_empty());
            let back = waiting.on == crate::release::waiting::On::Target;
            prop_assert!(back || waiting.until.is_some(), "{waiting:?}");
        }
    }

    #[test]
    fn a_candidate_that_was_not_promoted_is_gone(chances in chances()) {
        let world = world(&chances);
        let expected = match world.state.outcome() {
            Some(Outcome::Promoted) => world.state.promoted_shape(),
            Some(_) => world.state.stable_shape(),
            None => return Ok(()),
        };
        prop_assert_eq!(&world.state.shape, &expected);
    }

    #[test]
    fn the_same_journal_gives_the_same_decisions(chances in chances()) {
        let world = world(&chances);
        let replayed = replay(&world.records).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&replayed, &world.state);
    }

    #[test]
    fn a_stop_at_any_record_goes_on_from_there(chances in chances(), cut in 1usize..200) {
        let whole = world(&chances);
        let cut = cut.min(whole.records.len());
        let mut resumed = world_from(&chances, &whole.records[..cut]);
        if resumed.state.outcome().is_none() {
            resumed.now += 60_000;
            resumed.append(Event::EngineStarted { version: "2".to_owned() });
            resumed.run(3_000);
        }
        rises_are_earned(&resumed.records)?;
        replay(&resumed.records).map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
}

fn world_from(chances: &Chances, records: &[Record]) -> World {
    let Event::Planned { plan, .. } = &records[0].event else { panic!("no plan") };
    let mut world = World::new((**plan).clone(), script(chances));
    world.records = records.to_vec();
    world.state = fold(records).unwrap();
    world.now = world.state.at;
    world
}
