//! Stages around the steps in the loop: jobs beside it, crashes in their middle, and nothing left running.

use std::time::Duration;

use insta::assert_snapshot;
use sluice_core::plan::*;
use sluice_core::release::decision::Outcome;
use sluice_core::release::event::{Event, Record, Signal};
use sluice_core::release::state::State;
use sluice_core::release::waiting::On;

use super::desk::{Desk, OnRecord};
use super::plan::{RELEASE, plan};
use super::plugins::Script;
use super::target::Manners;
use super::workshop::Aside;
use crate::engine::{EngineError, Left, Until};
use crate::journal::JournalStore;
use crate::journal::faulty::Fault;

fn job(name: &str, needs: &[&str]) -> Job {
    let work = Work::Command(Command {
        command: vec!["true".to_owned()],
        env: Default::default(),
        directory: "/".to_owned(),
        artefacts: Vec::new(),
        junit: Vec::new(),
    });
    let needs = needs.iter().map(|need| (*need).to_owned()).collect();
    Job { name: name.to_owned(), kind: "unit".to_owned(), needs, work, timeout_ms: 5_000, retries: 1 }
}

fn staged() -> Plan {
    let mut plan = plan();
    let accept = Work::Accept { group: String::new(), message: "please try it".to_owned() };
    let uat = Job { work: accept, timeout_ms: 60_000, ..job("uat", &["unit"]) };
    let by = Channel::Command { command: vec!["tell".to_owned()], directory: "/".to_owned() };
    let on = vec![Occasion::Started, Occasion::Waiting, Occasion::Ended];
    plan.stages = Stages {
        prepare: Prepare {
            notify: vec![Notifier { name: "team".to_owned(), by, on, required: false }],
            metrics: true,
            ..Prepare::default()
        },
        test: Jobs { parallel: 2, jobs: vec![job("unit", &[]), job("lint", &[]), uat] },
        smoke: Smoke { preview: vec![job("try", &[])], promoted: vec![job("look", &[])] },
        monitor: Some(Monitor { for_ms: 2_000, keep: 1, checks: Vec::new() }),
        ..Stages::default()
    };
    plan
}

/// Somebody who accepts as soon as that is waited for.
fn accepting(desk: &Desk) -> OnRecord<impl FnMut(&Record, &State) + Send> {
    OnRecord(|record: &Record, _: &State| {
        if matches!(&record.event, Event::JobStarted { job, .. } if job == "uat") {
            desk.say(Signal::Accept { job: "uat".to_owned() });
        }
    })
}

async fn run(desk: &Desk) -> Left {
    desk.run_until(Until::default(), &mut accepting(desk)).await
}

