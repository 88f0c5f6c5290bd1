//! Other proxies in the gateway's place: the real ones, under load, killed, and meddled with.

use std::collections::BTreeSet;

use rustix::process::Signal;
use sluice_core::model::shape::{Matcher, Mirror, Role, Route, Weight};
use sluice_runner::ports::target::{Desired, Named, Progress, Target, TargetError, TargetStatus};
use sluice_targets::gateway::ProxyOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use crate::bed::{desired, eventually, is_settling, kill};
use crate::http1::Connection;
use crate::load::{Kind as Requests, Load};
use crate::proxied::{Kind, Proxied};

const CLIENTS: usize = 200;

fn at(generation: u64, candidate: u16) -> Desired {
    let stable = ("v1", Role::Stable, 2, 1000 - candidate);
    desired(generation, "v1", &[stable, ("v2", Role::Candidate, 1, candidate)])
}

fn alone(generation: u64) -> Desired {
    desired(generation, "v1", &[("v1", Role::Stable, 2, 1000)])
}

/// Four standard deviations of a binomial share either way: one run in sixteen thousand is beyond it by chance.
fn assert_share(answered: u64, of: u64, weight: u16) {
    let (n, p) = (of as f64, f64::from(weight) / 1000.0);
    let (expected, slack) = (n * p, 4.0 * (n * p * (1.0 - p)).sqrt() + 1.0);
    let off = (answered as f64 - expected).abs();
    assert!(off <= slack, "{answered} of {of} at {weight}: expected {expected} by {slack}");
}

async fn weights_are_as_asked(kind: Kind) {
    let Some(proxied) = Proxied::start(kind).await else { return };
    proxied.bed.settle(&alone(1)).await;
    let mut client = proxied.bed.client().await;
    for (generation, candidate) in [(2, 0), (3, 5), (4, 250), (5, 1000), (6, 0)] {
        let status = proxied.bed.settle(&at(generation, candidate)).await;
        let seen = status.revisions.iter().map(|one| one.weight.get()).collect::<Vec<_>>();
        assert_eq!(seen, [1000 - candidate, candidate]);
        let answered = client.answered_by("v2", 2000).await;
        assert_share(answered as u64, 2000, candidate);
    }
}

async fn no_request_fails_through_a_release(kind: Kind, ends_with: impl Fn(u64) -> Desired) {
    let Some(proxied) = Proxied::start(kind).await else { return };
    let bed = &proxied.bed;
    bed.settle(&alone(1)).await;
    let load = Load::start(&bed.address().await, CLIENTS, Requests::GetsAndPosts).await;
    for (generation, candidate) in [(2, 0), (3, 50), (4, 500)] {
        bed.settle(&at(generation, candidate)).await;
        load.more(2000).await;
    }
    let last = ends_with(5);
    let status = bed.settle(&last).await;
    load.more(1000).await;
    // What is served no more ends once its requests have.
    let wanted: usize = last.revisions.iter().map(|one| one.instances as usize).sum();
    let instances =
        |status: &TargetStatus| -> usize { status.revisions.iter().map(|one| one.instances.len()).sum() };
    assert_eq!(instances(&status), wanted);
    let told = load.end().await;
    assert_eq!(told.failed, Vec::<String>::new());
    assert!(told.by_revision["v1"] > 0 && told.by_revision["v2"] > 0, "{told:?}");
}

fn promoted(generation: u64) -> Desired {
    desired(generation, "v2", &[("v2", Role::Stable, 2, 1000)])
}

async fn a_killed_proxy_is_noticed_and_gets_back_what_it_had(kind: Kind) {
    let Some(mut proxied) = Proxied::start(kind).await else { return };
    proxied.bed.settle(&alone(1)).await;
    proxied.bed.settle(&at(2, 300)).await;
    proxied.kill();
    let status = proxied.bed.until("it is missed", is_settling).await;
    let Progress::Settling { waiting_for } = status.progress else { unreachable!() };
    assert!(!waiting_for.is_empty());
    proxied.start_again().await;
    proxied.bed.until("it is restored", |status| status.progress == Progress::Settled).await;
    let mut client = proxied.bed.client().await;
    assert_share(client.answered_by("v2", 2000).await as u64, 2000, 300);
}

