//! Releases that nothing disturbs: how they end, what they tell, what users see.

use std::process::Stdio;

use end_to_end::run::Run;
use end_to_end::stage::Release;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::grounds::{Grounds, INVALID, PROMOTED, REFUSED, ROLLED_BACK, WAITING, reasons};

#[tokio::test(flavor = "multi_thread")]
async fn a_good_release_is_promoted_and_stays_served() {
    let grounds = Grounds::with_v1().await;
    let ended = grounds.release(&Release::of("v2").with_comment("for the winter"), "").await;
    assert_eq!(ended.code, Some(PROMOTED), "{}", ended.stderr);
    let seen = grounds.seen();
    assert!(seen.of_version("v1") > 0 && seen.of_version("v2") > 0, "{seen}");
    assert_eq!(seen.errors_of("v1") + seen.errors_of("v2"), 0, "{seen}");
    grounds.assert_serves_only("v2").await;

    let release = ended.release().unwrap();
    let journal = grounds.journal(release).await;
    assert_eq!(journal.records(), ended.records(), "what was printed is not what is in the journal");
    let history = grounds.sluice("history", &[]).await;
    assert_eq!(history.lines.len(), 2);
    assert_eq!(
        (&history.lines[0]["outcome"], &history.lines[0]["comment"]),
        (&"promoted".into(), &"for the winter".into())
    );
    let report = grounds.sluice("report", &[release]).await.stdout;
    for part in ["v1", "v2", "for the winter", "error-ratio", "promoted"] {
        assert!(report.contains(part), "no `{part}` in the report:\n{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_release_is_rolled_back_with_the_measured_values() {
    let grounds = Grounds::with_v1().await;
    let bad = Release::of("v3").with_arguments(&["--error-percent", "50"]);
    let ended = grounds.release(&bad, "").await;
    assert_eq!(ended.code, Some(ROLLED_BACK), "{}", ended.stderr);
    let seen = grounds.seen();
    assert!(seen.errors_of("v3") > 0 && seen.errors_of("v1") == 0, "{seen}");
    grounds.assert_serves_only("v1").await;

    let back = ended.events("decided").into_iter().find(|one| one["decision"]["kind"] == "roll-back");
    let why = reasons(back.unwrap());
    assert!(
        why.contains("error-ratio is 0.") && why.contains("above 0.1"),
        "the reasons tell no values: {why}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revision_that_never_gets_ready_is_never_served() {
    let grounds = Grounds::with_v1().await;
    let dead = Release::of("v4").with_arguments(&["--refuse-ready"]);
    let ended = grounds.release(&dead.with_settings(&["candidate.readiness.within=500ms"]), "").await;
    assert_eq!(ended.code, Some(ROLLED_BACK), "{}", ended.stderr);
    let seen = grounds.seen();
    assert_eq!(seen.of_version("v1"), seen.answered(), "{seen}");
    grounds.assert_serves_only("v1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_candidate_that_does_not_stay_up_is_rolled_back_and_the_reason_says_so() {
    let grounds = Grounds::with_v1().await;
    // Its answers are good, until there are none.
    let crashing = Release::of("v5").with_arguments(&["--crash-after-requests", "10"]);
    let ended = grounds.release(&crashing.with_settings(&["strategy.config.hold=100s"]), "").await;
    assert_eq!(ended.code, Some(ROLLED_BACK), "{}", ended.stderr);
    let back = ended.events("decided").into_iter().find(|one| one["decision"]["kind"] == "roll-back");
    let why = reasons(back.unwrap());
    for part in ["check instances failed", "restarts in this step, the limit is 2", "exited with status 70"] {
        assert!(why.contains(part), "no `{part}` in the reasons: {why}");
    }
    assert_eq!(grounds.stage.target().unwrap()["stable"], "v1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_shows_the_steps_to_come_and_refuses_what_can_not_be() {
    let grounds = Grounds::with_v1().await;
    let steps = "strategy.config.steps=[{weight: 20, pause: {message: look, group: sre}}, 100]";
    let plan = |settings: &[&str]| {
        let workflow = concat!(env!("CARGO_MANIFEST_DIR"), "/workflows/quick.yaml");
        let mut arguments = vec!["-f", workflow, "--set", "candidate.version=v2", "--set", steps];
        arguments.extend(settings.iter().flat_map(|setting| ["--set", setting]));
        arguments.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let refused = plan(&["approvers={srs: [anna]}"]);
    let refused = grounds.sluice("plan", &refused.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(refused.code, Some(INVALID));
    assert!(refused.stderr.contains("did you mean `srs`?"), "{}", refused.stderr);
    let shown = plan(&["approvers={sre: [anna]}"]);
    let shown = grounds.sluice("plan", &shown.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(shown.code, Some(PROMOTED), "{}", shown.stderr);
    let outline = &shown.lines[0]["outline"];
    assert_eq!(outline["end"], "promotion");
    let steps = outline["steps"].as_array().unwrap();
    let names: Vec<_> = steps.iter().map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["20 %", "100 %"]);
    assert_eq!(steps[0]["gate"]["approval"]["group"], "sre");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_release_does_nothing() {
    let grounds = Grounds::with_v1().await;
    let release = Release::of("v2").with_settings(&["policies=[policies/closed.yaml]"]);
    let ended = grounds.release(&release, "").await;
    assert_eq!(ended.code, Some(REFUSED), "{}", ended.stderr);
    assert_eq!(ended.events("shape-intended").len(), 0);
    grounds.assert_serves_only("v1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_document_leaves_no_trace() {
    let grounds = Grounds::with_v1().await;
    let release = Release::of("v2").with_settings(&["strategy.config.steps=[50, 20]"]);
    let ended = grounds.release(&release, "").await;
    assert_eq!(ended.code, Some(INVALID), "{}", ended.stderr);
    assert!(ended.stderr.contains("20"), "{}", ended.stderr);
    assert_eq!(grounds.sluice("history", &[]).await.lines.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_waits_for_approval_and_goes_on_with_it() {
    let grounds = Grounds::with_v1().await;
    let ended = waiting_for_approval(&grounds).await;
    let release = ended.release().unwrap();
    let refused = grounds.sluice("approve", &[release, "--who", "bob"]).await;
    assert_eq!(refused.code, Some(INVALID), "{}", refused.stderr);
    assert!(refused.stderr.contains("`bob` is not in the group `sre`"), "{}", refused.stderr);
    let approved = grounds.sluice("approve", &[release, "--who", "anna", "--comment", "looks well"]).await;
    assert_eq!(approved.code, Some(0), "{}", approved.stderr);
    let resumed = grounds.sluice("resume", &[release]).await;
    assert_eq!(resumed.code, Some(PROMOTED), "{}", resumed.stderr);
    let journal = grounds.journal(release).await;
    assert!(
        journal.events("signalled").iter().any(|one| one["who"] == "anna" && one["comment"] == "looks well")
    );
    grounds.assert_serves_only("v2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_abandoned_by_word_alone_and_another_can_begin() {
    let grounds = Grounds::with_v1().await;
    let ended = waiting_for_approval(&grounds).await;
    let release = ended.release().unwrap();
    let served = grounds.stage.target().unwrap();
    let abandoned =
        grounds.sluice("abort", &[release, "--abandon", "--comment", "its machine is gone"]).await;
    assert_eq!(abandoned.code, Some(0), "{}", abandoned.stderr);
    assert!(abandoned.stderr.contains("the target was left as it is"), "{}", abandoned.stderr);
    assert_eq!(grounds.stage.target().unwrap(), served);
    assert_eq!(grounds.sluice("history", &[]).await.lines[0]["outcome"], "abandoned");
    let next = grounds.release(&Release::of("v3"), "").await;
    assert_eq!(next.code, Some(PROMOTED), "{}", next.stderr);
    grounds.assert_serves_only("v3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stable_serves_alone_again_when_it_is_run_after_an_abandoned_release() {
    let grounds = Grounds::with_v1().await;
    let ended = waiting_for_approval(&grounds).await;
    assert_eq!(grounds.sluice("abort", &[ended.release().unwrap(), "--abandon"]).await.code, Some(0));
    let back = grounds.release(&Release::of("v1"), "").await;
    assert_eq!(back.code, Some(PROMOTED), "{}", back.stderr);
    assert_eq!(back.events("shape-intended").len(), 1);
    grounds.assert_serves_only("v1").await;

    let again = grounds.release(&Release::of("v1"), "").await;
    assert_eq!(again.lines.last().unwrap()["how"], "nothing-to-release", "{}", again.stderr);
    grounds.assert_serves_only("v1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stable_is_served_again_where_the_gateway_was_stopped() {
    let grounds = Grounds::with_v1().await;
    grounds.stage.stop_gateway().await.unwrap();
    let again = grounds.release(&Release::of("v1"), "").await;
    assert_eq!(again.code, Some(PROMOTED), "{}", again.stderr);
    assert_eq!(again.lines.last().unwrap()["how"], "nothing-to-release");
    let stopped = grounds.sluice("gateway", &["--stop", "--service", "shop"]).await;
    assert!(stopped.stdout.contains(r#""found":"ended""#), "it was not there: {}", stopped.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_release_is_taken_up_by_running_it_again() {
    let grounds = Grounds::with_v1().await;
    let slow = Release::of("v2").with_settings(&["strategy.config.hold=2s"]);
    let mut command = grounds.stage.run(&slow);
    command.args(["--output", "json", "--timeout", "1s"]);
    let left = Run::of(command).await.unwrap();
    assert_eq!(left.code, Some(WAITING), "{}", left.stderr);
    let release = left.release().unwrap();
    assert_eq!(grounds.sluice("pause", &[release]).await.code, Some(0));
    let again = grounds.release(&slow, "").await;
    assert_eq!((again.code, again.release()), (Some(PROMOTED), Some(release)), "{}", again.stderr);
    assert!(again.stderr.contains(&format!("taking up the open release `{release}`")), "{}", again.stderr);
    let signals: Vec<_> = again.events("signalled").iter().map(|one| one["signal"].clone()).collect();
    assert_eq!(signals, ["pause", "resume"]);
}

/// A release of v2 that waits for the approval of a group.
async fn waiting_for_approval(grounds: &Grounds) -> Run {
    let steps = "strategy.config.steps=[{weight: 20, pause: {message: look, group: sre}}, 100]";
    let release = Release::of("v2").with_settings(&[steps, "approvers={sre: [anna]}"]);
    let mut command = grounds.stage.run(&release);
    command.args(["--output", "json", "--exit-on-wait"]);
    let ended = Run::of(command).await.unwrap();
    assert_eq!(ended.code, Some(WAITING), "{}", ended.stderr);
    ended
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_pauses_and_the_release_can_be_resumed() {
    let grounds = Grounds::with_v1().await;
    let mut command = grounds.stage.run(&Release::of("v2").with_settings(&["strategy.config.hold=2s"]));
    let mut child = command.args(["--output", "json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut release = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        line["release"].as_str().unwrap_or_default().clone_into(&mut release);
        // The first shape only starts the instances.
        if line["event"]["type"] == "shape-applied" && line["event"]["generation"] == 2 {
            break;
        }
    }
    let pid = Pid::from_raw(child.id().unwrap().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    while lines.next_line().await.unwrap().is_some() {}
    assert_eq!(child.wait().await.unwrap().code(), Some(WAITING));
    // The candidate keeps the share that it has: nobody decided otherwise.
    let seen = grounds.seen_from_now().await;
    assert!(seen.of_version("v1") > 0 && seen.of_version("v2") > 0, "{seen}");
    let resumed = grounds.sluice("resume", &[&release]).await;
    assert_eq!(resumed.code, Some(PROMOTED), "{}", resumed.stderr);
    grounds.assert_serves_only("v2").await;
}
