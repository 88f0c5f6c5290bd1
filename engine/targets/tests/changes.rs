//! Changes of shape under load: nothing is lost, nothing is started twice.

use rustix::process::Signal;
use sluice_core::model::shape::Role;
use sluice_runner::ports::target::{Target, TargetStatus};

use crate::bed::{Bed, desired, eventually, kill, runs};
use crate::http1::Connection;
use crate::load::{Kind, Load};

async fn pid(address: &str) -> i32 {
    Connection::open(address).await.get("/pid").await.text.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_lost_while_shapes_change() {
    let bed = Bed::serving_v1(2).await;
    let load = Load::start(&bed.address().await, 8, Kind::GetsAndPosts).await;
    let stable = |instances, weight| ("v1", Role::Stable, instances, weight);
    let candidate = |instances, weight| ("v2", Role::Candidate, instances, weight);
    let shapes = [
        vec![stable(2, 950), candidate(1, 50)],
        vec![stable(2, 500), candidate(2, 500)],
        vec![stable(1, 0), candidate(3, 1000)],
        vec![stable(3, 1000), candidate(1, 0)],
        vec![stable(1, 1000)],
        vec![stable(1, 0), candidate(1, 1000)],
    ];
    for (generation, shape) in (2..).zip(&shapes) {
        bed.settle(&desired(generation, "v1", shape)).await;
        load.more(300).await;
    }
    bed.settle(&desired(8, "v2", &[("v2", Role::Stable, 2, 1000)])).await;
    load.more(300).await;
    let told = load.end().await;
    assert_eq!(told.failed, [""; 0]);
    assert!(told.by_revision["v1"] > 0 && told.by_revision["v2"] > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_instance_costs_no_request_that_may_be_repeated() {
    let bed = Bed::serving_v1(2).await;
    let load = Load::start(&bed.address().await, 8, Kind::Gets).await;
    for restarts in 1..=3 {
        let status =
            bed.until("both are ready", |now| now.revisions[0].instances.iter().all(|one| one.ready)).await;
        kill(pid(&status.revisions[0].instances[0].address).await, Signal::KILL);
        let again = |now: &TargetStatus| {
            let instance = &now.revisions[0].instances[0];
            instance.restarts == restarts && instance.ready && instance.last_exit.contains("SIGKILL")
        };
        bed.until("it was started again", again).await;
        load.more(200).await;
    }
    assert_eq!(load.end().await.failed, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_wait_for_the_only_instance_to_come_back() {
    let bed = Bed::serving_v1(1).await;
    let status = bed.target.observe().await.unwrap();
    let load = Load::start(&bed.address().await, 4, Kind::Gets).await;
    load.more(100).await;
    kill(pid(&status.revisions[0].instances[0].address).await, Signal::TERM);
    load.more(200).await;
    assert_eq!(load.end().await.failed, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_ends_before_its_instance_does() {
    let bed = Bed::serving_v1(1).await;
    let both = [("v1", Role::Stable, 1, 0), ("v2", Role::Candidate, 1, 1000)];
    let status = bed.settle(&desired(2, "v1", &both)).await;
    let instance = status.revisions[1].instances[0].address.clone();
    let process = pid(&instance).await;
    let mut held = bed.client().await;
    let answer = tokio::spawn(async move { held.get("/hold").await });
    let mut beside = Connection::open(&instance).await;
    eventually("the request is under way", async || beside.get("/held").await.text == "1").await;

    bed.settle(&desired(3, "v1", &[("v1", Role::Stable, 1, 1000)])).await;
    assert_eq!(bed.client().await.answered_by("v1", 20).await, 20);
    assert!(runs(process) && !answer.is_finished());
    beside.get("/release").await;
    assert_eq!(answer.await.unwrap().text, "held");
    eventually("the instance ends", async || !runs(process)).await;
}

#[tokio::test]
async fn a_promotion_keeps_the_instances_and_names_the_stable_revision() {
    let bed = Bed::serving_v1(1).await;
    let both = [("v1", Role::Stable, 1, 0), ("v2", Role::Candidate, 2, 1000)];
    let before = bed.settle(&desired(2, "v1", &both)).await;
    assert_eq!(before.stable.unwrap().id, "v1");
    let mut addresses: Vec<_> = before.revisions[1].instances.iter().map(|one| one.address.clone()).collect();
    let after = bed.settle(&desired(3, "v2", &[("v2", Role::Stable, 2, 1000)])).await;
    let mut kept: Vec<_> = after.revisions[0].instances.iter().map(|one| one.address.clone()).collect();
    addresses.sort();
    kept.sort();
    assert_eq!(addresses, kept);
    assert_eq!(after.stable, Some(crate::bed::revision("v2")));
    let endpoint = &after.endpoints[1];
    assert_eq!(endpoint.url, format!("http://{}/metrics", after.revisions[0].instances[0].address));
    let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        endpoint.labels,
        [label("revision", "v2"), label("role", "stable"), label("instance", "v2/1")]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_can_be_taken_back_and_loses_no_request() {
    let bed = Bed::serving_v1(1).await;
    let load = Load::start(&bed.address().await, 4, Kind::Gets).await;
    let full = [("v1", Role::Stable, 1, 0), ("v2", Role::Candidate, 1, 1000)];
    bed.settle(&desired(2, "v1", &full)).await;
    let promoted = desired(3, "v2", &[("v2", Role::Stable, 1, 1000)]);
    bed.target.apply(&promoted).await.unwrap();
    // Nobody looked whether that is in effect, and v1 may be on its way out.
    let back = bed.settle(&desired(4, "v1", &[("v1", Role::Stable, 1, 1000)])).await;
    assert_eq!(back.stable, Some(crate::bed::revision("v1")));
    load.more(100).await;
    assert_eq!(load.end().await.failed, [""; 0]);
}

#[tokio::test]
async fn an_instance_about_to_go_is_taken_back() {
    let bed = Bed::serving_v1(1).await;
    let both = [("v1", Role::Stable, 1, 0), ("v2", Role::Candidate, 1, 1000)];
    let status = bed.settle(&desired(2, "v1", &both)).await;
    let instance = status.revisions[1].instances[0].address.clone();
    let process = pid(&instance).await;
    let mut held = bed.client().await;
    let answer = tokio::spawn(async move { held.get("/hold").await });
    let mut beside = Connection::open(&instance).await;
    eventually("the request is under way", async || beside.get("/held").await.text == "1").await;
    bed.settle(&desired(3, "v1", &[("v1", Role::Stable, 1, 1000)])).await;
    let again = bed.settle(&desired(4, "v1", &both)).await;
    assert_eq!(again.revisions[1].instances[0].address, instance);
    beside.get("/release").await;
    assert_eq!(answer.await.unwrap().text, "held");
    assert_eq!(bed.client().await.answered_by("v2", 50).await, 50);
    assert_eq!(pid(&instance).await, process);
}

#[tokio::test]
async fn nothing_at_all_can_be_served_too() {
    let bed = Bed::serving_v1(1).await;
    let mut nothing = desired(2, "", &[]);
    nothing.stable = None;
    let status = bed.settle(&nothing).await;
    assert!(status.revisions.is_empty() && status.stable.is_none());
}
