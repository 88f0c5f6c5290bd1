//! Rehearsals on real processes: the candidate comes up beside stable and goes again, and no user reaches it.

use end_to_end::run::Run;
use end_to_end::stage::Release;
use serde_json::Value;

use crate::grounds::{Grounds, PROMOTED, ROLLED_BACK};

const BROKEN: i32 = 1;
const SIGKILL: i32 = 9;

fn line<'a>(run: &'a Run, kind: &str) -> &'a Value {
    let found = run.lines.iter().find(|line| line["type"] == kind);
    found.unwrap_or_else(|| panic!("no line `{kind}`:\n{}\n{}", run.stdout, run.stderr))
}

/// Whether users saw v1 alone since the last look, and it is all that is left.
async fn assert_nobody_was_exposed(grounds: &Grounds) {
    let seen = grounds.seen();
    assert_eq!(seen.of_version("v1"), seen.answered(), "somebody was exposed: {seen}");
    grounds.assert_serves_only("v1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_brings_the_candidate_up_and_takes_it_back_without_anybody_exposed() {
    let grounds = Grounds::with_v1().await;
    drop(grounds.seen());
    let ended = grounds.rehearse(&Release::of("v2"), "").await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_nobody_was_exposed(&grounds).await;

    let told = line(&ended, "rehearsal");
    assert_eq!((&told["outcome"], &told["stable-as-before"]), (&"rehearsed".into(), &true.into()), "{told}");
    assert!(told["up-ms"].is_u64() && told["back-ms"].is_u64(), "{told}");
    let purposes: Vec<&Value> = ended.events("shape-intended").iter().map(|one| &one["purpose"]).collect();
    assert_eq!(purposes, ["grow", "restore"]);
    let history = grounds.sluice("history", &["--outcome", "rehearsed"]).await;
    assert_eq!((history.lines.len(), &history.lines[0]["rehearsal"]), (1, &true.into()));
    // What was rehearsed can be released, and the two be set beside one another.
    let released = grounds.release(&Release::of("v2"), "").await;
    assert_eq!(released.code, Some(PROMOTED), "{}", released.stderr);
    let two = [ended.release().unwrap(), released.release().unwrap()];
    let compared = grounds.sluice("compare", &two).await;
    let differs = line(&compared, "comparison")["comparison"]["plan"].clone();
    assert!(differs.to_string().contains("stages.rehearsal"), "{differs}");
    let picture = grounds.sluice("report", &[two[1], "--format", "svg"]).await.stdout;
    assert!(picture.starts_with("<svg") && picture.contains(">promoted</text>"), "{picture}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_candidate_that_does_not_come_up_fails_its_rehearsal_and_is_taken_back() {
    let grounds = Grounds::with_v1().await;
    drop(grounds.seen());
    let dead = Release::of("v2").with_arguments(&["--refuse-ready"]);
    let ended = grounds.rehearse(&dead.with_settings(&["candidate.readiness.within=500ms"]), "").await;
    assert_eq!(ended.code, Some(ROLLED_BACK), "{}", ended.stderr);
    assert_eq!(line(&ended, "rehearsal")["stable-as-before"], true);
    assert_nobody_was_exposed(&grounds).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_rehearsal_is_brought_to_its_end_by_whoever_comes_next() {
    let grounds = Grounds::with_v1().await;
    drop(grounds.seen());
    let first = grounds.rehearse(&Release::of("v2"), "").await;
    let applied = |record: &&Value| record["event"]["type"] == "shape-applied";
    let up = first.records().into_iter().find(applied).unwrap()["seq"].as_u64().unwrap();
    for next in ["resume", "run"] {
        let killed = grounds.rehearse(&Release::of("v3"), &format!("kill-after-record:{up}")).await;
        assert_eq!(killed.signal, Some(SIGKILL), "{}", killed.stderr);
        let ended = match next {
            "run" => grounds.release(&Release::of("v4"), "").await,
            _ => grounds.sluice(next, &[]).await,
        };
        assert_eq!(ended.code, Some(0), "{next}: {}", ended.stderr);
        if next == "resume" {
            assert_nobody_was_exposed(&grounds).await;
        }
    }
    grounds.assert_serves_only("v4").await;
    let rehearsed = grounds.sluice("history", &["--outcome", "rehearsed"]).await;
    assert_eq!(rehearsed.lines.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_release_is_open_nothing_is_rehearsed() {
    let grounds = Grounds::with_v1().await;
    let killed = grounds.release(&Release::of("v2"), "kill-after-record:3").await;
    assert_eq!(killed.signal, Some(SIGKILL), "{}", killed.stderr);
    let refused = grounds.rehearse(&Release::of("v3"), "").await;
    assert_eq!(refused.code, Some(BROKEN), "{}", refused.stderr);
    assert!(refused.stderr.contains("is still open"), "{}", refused.stderr);
    assert_eq!(grounds.sluice("history", &["--version", "v3"]).await.lines.len(), 0);
}