async fn a_killed_gateway_comes_back_behind_it(kind: Kind) {
    let Some(proxied) = Proxied::start(kind).await else { return };
    proxied.bed.settle(&alone(1)).await;
    proxied.bed.settle(&at(2, 300)).await;
    let before = proxied.bed.pid();
    kill(before, Signal::KILL);
    // Looking for it starts it.
    let back = |status: &TargetStatus| status.progress == Progress::Settled;
    proxied.bed.until("it is settled again", back).await;
    assert_ne!(proxied.bed.pid(), before);
    let mut client = proxied.bed.client().await;
    assert_share(client.answered_by("v2", 2000).await as u64, 2000, 300);
}

async fn what_it_can_not_do_is_refused(kind: Kind) {
    let Some(proxied) = Proxied::start(kind).await else { return };
    let capabilities = proxied.bed.target.capabilities();
    let mut mirrored = at(1, 100);
    mirrored.mirror = Some(Mirror { role: Role::Candidate, weight: Weight::ALL });
    if !capabilities.mirror {
        assert!(matches!(proxied.bed.target.apply(&mirrored).await, Err(TargetError::Refused(_))));
    }
    let many = desired(2, "v1", &[("v1", Role::Stable, 7, 1000)]);
    let refused = proxied.bed.target.apply(&many).await.unwrap_err();
    assert!(refused.to_string().contains("more than the capacity of 6"), "{refused}");
}

async fn an_instance_that_dies_is_taken_out_and_replaced(kind: Kind) {
    let Some(proxied) = Proxied::start(kind).await else { return };
    proxied.bed.settle(&alone(1)).await;
    let mut client = proxied.bed.client().await;
    let pid: i32 = client.get("/pid").await.text.parse().unwrap();
    kill(pid, Signal::KILL);
    let restarted = |status: &TargetStatus| {
        status.progress == Progress::Settled
            && status.revisions[0].instances.iter().map(|one| one.restarts).sum::<u32>() > 0
            && status.revisions[0].instances.iter().all(|one| one.ready)
    };
    proxied.bed.until("it is replaced", restarted).await;
    assert_eq!(client.answered_by("v1", 200).await, 200);
}

async fn its_page_says_which_revision_answered(kind: Kind) {
    let Some(proxied) = Proxied::start(kind).await else { return };
    proxied.bed.settle(&alone(1)).await;
    let status = proxied.bed.settle(&at(2, 500)).await;
    let of_candidate = proxied.bed.client().await.answered_by("v2", 100).await;
    let role = ("role".to_owned(), "candidate".to_owned());
    let mut counted = 0.0;
    for page in status.endpoints.iter().filter(|page| !page.labels.iter().any(|(name, _)| name == "instance"))
    {
        let (address, path) = page.url.trim_start_matches("http://").split_once('/').unwrap();
        let text = Connection::open(address).await.get(&format!("/{path}")).await.text;
        // The series that the scraper would say to be the candidate's.
        let is_candidates = |line: &&str| {
            let mut named = page.named.iter().filter(|named| named.labels.contains(&role));
            let says = |one: &Named| line.contains(&format!("{}=\"{}\"", one.label, one.value));
            page.labels.contains(&role) || named.any(says)
        };
        let answered = text.lines().filter(|line| line.starts_with(kind.answered())).filter(is_candidates);
        counted += answered.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>();
    }
    assert_eq!(counted, of_candidate as f64);
}

/// What Envoy can do beyond weights.
#[tokio::test]
async fn envoy_routes_mirrors_what_is_safe_and_has_a_preview() {
    let Some(proxied) = Proxied::start(Kind::Envoy).await else { return };
    proxied.bed.settle(&alone(1)).await;
    let mut desired = at(2, 0);
    let header = Matcher::Header { name: "X-Beta".into(), value: "yes".into() };
    let cookie = Matcher::Cookie { name: "beta".into(), value: "1".into() };
    let route = |matcher| Route { name: "beta".into(), matcher, role: Role::Candidate };
    desired.routes = vec![route(header), route(cookie)];
    let status = proxied.bed.settle(&desired).await;
    let mut client = proxied.bed.client().await;
    for (headers, revision) in [
        (vec![("x-beta", "yes")], "v2"),
        (vec![("cookie", "a=b; beta=1")], "v2"),
        (vec![("cookie", "beta=10"), ("x-beta", "no")], "v1"),
    ] {
        assert_eq!(client.get_with("/", &headers).await.text, revision, "{headers:?}");
    }
    let preview = status.preview.unwrap();
    let mut preview = Connection::open(preview.trim_start_matches("http://")).await;
    assert_eq!(preview.get("/").await.text, "v2");

    let mut mirrored = at(3, 0);
    mirrored.mirror = Some(Mirror { role: Role::Candidate, weight: Weight::ALL });
    let status = proxied.bed.settle(&mirrored).await;
    // Every answer is stable's, and every question reached the candidate too.
    assert_eq!(client.answered_by("v1", 50).await, 50);
    let of_candidate = status.endpoints.iter().find(|page| page.url.contains("Ecluster%5C.v2"));
    let (address, path) = of_candidate.unwrap().url.trim_start_matches("http://").split_once('/').unwrap();
    let (address, path) = (address.to_owned(), format!("/{path}"));
    eventually("the candidate was sent a copy of each", async || {
        let text = Connection::open(&address).await.get(&path).await.text;
        let counted = text.lines().filter(|line| line.starts_with(Kind::Envoy.answered()));
        // Three were the candidate's before: two by route, and the preview's.
        counted.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>() >= 53.0
    })
    .await;
}

