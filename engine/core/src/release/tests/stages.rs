//! Stages around the steps, case by case: preparation, approvals, tests, smoke tests, the watch over full traffic.

use insta::assert_snapshot;

use super::graph::{acceptance, job};
use super::world::{Script, World, plan};
use crate::model::shape::{Role, Weight};
use crate::model::verdict::Verdict;
use crate::plan::*;
use crate::release::event::{Event, Purpose, Record, Signal};
use crate::release::prepared::Grade;
use crate::release::replay::replay;

/// A plan with a job in every stage.
pub fn staged() -> Plan {
    let mut plan = plan(&["errors"]);
    let by = Channel::Command { command: vec!["tell".to_owned()], directory: "/".to_owned() };
    let on = vec![Occasion::Started, Occasion::Waiting, Occasion::Ended];
    plan.stages = Stages {
        prepare: Prepare {
            notify: vec![Notifier { name: "team".to_owned(), by, on, required: false }],
            approvals: vec![acceptance("board", "", &[])],
            metrics: true,
            ..Prepare::default()
        },
        test: Jobs { parallel: 2, jobs: vec![job("unit", &[]), job("lint", &[]), job("e2e", &["unit"])] },
        smoke: Smoke { preview: vec![job("try", &[])], promoted: vec![job("look", &[])] },
        monitor: Some(Monitor { for_ms: 3_000, keep: 1, checks: vec!["errors".to_owned()] }),
        ..Stages::default()
    };
    plan
}

