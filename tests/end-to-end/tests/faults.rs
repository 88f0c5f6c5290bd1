//! Faults: the engine killed at every record, every action done twice, every action failing once. The release comes
//! to the same end, the target to the same state, and no user loses a request.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use end_to_end::run::Run;
use end_to_end::stage::Release;

use crate::grounds::{Grounds, PROMOTED, ROLLED_BACK};
use crate::sweep::{Fault, sweep};

const SIGKILL: i32 = 9;

/// A release that comes to a known end.
#[derive(Debug, Clone, Copy)]
struct Course {
    name: &'static str,
    arguments: &'static [&'static str],
    code: i32,
}

const GOOD: Course = Course { name: "good", arguments: &[], code: PROMOTED };
const BAD: Course = Course { name: "bad", arguments: &["--error-percent", "50"], code: ROLLED_BACK };

impl Course {
    /// Each release on the same grounds brings another version.
    fn release(self, number: u64) -> Release {
        Release::of(&format!("{}-{number}", self.name)).with_arguments(self.arguments)
    }

    /// Whether the release came to its end, and the target with it. `before` is the version that was stable.
    async fn assert_ended(self, grounds: &Grounds, number: u64, ended: &Run, before: &str) {
        assert_eq!(ended.code, Some(self.code), "{} {number} ended otherwise: {}", self.name, ended.stderr);
        let version = self.release(number).version;
        let stable = if self.code == PROMOTED { version.as_str() } else { before };
        grounds.assert_serves_only(stable).await;
    }
}

fn stable(grounds: &Grounds) -> String {
    grounds.stage.target().unwrap()["stable"].as_str().unwrap().to_owned()
}

/// Kills the engine as soon as this record is durable, and resumes.
async fn killed_at(course: Course, grounds: &Grounds, record: u64) -> (Fault, Vec<String>) {
    let before = stable(grounds);
    let killed = grounds.release(&course.release(record), &format!("kill-after-record:{record}")).await;
    if killed.signal != Some(SIGKILL) {
        course.assert_ended(grounds, record, &killed, &before).await;
        let records = killed.records().len() as u64;
        assert!(records <= record, "the engine lived on after record {record} of {records}");
        return (Fault::TooLate, Vec::new());
    }
    let open = grounds.sluice("history", &["--limit", "1"]).await;
    let release = open.release().unwrap().to_owned();
    let left = grounds.journal(&release).await;
    assert_eq!(left.records().len() as u64, record + 1, "the journal does not end with record {record}");
    drop(grounds.seen_from_now().await);

    let resumed = grounds.sluice("resume", &[&release]).await;
    course.assert_ended(grounds, record, &resumed, &before).await;
    let whole = grounds.journal(&release).await;
    assert_eq!(whole.records()[..left.records().len()], left.records()[..], "what was journaled has changed");
    let last = left.records().last().unwrap()["event"]["type"].as_str().unwrap().to_owned();
    (Fault::Happened, vec![last])
}

/// Kills at each record; gives how many, and after which types of event.
async fn killed_at_every_record(course: Course) -> (u64, BTreeSet<String>) {
    let types = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = Arc::clone(&types);
    let killed = sweep(move |grounds, record| {
        let seen = Arc::clone(&seen);
        async move {
            let (fault, types) = killed_at(course, &grounds, record).await;
            seen.lock().unwrap().extend(types);
            fault
        }
    })
    .await;
    let types = types.lock().unwrap().clone();
    (killed, types)
}

/// Fails one action, and asserts that it was that one.
async fn failed_at(course: Course, grounds: &Grounds, action: u64) -> Fault {
    let before = stable(grounds);
    let ended = grounds.release(&course.release(action), &format!("fail-action:{action}")).await;
    course.assert_ended(grounds, action, &ended, &before).await;
    let failures = ended.events("shape-failed");
    let intents = ended.events("shape-intended");
    let Some(intent) = intents.get(action as usize) else {
        assert_eq!(failures.len(), 0, "something failed that was not asked to");
        return Fault::TooLate;
    };
    assert_eq!(failures.len(), 1, "not one action failed: {failures:?}");
    assert_eq!(failures[0]["generation"], intent["generation"], "another action failed");
    assert!(failures[0]["error"].as_str().unwrap().contains("asked for"), "{}", failures[0]);
    Fault::Happened
}

async fn failed_at_every_action(course: Course) -> u64 {
    sweep(move |grounds, action| async move { failed_at(course, &grounds, action).await }).await
}

async fn repeated(course: Course) {
    let grounds = Grounds::with_v1().await;
    let ended = grounds.release(&course.release(0), "repeat-actions").await;
    course.assert_ended(&grounds, 0, &ended, "v1").await;
    assert!(ended.events("shape-failed").is_empty());
}

fn has(types: &BTreeSet<String>, wanted: &[&str]) {
    for one in wanted {
        assert!(types.contains(*one), "the engine was never killed after `{one}`, only after {types:?}");
    }
}

const ALWAYS: [&str; 9] = [
    "planned",
    "engine-started",
    "strategy-answered",
    "shape-intended",
    "shape-accepted",
    "shape-applied",
    "observed",
    "judged",
    "decided",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_good_release_is_promoted_wherever_the_engine_is_killed() {
    let (killed, types) = killed_at_every_record(GOOD).await;
    assert!(killed > 20, "only {killed} records");
    has(&types, &ALWAYS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_release_is_rolled_back_wherever_the_engine_is_killed() {
    let (killed, types) = killed_at_every_record(BAD).await;
    assert!(killed > 10, "only {killed} records");
    has(&types, &ALWAYS);
    has(&types, &["rollback-answered"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_action_may_fail_once() {
    // The candidate's instance, three steps and the promotion; the instance, one step and the way back.
    assert_eq!(failed_at_every_action(GOOD).await, 5);
    assert_eq!(failed_at_every_action(BAD).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_action_may_happen_twice() {
    repeated(GOOD).await;
    repeated(BAD).await;
}
