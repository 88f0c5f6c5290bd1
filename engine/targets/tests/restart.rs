//! The gateway's own end and return.

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use sluice_core::model::shape::Role;
use sluice_runner::ports::target::{Target, TargetError};
use sluice_targets::gateway::{GatewayClient, GatewayError, GatewayOptions, Stopped};

use crate::bed::{Bed, PATIENCE, desired, eventually, is_settling, kill, runs, testbed};
use crate::http1::Connection;
use crate::load::{Kind, Load};

async fn instance_pids(bed: &Bed) -> Vec<i32> {
    let mut pids = Vec::new();
    for one in bed.target.observe().await.unwrap().revisions.iter().flat_map(|one| &one.instances) {
        pids.push(Connection::open(&one.address).await.get("/pid").await.text.parse().unwrap());
    }
    pids
}

async fn split(bed: &Bed) -> Vec<i32> {
    let both = [("v1", Role::Stable, 2, 700), ("v2", Role::Candidate, 1, 300)];
    bed.settle(&desired(4, "v1", &both)).await;
    instance_pids(bed).await
}

#[tokio::test]
async fn a_killed_gateway_comes_back_with_what_it_served_and_leaves_no_orphan() {
    let bed = Bed::start().await;
    let orphans = split(&bed).await;
    let (before, gateway) = (bed.target.observe().await.unwrap(), bed.pid());
    kill(gateway, Signal::KILL);
    eventually("the gateway is gone", async || !runs(gateway)).await;
    assert!(orphans.iter().all(|pid| runs(*pid)), "they outlive a killed gateway");

    // The client starts it again when it next asks.
    let after = bed.until("it is settled", |status| !is_settling(status)).await;
    assert_ne!(bed.pid(), gateway);
    assert!(orphans.iter().all(|pid| !runs(*pid)));
    let told = |status: &sluice_runner::ports::target::TargetStatus| {
        let weights = status.revisions.iter().map(|one| (one.revision.clone(), one.role, one.weight));
        (status.key.clone(), status.stable.clone(), status.address.clone(), weights.collect::<Vec<_>>())
    };
    assert_eq!(told(&before), told(&after));
    assert_eq!((before.started_again, after.started_again), (0, 1));
    assert_eq!(bed.client().await.answered_by("v2", 1000).await, 300);
}

#[tokio::test]
async fn a_stop_ends_what_a_killed_gateway_left() {
    let bed = Bed::start().await;
    let orphans = split(&bed).await;
    let gateway = bed.pid();
    kill(gateway, Signal::KILL);
    eventually("the gateway is gone", async || !runs(gateway)).await;
    let other = GatewayClient::connect(bed.dir.path()).unwrap();
    assert_eq!(other.stop(PATIENCE).await.unwrap(), Stopped::Orphans(3));
    assert!(orphans.iter().all(|pid| !runs(*pid)));
    assert_eq!(other.stop(PATIENCE).await.unwrap(), Stopped::Nothing);
}

#[tokio::test]
async fn a_gateway_killed_on_the_way_finds_its_goal_again() {
    let bed = Bed::serving_v1(1).await;
    let both = [("v1", Role::Stable, 1, 700), ("v2", Role::Candidate, 1, 300)];
    bed.target.apply(&desired(4, "v1", &both)).await.unwrap();
    kill(bed.pid(), Signal::KILL);
    let status = bed.until("it is settled", |status| !is_settling(status)).await;
    assert_eq!((status.generation, status.revisions.len()), (4, 2));
    assert_eq!(bed.client().await.answered_by("v2", 1000).await, 300);
}

#[tokio::test]
async fn a_gateway_that_is_told_to_end_ends_what_it_serves_and_keeps_its_record() {
    let bed = Bed::start().await;
    let processes = split(&bed).await;
    let gateway = bed.pid();
    kill(gateway, Signal::TERM);
    eventually("the gateway is gone", async || !runs(gateway)).await;
    assert!(processes.iter().all(|pid| !runs(*pid)));
    bed.ensure().await.unwrap();
    bed.until("it is settled", |status| !is_settling(status)).await;
    assert_eq!(bed.client().await.answered_by("v2", 1000).await, 300);

    let other = GatewayClient::connect(bed.dir.path()).unwrap();
    assert_eq!(other.stop(PATIENCE).await.unwrap(), Stopped::Ended);
    assert_eq!(other.stop(PATIENCE).await.unwrap(), Stopped::Nothing);
    assert!(matches!(other.observe().await, Err(TargetError::Unreachable(_))));
}