/// What is told of a release, stages included.
fn told(world: &World) -> String {
    let line = |record: &Record| match &record.event {
        Event::Decided { decision } => {
            let reasons: Vec<String> = decision.reasons.iter().map(ToString::to_string).collect();
            Some(format!("{} {}: {}", decision.kind, decision.about, reasons.join(", ")))
        }
        Event::Prepared { findings } => Some(format!("  looked at {}", findings.len())),
        Event::Notified { occasion, text, .. } => Some(format!("  told {occasion:?} {text}")),
        Event::JobStarted { stage, job, attempt } => Some(format!("  {stage}: {job} begins ({attempt})")),
        Event::JobEnded { stage, job, result, .. } => Some(format!("  {stage}: {job} {}", result.how)),
        Event::ShapeApplied { .. } => Some("  applied".to_owned()),
        Event::ShapeIntended { shape, .. } => Some(format!("  {shape}")),
        Event::Ended { outcome, .. } => Some(format!("ended {outcome}")),
        _ => None,
    };
    world.records.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

/// Somebody approves as soon as they are waited for.
fn approving() -> Script {
    Script {
        signal: Box::new(|turn| (turn == 3).then(|| Signal::Accept { job: "board".to_owned() })),
        ..Script::default()
    }
}

#[test]
fn a_release_goes_through_all_its_stages() {
    let mut world = World::new(staged(), approving());
    world.run(1_000);
    assert_snapshot!(told(&world), @r"
    proceed admission: policy: 1 rule asked, and it does not refuse
      told Started 
      looked at 1
    proceed preparation: engine: 1 looked at, nothing in the way
      approvals: board begins (1)
      told Waiting board by anybody: please look
      test: unit begins (1)
      test: lint begins (1)
      test: unit exited with status 0
      test: e2e begins (1)
      test: lint exited with status 0
      test: e2e exited with status 0
    proceed test: operator anna: accepted board, job e2e: exited with status 0, job lint: exited with status 0, job unit: exited with status 0
    proceed 50: policy: 1 rule asked, and it does not refuse
      stable 100 % on 2, candidate 0 % on 2
      applied
      smoke preview: try begins (1)
      smoke preview: try exited with status 0
    proceed 50: policy: 1 rule asked, and it does not refuse
      stable 95 % on 2, candidate 5 % on 2
      applied
    proceed 50: check errors: pass: as scripted, gate: 2.0 s observed, 1000 events
    proceed 250: check errors: pass: as scripted, policy: 1 rule asked, and it does not refuse
      stable 75 % on 2, candidate 25 % on 2
      applied
    proceed 250: check errors: pass: as scripted, gate: 2.0 s observed, 1000 events
    proceed 500: check errors: pass: as scripted, policy: 1 rule asked, and it does not refuse
      stable 50 % on 2, candidate 50 % on 2
      applied
    proceed 500: check errors: pass: as scripted, gate: 2.0 s observed, 1000 events
    proceed 1000: check errors: pass: as scripted, policy: 1 rule asked, and it does not refuse
      stable 0 % on 2, candidate 100 % on 2
      applied
    proceed 1000: check errors: pass: as scripted, gate: 2.0 s observed, 1000 events
    proceed monitor: check errors: pass: as scripted, policy: 1 rule asked, and it does not refuse
      candidate 100 % on 2, stable 0 % on 1
      applied
      smoke promoted: look begins (1)
      smoke promoted: look exited with status 0
    proceed monitor: check errors: pass: as scripted, gate: 3.0 s observed, 1000 events, job look: exited with status 0
    proceed promotion: check errors: pass: as scripted, policy: 1 rule asked, and it does not refuse
      candidate 100 % on 2
      applied
      told Ended promoted: every gate closed
    ended promoted
    ");
    replay(&world.records).unwrap();
}

#[test]
fn nothing_is_done_where_the_preparation_finds_something_bad() {
    let mut world = World::new(staged(), Script { found: Box::new(|_| Grade::Bad), ..Script::default() });
    world.run(1_000);
    assert_snapshot!(told(&world), @r"
    proceed admission: policy: 1 rule asked, and it does not refuse
      told Started 
      looked at 1
    abort preparation: tool make: as scripted
      told Ended refused: tool make: as scripted
    ended refused
    ");
}

#[test]
fn who_must_know_and_can_not_be_told_stands_in_the_way() {
    let mut staged = staged();
    staged.stages.prepare.notify[0].required = true;
    let mut world = World::new(staged, Script::default());
    while !matches!(world.records.last().unwrap().event, Event::Prepared { .. }) {
        let effects = crate::release::next::next(&world.state, world.now);
        let look = effects.contains(&crate::release::effect::Effect::Prepare);
        if look {
            world.append(Event::Prepared { findings: Vec::new() });
        } else {
            for effect in effects {
                world.act(effect);
            }
        }
    }
    let told =
        vec![crate::release::prepared::Told { name: "team".to_owned(), error: "nobody listens".to_owned() }];
    world.append(Event::Notified { occasion: Occasion::Started, text: String::new(), told });
    world.run(100);
    assert_snapshot!(super::stages::told(&world), @r"
    proceed admission: policy: 1 rule asked, and it does not refuse
      looked at 0
      told Started 
    abort preparation: notifier team: nobody listens
      told Ended refused: notifier team: nobody listens
    ended refused
    ");
}

#[test]
fn a_failed_test_ends_a_release_that_touched_nothing() {
    let mut staged = staged();
    staged.stages.test.jobs[2].retries = 1;
    let job = |_, one: &crate::release::jobs::Try| Some(one.job.name != "e2e");
    let mut world = World::new(staged, Script { job: Box::new(job), ..approving() });
    world.run(1_000);
    assert_snapshot!(told(&world), @r"
    proceed admission: policy: 1 rule asked, and it does not refuse
      told Started 
      looked at 1
    proceed preparation: engine: 1 looked at, nothing in the way
      approvals: board begins (1)
      told Waiting board by anybody: please look
      test: unit begins (1)
      test: lint begins (1)
      test: unit exited with status 0
      test: e2e begins (1)
      test: lint exited with status 0
      test: e2e exited with status 1
      test: e2e begins (2)
      test: e2e exited with status 1
    abort test: job e2e: exited with status 1 in try 2, the last
      told Ended refused: job e2e: exited with status 1 in try 2, the last
    ended refused
    ");
    assert_eq!(world.state.generation, 0);
}

#[test]
fn a_test_that_never_ends_and_an_approval_that_never_comes_end_the_release() {
    let mut world = World::new(staged(), Script { job: Box::new(|_, _| None), ..approving() });
    world.run(3_000);
    assert_snapshot!(told(&world).lines().rev().take(3).collect::<Vec<_>>().join("\n"), @r"
    ended refused
      told Ended refused: job unit: it did not end; and 1 more
    abort test: job unit: it did not end, job lint: it did not end
    ");
    let mut world = World::new(staged(), Script::default());
    world.run(3_000);
    assert_snapshot!(told(&world).lines().rev().take(3).collect::<Vec<_>>().join("\n"), @r"
    ended refused
      told Ended refused: job board: nobody accepted it in time
    abort test: job board: nobody accepted it in time
    ");
}

#[test]
fn a_failed_smoke_test_rolls_back_before_anybody_is_exposed() {
    let job = |_, one: &crate::release::jobs::Try| Some(one.job.name != "try");
    let mut world = World::new(staged(), Script { job: Box::new(job), ..approving() });
    world.run(1_000);
    assert_snapshot!(told(&world).lines().skip(13).collect::<Vec<_>>().join("\n"), @r"
    proceed 50: policy: 1 rule asked, and it does not refuse
      stable 100 % on 2, candidate 0 % on 2
      applied
      smoke preview: try begins (1)
      smoke preview: try exited with status 1
    roll back smoke test: smoke test try: exited with status 1
      stable 100 % on 2
      applied
      told Ended rolled back: smoke test try: exited with status 1
    ended rolled back
    ");
    let exposed = world.records.iter().any(|record| {
        matches!(&record.event, Event::ShapeIntended { shape, .. } if shape.weight(Role::Candidate) > Weight::NONE)
    });
    assert!(!exposed);
}

#[test]
fn a_failed_smoke_test_at_full_traffic_rolls_back() {
    let job = |_, one: &crate::release::jobs::Try| Some(one.job.name != "look");
    let mut world = World::new(staged(), Script { job: Box::new(job), ..approving() });
    world.run(1_000);
    assert_snapshot!(told(&world).lines().rev().take(6).collect::<Vec<_>>().join("\n"), @r"
    ended rolled back
      told Ended rolled back: smoke test look: exited with status 1
      applied
      stable 100 % on 2
    roll back smoke test: smoke test look: exited with status 1
      smoke promoted: look exited with status 1
    ");
}

#[test]
fn a_late_regression_goes_back_to_what_was_kept() {
    let mut plan = staged();
    plan.stages.smoke = Smoke::default();
    let mut world = World::new(plan, approving());
    while !world.state.after || world.state.phase != crate::release::state::Phase::Gated {
        world.run(1);
    }
    world.script.verdict = Box::new(|_| Verdict::Fail);
    world.run(1_000);
    assert_snapshot!(told(&world).lines().rev().take(6).collect::<Vec<_>>().join("\n"), @r"
    ended rolled back
      told Ended rolled back: rollback: a check failed
      applied
      stable 100 % on 2
    roll back monitor: rollback: a check failed, check errors: fail: as scripted
      applied
    ");
}

#[test]
fn a_first_deployment_is_tried_at_full_traffic() {
    let mut plan = staged();
    (plan.kind, plan.stable) = (Kind::First, None);
    let mut world = World::new(plan, approving());
    world.run(1_000);
    assert_snapshot!(told(&world).lines().skip(12).collect::<Vec<_>>().join("\n"), @r"
    proceed test: operator anna: accepted board, job e2e: exited with status 0, job lint: exited with status 0, job unit: exited with status 0
    proceed first deployment: policy: 1 rule asked, and it does not refuse
      candidate 100 % on 2
      applied
    proceed first deployment: check errors: pass: as scripted, gate: 1.0 s observed, 1000 events
    proceed monitor: check errors: pass: as scripted, policy: 1 rule asked, and it does not refuse
      candidate 100 % on 2
      applied
      smoke preview: try begins (1)
      smoke preview: try exited with status 0
      smoke promoted: look begins (1)
      smoke promoted: look exited with status 0
    proceed monitor: check errors: pass: as scripted, gate: 3.0 s observed, 1000 events, job look: exited with status 0
    proceed promotion: check errors: pass: as scripted, policy: 1 rule asked, and it does not refuse
      candidate 100 % on 2
      applied
      told Ended promoted: every gate closed
    ended promoted
    ");
}

#[test]
fn a_shape_that_exposes_before_the_smoke_tests_is_illegal() {
    let mut world = World::new(
        staged(),
        Script { job: Box::new(|_, one| (one.stage == Stage::Test).then_some(true)), ..approving() },
    );
    while world.state.generation == 0 || world.state.stage() != Some(Stage::Preview) {
        world.run(1);
    }
    let shape = super::world::split(50);
    let generation = world.state.generation + 1;
    let event = Event::ShapeIntended { generation, key: "k".to_owned(), shape, purpose: Purpose::Step };
    let record = Record { seq: world.state.records, at: world.now, event };
    let illegal = world.state.clone().apply(&record).unwrap_err();
    assert_eq!(illegal.why, "the smoke tests before exposure have not passed");
}

#[test]
fn a_word_about_all_steps_skips_no_watch() {
    let signal = |turn| match turn {
        3 => Some(Signal::Accept { job: "board".to_owned() }),
        4 => Some(Signal::PromoteFull),
        _ => None,
    };
    let mut world = World::new(staged(), Script { signal: Box::new(signal), ..approving() });
    world.run(1_000);
    let told = told(&world);
    let closed = |about: &str| {
        let gate = told
            .lines()
            .filter(|line| line.starts_with(&format!("proceed {about}:")) && line.contains("gate:"));
        gate.map(|line| line.split("gate: ").nth(1).unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_snapshot!(closed("250"), @"0.0 s observed, 1000 events, operator anna: promote without waiting");
    assert_snapshot!(closed("monitor"), @"3.0 s observed, 1000 events, job look: exited with status 0");
}