fn outcome(left: &Left) -> Outcome {
    match left {
        Left::Ended { outcome, .. } => *outcome,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_release_with_all_its_stages_is_promoted() {
    let aside = Aside { flaky: vec!["unit"], untold: true, ..Aside::default() };
    let desk = Desk::beside(&staged(), Script::good(), aside);
    assert_eq!(outcome(&run(&desk).await), Outcome::Promoted);
    assert_snapshot!(desk.workshop.log().join("\n"), @r"
    clear
    unit 1
    lint 1
    unit 2
    try 1
    look 1
    ");
    assert_snapshot!(desk.workshop.told.lock().unwrap().join("\n"), @r"
    Started: 
    Waiting: uat by anybody: please try it
    Ended: promoted: every gate closed
    ");
    assert_snapshot!(desk.workshop.addresses.lock().unwrap().join("\n"), @r"
    SLUICE_URL=http://127.0.0.1:8080
    SLUICE_PREVIEW_URL=http://127.0.0.1:8081
    SLUICE_URL=http://127.0.0.1:8080
    SLUICE_PREVIEW_URL=http://127.0.0.1:8081
    ");
    assert_snapshot!(desk.told(), @r#"
    proceed admission: policy
    proceed preparation: engine
    lea says Accept { job: "uat" }: so be it
    proceed test: job lint, operator lea, job unit
    proceed 50: policy
      Grow: stable 100 % on 2, candidate 0 % on 2
    proceed 50: policy
      Step: stable 95 % on 2, candidate 5 % on 2
    proceed 50: check errors, check latency, gate
    proceed 500: check errors, check latency, policy
      Step: stable 50 % on 2, candidate 50 % on 2
    proceed 500: check errors, check latency, gate
    proceed 1000: check errors, check latency, policy
      Step: stable 0 % on 2, candidate 100 % on 2
    proceed 1000: check errors, check latency, gate
    proceed monitor: check errors, check latency, policy
      Step: candidate 100 % on 2, stable 0 % on 1
    proceed monitor: check errors, check latency, gate, job look
    proceed promotion: check errors, check latency, policy
      Promote: candidate 100 % on 2
    ended promoted: every gate closed
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_ends_beside_one_that_is_tried_again_is_not_run_twice() {
    let desk = Desk::beside(&staged(), Script::good(), Aside { flaky: vec!["lint"], ..Aside::default() });
    assert_eq!(outcome(&run(&desk).await), Outcome::Promoted);
    let ended = desk.records().into_iter().filter_map(|record| match record.event {
        Event::JobEnded { stage: Stage::Test, attempt: 1, .. } => Some(record.at),
        _ => None,
    });
    let ended: Vec<u64> = ended.collect();
    assert_eq!(ended.len(), 2);
    assert_eq!(ended[0], ended[1], "both end in one turn, or this shows nothing");
    assert_snapshot!(desk.workshop.log().join("\n"), @r"
    clear
    unit 1
    lint 1
    lint 2
    try 1
    look 1
    ");
}

#[tokio::test(start_paused = true)]
async fn a_failed_test_leaves_the_target_alone_and_nothing_running() {
    let aside = Aside { failing: vec!["lint"], ..Aside::default() };
    let mut plan = staged();
    plan.stages.test.jobs[1].retries = 0;
    plan.stages.test.jobs[0].needs = Vec::new();
    let desk = Desk::beside(&plan, Script::good(), aside);
    let left = run(&desk).await;
    assert_snapshot!(format!("{left:?}"), @r#"Ended { outcome: Refused, reason: "job lint: exited with status 1" }"#);
    assert!(desk.target.applied().is_empty());
    assert_eq!(desk.workshop.running(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_bad_finding_ends_the_release_before_any_job() {
    let desk = Desk::beside(&staged(), Script::good(), Aside { bad: true, ..Aside::default() });
    assert_eq!(outcome(&run(&desk).await), Outcome::Refused);
    assert_eq!(desk.workshop.log(), [""; 0]);
    assert!(desk.target.applied().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_abort_ends_the_jobs_that_run() {
    let desk = Desk::beside(&staged(), Script::good(), Aside::default());
    let mut listener = OnRecord(|record: &Record, _: &State| {
        if matches!(&record.event, Event::JobStarted { job, .. } if job == "lint") {
            desk.say(Signal::Abort);
        }
    });
    let left = desk.run_until(Until::default(), &mut listener).await;
    assert_eq!(outcome(&left), Outcome::Aborted);
    assert_eq!(desk.workshop.running(), 0);
    assert_eq!(desk.workshop.log(), ["clear", "unit 1", "lint 1", "end lint", "end unit"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_while_a_person_is_waited_for_can_come_back() {
    let desk = Desk::beside(&staged(), Script::good(), Aside::default());
    let person = Until { person: true, at_ms: None };
    let left = desk.run_until(person, &mut ()).await;
    let Left::Waiting(waiting) = left else { panic!("{left:?}") };
    assert_eq!((waiting.on, waiting.what.as_str()), (On::Person, "uat by anybody: please try it"));
    let told = desk.workshop.told.lock().unwrap().clone();
    assert_eq!(told, ["Started: ", "Waiting: uat by anybody: please try it"]);
    // Without a name, it is the one that is waited for.
    desk.say(Signal::Approve);
    assert_eq!(outcome(&desk.run_until(person, &mut ()).await), Outcome::Promoted);
}

#[tokio::test(start_paused = true)]
async fn whoever_interrupts_leaves_no_job_behind_and_it_is_run_again() {
    let desk = Desk::beside(&staged(), Script::good(), Aside::default());
    let (sender, interrupt) = tokio::sync::watch::channel(crate::engine::Interrupt::None);
    let mut listener = OnRecord(|record: &Record, _: &State| {
        if matches!(&record.event, Event::JobStarted { job, .. } if job == "lint") {
            sender.send_replace(crate::engine::Interrupt::Pause);
        }
    });
    let mut engine = desk.open("").unwrap();
    let left = engine.run(Until::default(), interrupt, &mut listener).await.unwrap();
    drop(engine);
    assert!(matches!(left, Left::Waiting(_)), "{left:?}");
    assert_eq!(desk.workshop.running(), 0);
    desk.say(Signal::Resume);
    assert_eq!(outcome(&run(&desk).await), Outcome::Promoted);
    assert!(desk.workshop.log().iter().filter(|line| *line == "unit 1").count() >= 1);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_was_under_way_in_a_crash_is_run_again_and_the_release_has_the_same_end() {
    let whole = Desk::beside(&staged(), Script::good(), Aside::default());
    assert_eq!(outcome(&run(&whole).await), Outcome::Promoted);
    let writes = whole.store.writes();
    for failing in 2..=writes {
        let fault = (failing, Fault::WrittenUnanswered);
        let desk = Desk::all(&staged(), Script::good(), Manners::default(), fault, Aside::default());
        let (_sender, interrupt) = tokio::sync::watch::channel(crate::engine::Interrupt::None);
        let crashed = desk.open("").unwrap().run(Until::default(), interrupt, &mut accepting(&desk)).await;
        assert!(matches!(crashed, Err(EngineError::Journal(_))), "write {failing}: {crashed:?}");
        desk.target.reopen();
        tokio::time::advance(Duration::from_secs(1)).await;
        // Who is waited for was told, or is told again.
        let open = desk.store.read(RELEASE).unwrap();
        let accepted = |record: &Record| matches!(&record.event, Event::Signalled { .. });
        let begun = |record: &Record| matches!(&record.event, Event::JobStarted { job, .. } if job == "uat");
        if open.iter().any(begun) && !open.iter().any(accepted) {
            desk.say(Signal::Accept { job: "uat".to_owned() });
        }
        assert_eq!(outcome(&run(&desk).await), Outcome::Promoted, "write {failing}");
        assert_eq!(desk.workshop.running(), 0);
        desk.records();
    }
}
