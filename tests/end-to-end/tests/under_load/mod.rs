//! Every strategy on every target that can do it, with 200 users who keep their connections: a candidate that fails
//! goes back, a good one is promoted, and nobody notices but by the share that the step allows.

mod cases;
mod exposure;
mod killed;
mod scene;

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use end_to_end::proxy::Kind;
use end_to_end::run::Run;
use tokio::task::JoinSet;

use crate::grounds::{PROMOTED, ROLLED_BACK, reasons};
use cases::Case;
use exposure::{Share, Timeline, Users};
use scene::Scene;

const BAD: [&str; 2] = ["--error-percent", "50"];
/// Of a step's answers so many are counted at least, or its share shows nothing.
const COUNTED: u64 = 50;

async fn goes_back_and_is_promoted(case: Case) {
    let Some(mut scene) = Scene::with_v1(&case).await else { return };
    let bad = scene.run(2, &BAD).await;
    assert_eq!(bad.code, Some(ROLLED_BACK), "{}: {}", case.name, bad.stderr);
    let back = bad.events("decided").into_iter().find(|one| one["decision"]["kind"] == "roll-back").unwrap();
    let judge =
        if case.mirrors && case.proxy.is_none() { "check diff failed" } else { "check errors failed" };
    assert!(reasons(back).contains(judge), "{}: {}", case.name, reasons(back));
    let first = if case.mirrors || case.cohort { &[][..] } else { &case.weights[..1] };
    assert_exposure(&mut scene, &case, &bad, 2, first);
    scene.runs_only(1, 2).await;

    drop(scene.seen(""));
    let good = scene.run(3, &[]).await;
    assert_eq!(good.code, Some(PROMOTED), "{}: {}", case.name, good.stderr);
    assert_exposure(&mut scene, &case, &good, 3, &case.weights);
    scene.runs_only(3, 3).await;

    let mirrored = scene.end(3).await;
    let expected = |number| case.mirrors && number != 1;
    for (number, count) in mirrored {
        // Stable is asked again for some, where answers differ.
        let is_stable = number == 1 && case.mirrors;
        assert!(is_stable || (count > 0) == expected(number), "{}-v{number}: {count} mirrored", case.name);
    }
}

/// The candidate answered as often as each step let it, no user else had an error, and each of these weights was
/// in effect for long enough to tell.
fn assert_exposure(scene: &mut Scene, case: &Case, run: &Run, number: u32, weights: &[u16]) {
    let version = scene.version(number);
    let seen = scene.seen(&version);
    assert_eq!(seen.errors, seen.errors_of_candidate, "{}: users had errors of another version", case.name);
    let shares = Timeline::of(run, Users::Weighed).hold(&case.name, &seen.users, &version);
    assert_counted(&case.name, &shares, weights);
    if case.cohort {
        let shares = Timeline::of(run, Users::Cohort).hold(&case.name, &seen.cohort, &version);
        assert!(shares.get(&1000).is_some_and(|share| share.all > 0), "{}: no cohort: {shares:?}", case.name);
    }
}

fn assert_counted(name: &str, shares: &BTreeMap<u16, Share>, weights: &[u16]) {
    let exposed: Vec<u16> = shares.keys().copied().filter(|weight| *weight > 0).collect();
    assert_eq!(exposed, weights, "{name}: other steps than expected");
    let few = shares.iter().find(|(weight, share)| **weight > 0 && share.all < COUNTED);
    assert_eq!(few, None, "{name}: a step with too few answers to tell: {shares:?}");
}

/// Beside each other, as a release mostly waits.
async fn all(proxy: Option<Kind>) {
    let mut running = JoinSet::new();
    for case in cases::of(proxy) {
        running.spawn(goes_back_and_is_promoted(case));
    }
    finish(running).await;
}

/// Waits for all, and tells of each that failed.
async fn finish(mut running: JoinSet<()>) {
    let mut failed = Vec::new();
    while let Some(ended) = running.join_next().await {
        if let Err(panicked) = ended {
            let panicked = panicked.into_panic();
            let text = panicked.downcast_ref::<String>().cloned();
            failed.push(text.unwrap_or_else(|| "a panic without words".to_owned()));
        }
    }
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
}

/// Milliseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_millis().try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_strategy_keeps_its_shares_and_loses_nothing_on_the_gateway() {
    all(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_strategy_keeps_its_shares_and_loses_nothing_on_haproxy() {
    all(Some(Kind::Haproxy)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_strategy_keeps_its_shares_and_loses_nothing_on_envoy() {
    all(Some(Kind::Envoy)).await;
}
