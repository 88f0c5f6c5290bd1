//! Who gets which revision.

use http::header::SET_COOKIE;
use sluice_core::model::shape::{Matcher, Role, Route};
use sluice_runner::ports::target::Desired;
use sluice_targets::gateway::{GatewayOptions, Sticky};

use crate::bed::{Bed, desired};

fn at(generation: u64, candidate: u16) -> Desired {
    let stable = ("v1", Role::Stable, 1, 1000 - candidate);
    desired(generation, "v1", &[stable, ("v2", Role::Candidate, 1, candidate)])
}

#[tokio::test]
async fn weights_are_exact_and_change_at_once() {
    let bed = Bed::serving_v1(1).await;
    let mut client = bed.client().await;
    for (generation, candidate) in [(2, 0), (3, 5), (4, 50), (5, 333), (6, 50), (7, 1000)] {
        bed.settle(&at(generation, candidate)).await;
        assert_eq!(client.answered_by("v2", 1000).await, usize::from(candidate), "at {candidate}");
    }
    let counted = r#"sluice_gateway_requests_total{revision="v2",role="candidate",code="200",class="2xx"}"#;
    assert_eq!(bed.metric(counted).await, f64::from(5 + 50 + 333 + 50 + 1000));
}

#[tokio::test]
async fn routes_reach_the_candidate_whatever_the_weights() {
    let bed = Bed::serving_v1(1).await;
    let mut with_routes = at(2, 0);
    let header = Matcher::Header { name: "X-Beta".into(), value: "yes".into() };
    let cookie = Matcher::Cookie { name: "beta".into(), value: "1".into() };
    let route = |matcher| Route { name: "beta".into(), matcher, role: Role::Candidate };
    with_routes.routes = vec![route(header), route(cookie)];
    bed.settle(&with_routes).await;
    let mut client = bed.client().await;
    for (headers, revision) in [
        (vec![("x-beta", "yes")], "v2"),
        (vec![("cookie", "a=b; beta=1")], "v2"),
        (vec![("x-beta", "no"), ("cookie", "beta=0")], "v1"),
    ] {
        assert_eq!(client.get_with("/", &headers).await.text, revision, "{headers:?}");
    }
}

#[tokio::test]
async fn sticky_clients_stay_and_move_only_as_the_weights_do() {
    let sticky = Some(Sticky { cookie: "seat".into(), max_age_s: 60 });
    let listen = "127.0.0.1:0".parse().unwrap();
    let bed = Bed::with(GatewayOptions { sticky, ..GatewayOptions::on(listen) }).await;
    bed.settle(&at(1, 200)).await;
    let mut client = bed.client().await;
    let mut seats = Vec::new();
    for _ in 0..1000 {
        let answer = client.get("/").await;
        let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
        assert!(cookie.ends_with("; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"), "{cookie}");
        seats.push((cookie.split(';').next().unwrap().to_owned(), answer.text));
    }
    assert_eq!(seats.iter().filter(|(_, revision)| revision == "v2").count(), 200);
    for (generation, candidate) in [(2, 100), (3, 300), (4, 0)] {
        bed.settle(&at(generation, candidate)).await;
        let mut exposed = 0;
        for (seat, before) in &seats {
            let answer = client.get_with("/", &[("cookie", seat)]).await;
            // Who is moved is told its new instance, at the place that it had.
            let told = answer.headers.get(SET_COOKIE).map(|cookie| cookie.to_str().unwrap());
            assert_eq!(told.is_some(), answer.text != *before);
            assert!(told.is_none_or(|told| told.split('.').next() == seat.split('.').next()));
            exposed += u16::from(answer.text == "v2");
            let moved_as_weights = if candidate >= 200 { "v2" } else { "v1" };
            assert!(answer.text == *before || answer.text == moved_as_weights);
        }
        assert_eq!(exposed, candidate);
    }
}

#[tokio::test]
async fn a_sticky_client_keeps_its_instance_until_that_is_gone() {
    let sticky = Some(Sticky { cookie: "seat".into(), max_age_s: 60 });
    let listen = "127.0.0.1:0".parse().unwrap();
    let bed = Bed::with(GatewayOptions { sticky, ..GatewayOptions::on(listen) }).await;
    bed.settle(&desired(1, "v1", &[("v1", Role::Stable, 3, 1000)])).await;
    let mut client = bed.client().await;
    let mut seats = Vec::new();
    for _ in 0..30 {
        let answer = client.get("/pid").await;
        let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
        seats.push((cookie.split(';').next().unwrap().to_owned(), answer.text));
    }
    for (seat, pid) in seats.iter().chain(&seats) {
        let answer = client.get_with("/pid", &[("cookie", seat)]).await;
        assert_eq!((&answer.text, answer.headers.get(SET_COOKIE)), (pid, None));
    }
    // Two of the three go: whoever had them is told another, and the others stay.
    bed.settle(&desired(2, "v1", &[("v1", Role::Stable, 1, 1000)])).await;
    let left = client.get("/pid").await.text;
    for (seat, pid) in &seats {
        let answer = client.get_with("/pid", &[("cookie", seat)]).await;
        assert_eq!((&answer.text, answer.headers.contains_key(SET_COOKIE)), (&left, *pid != left));
    }
}

#[tokio::test]
async fn three_arms_are_served_and_counted_apart() {
    let bed = Bed::serving_v1(1).await;
    let arms = [
        ("v1", Role::Stable, 1, 400),
        ("v1~baseline", Role::Baseline, 1, 300),
        ("v2", Role::Candidate, 1, 300),
    ];
    let status = bed.settle(&desired(2, "v1", &arms)).await;
    assert_eq!(status.stable.unwrap().id, "v1");
    let mut client = bed.client().await;
    for _ in 0..1000 {
        client.get("/").await;
    }
    for (labels, requests) in [
        (r#"revision="v1",role="stable""#, 400.0),
        (r#"revision="v1~baseline",role="baseline""#, 300.0),
        (r#"revision="v2",role="candidate""#, 300.0),
    ] {
        let line = format!(r#"sluice_gateway_requests_total{{{labels},code="200",class="2xx"}}"#);
        assert_eq!(bed.metric(&line).await, requests, "{labels}");
    }
    // A promotion ends the baseline as it ends what was stable.
    let after = bed.settle(&desired(3, "v2", &[("v2", Role::Stable, 1, 1000)])).await;
    assert_eq!(after.revisions.len(), 1);
}
