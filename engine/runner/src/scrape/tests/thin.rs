//! Little traffic: windows that grow to what there is, and say how far they went.

use sluice_core::model::enough::{Enough, Extent};
use sluice_core::model::observation::{Observation, Quality, Query};

use super::observing::{ERRORS, Stage, told};

/// Five events at least, in 20 s or in as much as that.
fn growing(expr: &str, most_ms: u64) -> Query {
    let extent = Some(Extent { window_ms: 20_000, most_ms });
    let events = "sum(increase(gateway_requests_total{role=\"candidate\"}[$window]))".to_owned();
    let enough = Some(Enough { events, least: 5, extent });
    Query { enough, ..Query::instant("errors", expr.replace("1m", "$window")) }
}

/// One request in ten seconds, from the step's begin at 1 s on.
async fn trickle(stage: &Stage, rounds: u64) -> Observation {
    let mut last = None;
    for round in 0..=rounds {
        stage.serve(round, 0);
        last = Some(stage.observe(1000 + round * 10_000).await);
    }
    last.unwrap().observations["errors"][0].clone()
}

async fn asking(query: Query) -> Stage {
    let mut stage = Stage::new(&[]).await;
    stage.plan.checks[0].queries = vec![query];
    stage
}

#[tokio::test]
async fn the_window_grows_until_there_are_enough_events() {
    let stage = asking(growing(ERRORS, 600_000)).await;
    let answer = trickle(&stage, 9).await;
    assert_eq!((answer.quality, answer.scalar()), (Quality::Value, Some(0.0)), "{}", answer.reason);
    assert_eq!((answer.evidence.events, answer.evidence.window_ms), (Some(8), Some(80_000)));
    assert!(answer.expr.contains("[1m20s]") && !answer.expr.contains('$'), "{}", answer.expr);
}

#[tokio::test]
async fn no_window_reaches_to_before_the_step() {
    let stage = asking(growing(ERRORS, 600_000)).await;
    let answer = trickle(&stage, 3).await;
    assert_eq!(answer.quality, Quality::Insufficient);
    assert_eq!(answer.reason, "rests on 3 of 5 events in 30s: the step has not been for longer");
    assert_eq!(answer.evidence.window_ms, Some(30_000));
    assert_eq!(answer.scalar(), None, "what is insufficient is no value");
}

#[tokio::test]
async fn too_little_in_the_longest_window_is_insufficient() {
    let stage = asking(growing(ERRORS, 40_000)).await;
    let answer = trickle(&stage, 20).await;
    assert_eq!(answer.quality, Quality::Insufficient);
    assert_eq!(answer.reason, "rests on 4 of 5 events in 40s, the longest window");
    assert_eq!(answer.series[0].value, [0.0], "what there is can be looked at");
}

#[tokio::test]
async fn what_can_not_be_counted_is_insufficient_or_stale_and_never_enough() {
    let mut none = growing(ERRORS, 40_000);
    none.enough.as_mut().unwrap().events = "sum(increase(nothing_total[$window]))".to_owned();
    let stage = asking(none).await;
    let answer = trickle(&stage, 5).await;
    let why = "its events could not be counted in 40s, the longest window: no series match the query";
    assert_eq!((answer.quality, answer.reason.as_str()), (Quality::Insufficient, why));
    let stage = asking(growing("vector(1)", 40_000)).await;
    trickle(&stage, 5).await;
    stage.gateway.say("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    let set = stage.observe(61_000).await;
    assert!(told(&set).contains("errors Stale"), "{}", told(&set));
    assert!(told(&set).contains("its events could not be counted: `http"), "{}", told(&set));
}

#[tokio::test]
async fn a_plugin_may_ask_with_a_growing_window_too() {
    let stage = asking(Query::instant("none", "vector(1)")).await;
    trickle(&stage, 9).await;
    let further = sluice_further(&stage, &growing(ERRORS, 600_000));
    assert_eq!((further.quality, further.evidence.window_ms), (Quality::Value, Some(80_000)));
}

fn sluice_further(stage: &Stage, query: &Query) -> Observation {
    crate::ports::observer::Observer::further(&stage.observer).query(query).unwrap()
}
