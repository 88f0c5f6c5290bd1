//! Releases with little traffic: the window of a check grows to what there is, and what is too little even then holds.

use end_to_end::stage::Release;
use serde_json::{Value, json};

use crate::grounds::{Grounds, PROMOTED, ROLLED_BACK, reasons};

/// A check that wants so many events, in a second or in as much as the longest window.
fn settings(min_events: u64, max_window: &str) -> Vec<String> {
    let counted = |class: &str| {
        format!("sum(increase(sluice_gateway_requests_total{{role=\"candidate\"{class}}}[$window]))")
    };
    let (all, failed) = (counted(""), counted(",class=\"5xx\""));
    let query = json!({
        "name": "error-ratio", "expr": format!("{failed} / {all}"), "max": 0.1,
        "events": all, "min-events": min_events, "window": "1s", "max-window": max_window,
    });
    let checks = json!([{ "name": "errors", "plugin": "threshold", "config": { "queries": [query] } }]);
    vec![format!("checks={checks}"), "strategy.config.steps=[20, 100]".to_owned()]
}

fn release(version: &str, settings: &[String]) -> Release {
    Release::of(version).with_settings(&settings.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The answers that the check got, in their order.
fn answers(run: &end_to_end::run::Run) -> Vec<Value> {
    let sets = run.events("observed").into_iter();
    sets.filter_map(|one| one.pointer("/set/observations/errors/0").cloned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_grows_until_there_is_enough_in_it() {
    let grounds = Grounds::with_v1().await;
    let ended = grounds.release(&release("v2", &settings(50, "1m")), "").await;
    assert_eq!(ended.code, Some(PROMOTED), "{}", ended.stderr);
    let answers = answers(&ended);
    let grown =
        |one: &&Value| one["quality"] == "value" && one["evidence"]["window_ms"].as_u64() > Some(1000);
    let grown = answers.iter().find(grown).expect("an answer over a longer window");
    assert!(grown["evidence"]["events"].as_u64() >= Some(50), "{grown}");
    assert!(!grown["expr"].as_str().unwrap().contains("$window"), "{grown}");
    let told = |one: &&Value| {
        let judgement = &one["judgement"];
        let why = judgement["reason"].as_str().unwrap_or_default();
        judgement["verdict"] == "pass" && why.contains(" events over ")
    };
    let judged = ended.events("judged");
    assert!(judged.iter().any(told), "no reason tells the window: {judged:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_little_in_the_longest_window_holds_the_step() {
    let grounds = Grounds::with_v1().await;
    let mut settings = settings(1_000_000, "2s");
    settings.push("strategy.config.deadline=4s".to_owned());
    let ended = grounds.release(&release("v2", &settings), "").await;
    assert_eq!(ended.code, Some(ROLLED_BACK), "{}", ended.stderr);
    let answers = answers(&ended);
    assert!(answers.iter().all(|one| one["quality"] != "value"), "{answers:?}");
    let last = answers.last().unwrap();
    assert_eq!(last["quality"], "insufficient", "{last}");
    assert!(
        last["reason"].as_str().unwrap().contains("of 1000000 events in 2s, the longest window"),
        "{last}"
    );
    let back = ended.events("decided").into_iter().find(|one| one["decision"]["kind"] == "roll-back");
    assert!(reasons(back.unwrap()).contains("did not close in time"), "{back:?}");
    grounds.assert_serves_only("v1").await;
}
