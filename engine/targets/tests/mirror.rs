//! Requests that a shadow is sent too, and what it does with them.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use sluice_core::model::difference::DifferenceKind;
use sluice_core::model::mirroring::Mirroring;
use sluice_core::model::shape::{Mirror, Role, Weight};
use sluice_runner::ports::target::{Desired, Target};
use sluice_targets::gateway::GatewayOptions;

use crate::bed::{Bed, desired, eventually};
use crate::http1::Connection;
use crate::load::{Kind, Load};

fn options(change: impl FnOnce(&mut Mirroring)) -> GatewayOptions {
    let mut options = GatewayOptions::on("127.0.0.1:0".parse().unwrap());
    change(&mut options.mirror);
    options
}

/// Two instances of `v1` have all users, and the shadow has none.
fn shadowed(generation: u64, shadow: &str, weight: u16) -> Desired {
    let both = [("v1", Role::Stable, 2, 1000), (shadow, Role::Candidate, 1, 0)];
    let weight = Weight::per_mille(weight).unwrap();
    Desired { mirror: Some(Mirror { role: Role::Candidate, weight }), ..desired(generation, "v1", &both) }
}

async fn counted(bed: &Bed, shadow: &str, of: &str) -> f64 {
    let (name, label) = of.split_once(' ').unwrap_or((of, ""));
    let comma = if label.is_empty() { "" } else { "," };
    let labels = format!(r#"revision="{shadow}",role="candidate"{comma}{label}"#);
    bed.metric(&format!("sluice_gateway_mirror_{name}_total{{{labels}}}")).await
}

/// Mirrored requests that are over, however.
async fn over(bed: &Bed, shadow: &str) -> f64 {
    let mut over = 0.0;
    for outcome in ["answered", "failed", "shed"] {
        over += counted(bed, shadow, &format!("requests outcome=\"{outcome}\"")).await;
    }
    over
}

async fn answered(bed: &Bed, shadow: &str) -> f64 {
    counted(bed, shadow, "requests outcome=\"answered\"").await
}

/// In kilobytes.
fn memory(pid: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shadow_that_hangs_floods_or_crashes_reaches_no_user() {
    for shadow in ["v2:hang", "v2:flood", "v2:crash"] {
        let bed = Bed::with(options(|mirror| mirror.timeout_ms = 300)).await;
        bed.settle(&shadowed(1, shadow, 1000)).await;
        let load = Load::start(&bed.address().await, 16, Kind::Gets).await;
        load.more(1000).await;
        let before = memory(bed.pid());
        load.more(4000).await;
        let grown = memory(bed.pid()).saturating_sub(before);
        let told = load.end().await;
        assert_eq!(told.failed, [""; 0], "{shadow}");
        assert_eq!(told.by_revision.keys().collect::<Vec<_>>(), ["v1"], "{shadow}");
        let mirrored = told.by_revision["v1"] as f64;
        eventually("all are over", async || over(&bed, shadow).await == mirrored).await;
        assert!(grown < 64 * 1024, "{shadow}: {grown} kB more");
        let well = answered(&bed, shadow).await;
        assert!(if shadow == "v2:flood" { well > 0.0 } else { well == 0.0 }, "{shadow}: {well} answered");
    }
}

#[tokio::test]
async fn an_exact_share_is_mirrored_and_marked_and_nobody_can_forge_the_mark() {
    let bed = Bed::with(options(|_| {})).await;
    let status = bed.settle(&shadowed(1, "v2", 300)).await;
    let address = |at: usize| status.revisions[at].instances.iter().map(|one| one.address.clone());
    let (stable, shadow) = (address(0), address(1).next().unwrap());
    let mut client = bed.client().await;
    for _ in 0..1000 {
        let answer = client.get_with("/", &[("X-Sluice-Mirrored", "r"), ("cookie", "a=1")]).await;
        assert_eq!((answer.text.as_str(), answer.headers["x-revision"].to_str().unwrap()), ("v1", "v1"));
    }
    // What changes something is not sent twice, nor what is to be upgraded.
    let post = Request::post("/echo").body(Full::from("paid")).unwrap();
    assert_eq!(client.send(post).await.unwrap().text, "paid");
    let upgrade = [("connection", "upgrade"), ("upgrade", "websocket")];
    client.get_with("/", &upgrade).await;
    eventually("they are over", async || over(&bed, "v2").await == 300.0).await;
    assert_eq!(answered(&bed, "v2").await, 300.0);
    assert_eq!(Connection::open(&shadow).await.get("/seen").await.text, "300 300");
    let mut users = 0;
    for stable in stable {
        let seen = Connection::open(&stable).await.get("/seen").await.text;
        let (all, marked) = seen.split_once(' ').unwrap();
        assert_eq!(marked, "0");
        users += all.parse::<usize>().unwrap();
    }
    assert_eq!(users, 1002);
    // They answer alike but for the name that they say.
    assert_eq!(counted(&bed, "v2", "differences kind=\"body\"").await, 300.0);
    assert_eq!(counted(&bed, "v2", "differences kind=\"status\"").await, 0.0);
}

#[tokio::test]
async fn a_difference_is_told_with_its_place_and_what_is_never_the_same_is_not() {
    for (shadow, differing) in [("v2", 0.0), ("v2:other", 50.0)] {
        let bed = Bed::with(options(|mirror| mirror.compare.noise = true)).await;
        bed.settle(&shadowed(1, shadow, 1000)).await;
        let mut client = bed.client().await;
        for _ in 0..50 {
            client.get("/order?customer=7").await;
        }
        eventually("all are compared", async || counted(&bed, shadow, "compared").await == 50.0).await;
        assert_eq!(counted(&bed, shadow, "differences kind=\"body\"").await, differing, "{shadow}");
        let differences = bed.target.observe().await.unwrap().differences;
        let told: Vec<String> = differences
            .iter()
            .filter(|one| one.kind != DifferenceKind::Latency)
            .map(ToString::to_string)
            .collect();
        let expected = "GET /order: body /lines/0/price: stable `10`, shadow `12`";
        assert_eq!(told, if shadow == "v2" { vec![] } else { vec![expected] });
    }
}

#[tokio::test]
async fn a_body_is_mirrored_up_to_its_bound() {
    let bed = Bed::with(options(|mirror| {
        mirror.methods = vec!["POST".to_owned()];
        mirror.body_bytes = 1000;
    }))
    .await;
    bed.settle(&shadowed(1, "v2", 1000)).await;
    let mut client = bed.client().await;
    for (length, outcome) in [(1000, "answered"), (1001, "shed"), (100_000, "shed")] {
        let before = counted(&bed, "v2", &format!("requests outcome=\"{outcome}\"")).await;
        let body = Bytes::from(vec![b'x'; length]);
        let post = Request::post("/echo").body(Full::from(body.clone())).unwrap();
        assert_eq!(client.send(post).await.unwrap().text.as_bytes(), body);
        let now = async || counted(&bed, "v2", &format!("requests outcome=\"{outcome}\"")).await;
        eventually("it is counted", async || now().await == before + 1.0).await;
    }
    eventually("it is compared", async || counted(&bed, "v2", "compared").await == 1.0).await;
    assert_eq!(counted(&bed, "v2", "differences kind=\"body\"").await, 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_lost_while_mirrors_come_and_go() {
    let bed = Bed::with(options(|mirror| mirror.methods.push("POST".to_owned()))).await;
    bed.settle(&desired(1, "v1", &[("v1", Role::Stable, 2, 1000)])).await;
    let load = Load::start(&bed.address().await, 8, Kind::GetsAndPosts).await;
    for generation in [2, 6, 10] {
        bed.settle(&shadowed(generation, "v2", 1000)).await;
        load.more(300).await;
        bed.settle(&shadowed(generation + 1, "v2:hang", 500)).await;
        load.more(300).await;
        let both = [("v1", Role::Stable, 2, 500), ("v2", Role::Candidate, 1, 500)];
        let half = Desired { mirror: shadowed(1, "v2", 10).mirror, ..desired(generation + 2, "v1", &both) };
        bed.settle(&half).await;
        load.more(300).await;
        bed.settle(&desired(generation + 3, "v1", &[("v1", Role::Stable, 2, 1000)])).await;
        load.more(300).await;
    }
    assert_eq!(load.end().await.failed, [""; 0]);
}