/// Whoever changes HAProxy by hand is noticed, and what was asked for is restored.
#[tokio::test]
async fn haproxy_is_set_right_when_somebody_meddles_with_it() {
    let Some(proxied) = Proxied::start(Kind::Haproxy).await else { return };
    proxied.bed.settle(&alone(1)).await;
    proxied.bed.settle(&at(2, 300)).await;
    let ProxyOptions::Haproxy(options) = proxied.options() else { unreachable!() };
    let say = async |command: &str| {
        let mut stream = UnixStream::connect(&options.socket).await.unwrap();
        stream.write_all(format!("{command}\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let map = options.map.display();
    // The map without its entries' addresses, and the servers without their times.
    let looks = async || {
        let map = say(&format!("show map {map}")).await;
        let entries = map.lines().filter_map(|line| line.split_once(' ').map(|(_, entry)| entry.to_owned()));
        let servers = say("show servers state").await;
        let server = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            // Up to its weight, and its port.
            words.iter().take(8).chain(words.get(18)).copied().collect::<Vec<_>>().join(" ")
        };
        (entries.collect::<BTreeSet<_>>(), servers.lines().map(server).collect::<BTreeSet<_>>())
    };
    let before = looks().await;
    let listed = say("show servers conn").await;
    let server = listed.split_whitespace().find(|word| word.starts_with("shop-2/")).unwrap().to_owned();
    for meddling in [
        format!("clear map {map}"),
        format!("set map {map} 1000 2"),
        format!("set server {server} state maint"),
        format!("set server {server} state drain"),
        format!("set server {server} addr 127.0.0.1 port 9"),
        format!("set weight {server} 0"),
        "add server shop-2/stranger 127.0.0.1:1; enable server shop-2/stranger".to_owned(),
    ] {
        say(&meddling).await;
        eventually(&format!("`{meddling}` is undone"), async || looks().await == before).await;
    }
    assert_share(proxied.bed.client().await.answered_by("v2", 2000).await as u64, 2000, 300);
}

macro_rules! proxies {
    ($($name:ident: $kind:expr;)*) => {$(
        mod $name {
            use super::*;

            #[tokio::test]
            async fn weights_are_as_asked() {
                super::weights_are_as_asked($kind).await;
            }

            #[tokio::test]
            async fn no_request_fails_through_a_promoted_release() {
                no_request_fails_through_a_release($kind, promoted).await;
            }

            #[tokio::test]
            async fn no_request_fails_through_a_rolled_back_release() {
                no_request_fails_through_a_release($kind, alone).await;
            }

            #[tokio::test]
            async fn a_killed_proxy_is_noticed_and_gets_back_what_it_had() {
                super::a_killed_proxy_is_noticed_and_gets_back_what_it_had($kind).await;
            }

            #[tokio::test]
            async fn a_killed_gateway_comes_back_behind_it() {
                super::a_killed_gateway_comes_back_behind_it($kind).await;
            }

            #[tokio::test]
            async fn what_it_can_not_do_is_refused() {
                super::what_it_can_not_do_is_refused($kind).await;
            }

            #[tokio::test]
            async fn an_instance_that_dies_is_taken_out_and_replaced() {
                super::an_instance_that_dies_is_taken_out_and_replaced($kind).await;
            }

            #[tokio::test]
            async fn its_page_says_which_revision_answered() {
                super::its_page_says_which_revision_answered($kind).await;
            }
        }
    )*};
}

proxies! {
    haproxy: Kind::Haproxy;
    envoy: Kind::Envoy;
}