#[tokio::test]
async fn a_stop_lets_requests_end() {
    let bed = Bed::serving_v1(1).await;
    let instance = bed.target.observe().await.unwrap().revisions[0].instances[0].address.clone();
    let mut held = bed.client().await;
    let answer = tokio::spawn(async move { held.get("/hold").await });
    let mut beside = Connection::open(&instance).await;
    eventually("the request is under way", async || beside.get("/held").await.text == "1").await;
    let (gateway, address) = (bed.pid(), bed.address().await);
    kill(gateway, Signal::TERM);
    eventually("it takes no new clients", async || tokio::net::TcpStream::connect(&address).await.is_err())
        .await;
    beside.get("/release").await;
    assert_eq!(answer.await.unwrap().text, "held");
    eventually("the gateway is gone", async || !runs(gateway)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_under_load_breaks_no_connection() {
    for _ in 0..3 {
        let bed = Bed::serving_v1(2).await;
        let load = Load::start(&bed.address().await, 50, Kind::GetsAndPosts).await;
        load.more(500).await;
        assert_eq!(bed.target.stop(PATIENCE).await.unwrap(), Stopped::Ended);
        let told = load.end().await;
        assert_eq!(told.failed, [""; 0]);
        assert_eq!(told.taken_leave, 50);
    }
}

#[tokio::test]
async fn a_gateway_may_open_a_file_for_each_connection() {
    let before = getrlimit(Resource::Nofile);
    let low = before.maximum.map_or(1024, |most| most.min(1024));
    setrlimit(Resource::Nofile, Rlimit { current: Some(low), ..before }).unwrap();
    let bed = Bed::start().await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", bed.pid())).unwrap();
    setrlimit(Resource::Nofile, before).unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let now: u64 = line.split_whitespace().next().unwrap().parse().unwrap();
    assert_eq!(now, before.maximum.map_or(21_024, |most| most.min(21_024)), "{limits}");
}

#[tokio::test]
async fn there_is_one_gateway_for_a_directory() {
    let bed = Bed::start().await;
    let gateway = bed.pid();
    let (one, two) = tokio::join!(bed.ensure(), bed.ensure());
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(bed.pid(), gateway);
    let arguments = ["gateway", "--service", "shop", "--listen", "127.0.0.1:0", "--dir"];
    let second = std::process::Command::new(testbed()).args(arguments).arg(bed.dir.path()).output().unwrap();
    let told = String::from_utf8(second.stderr).unwrap();
    assert!(!second.status.success() && told.contains("Running"), "{told}");
}

#[tokio::test]
async fn a_running_gateway_does_not_change_its_address_or_service() {
    let bed = Bed::start().await;
    let listen = "127.0.0.1:1".parse().unwrap();
    let other = GatewayOptions { listen, ..bed.options.clone() };
    let error = GatewayClient::ensure(bed.dir.path(), "shop", &other, testbed()).await.unwrap_err();
    insta::assert_snapshot!(error, @"the running gateway listens on `127.0.0.1:0`, and the workflow asks for `127.0.0.1:1`");
    let error = GatewayClient::ensure(bed.dir.path(), "cart", &bed.options, testbed()).await.unwrap_err();
    insta::assert_snapshot!(error, @"the directory belongs to the service `shop`, not to `cart`");
}

#[tokio::test]
async fn a_gateway_that_can_not_start_says_why() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let listen = taken.local_addr().unwrap();
    let options = GatewayOptions::on(listen);
    let error = GatewayClient::ensure(dir.path(), "shop", &options, testbed()).await.unwrap_err();
    let GatewayError::NotUp { told, .. } = &error else { panic!("{error:?}") };
    assert!(told.contains("exit status: 1") && told.contains(&listen.to_string()), "{told}");
}

#[tokio::test]
async fn the_engines_end_does_not_touch_traffic() {
    let bed = Bed::serving_v1(1).await;
    let mut client = bed.client().await;
    let address = bed.address().await;
    // Another engine: what the first one holds is dropped with it.
    let second = bed.ensure().await.unwrap();
    drop(second);
    assert_eq!(client.answered_by("v1", 50).await, 50);
    assert_eq!(bed.address().await, address);
}
