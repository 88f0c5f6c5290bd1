//! What does not come about, what is refused, and what fails while it serves.

use sluice_core::model::shape::{Role, Weight};
use sluice_runner::ports::target::{Desired, Progress, Target, TargetError, TargetStatus};

use crate::bed::{Bed, desired, is_settling, revision};
use crate::http1::Connection;

fn with_candidate(generation: u64, candidate: &str) -> Desired {
    desired(generation, "v1", &[("v1", Role::Stable, 1, 900), (candidate, Role::Candidate, 2, 100)])
}

async fn failed(bed: &Bed, asked: &Desired) -> (TargetStatus, String) {
    bed.target.apply(asked).await.unwrap();
    let status = bed.until("it fails", |status| !is_settling(status)).await;
    let Progress::Failed { error } = &status.progress else { panic!("{status:#?}") };
    let error = error.clone();
    (status, error)
}

#[tokio::test]
async fn a_candidate_that_ends_at_once_fails_and_leaves_what_was() {
    let bed = Bed::serving_v1(1).await;
    let before = bed.target.observe().await.unwrap().revisions;
    let (status, error) = failed(&bed, &with_candidate(2, "v2:exit")).await;
    let number = if error.starts_with("v2:exit/1") { 1 } else { 2 };
    assert_eq!(
        error,
        format!(
            "v2:exit/{number} exited with status 3 before it was ready; its last lines: loading | no such database: shop"
        )
    );
    assert_eq!((status.generation, status.revisions), (2, before));
    assert_eq!(bed.client().await.answered_by("v1", 100).await, 100);
    // The same again is tried again; a new one is taken up.
    let (_, again) = failed(&bed, &with_candidate(2, "v2:exit")).await;
    assert!(again.contains(" exited with status 3 before it was ready"), "{again}");
    bed.settle(&with_candidate(3, "v2")).await;
}

#[tokio::test]
async fn what_failed_comes_about_once_it_is_asked_for_again_and_nothing_is_amiss_any_more() {
    let bed = Bed::serving_v1(1).await;
    let mut asked = with_candidate(2, "v2");
    let command = &mut asked.revisions[1].revision.spec.command;
    let program = bed.dir.path().join("service");
    let real = std::mem::replace(&mut command[0], program.to_string_lossy().into_owned());
    failed(&bed, &asked).await;
    std::os::unix::fs::symlink(real, program).unwrap();
    bed.settle(&asked).await;
    assert_eq!(bed.client().await.answered_by("v2", 1000).await, 100);
}

#[tokio::test]
async fn a_candidate_that_is_never_ready_fails_and_is_stopped() {
    let bed = Bed::serving_v1(1).await;
    for (generation, candidate) in [(2, "v2:silent"), (3, "v2:unready")] {
        let (status, error) = failed(&bed, &with_candidate(generation, candidate)).await;
        assert!(error.contains("was not ready within 300 ms"), "{error}");
        assert_eq!(status.revisions.len(), 1);
        assert_eq!(status.revisions[0].weight, Weight::ALL);
    }
}

#[tokio::test]
async fn a_command_that_is_not_there_fails_by_name() {
    let bed = Bed::serving_v1(1).await;
    let mut asked = with_candidate(2, "v2");
    asked.revisions[1].revision.spec.command = vec!["/no/such/program".to_owned()];
    let (_, error) = failed(&bed, &asked).await;
    assert!(error.contains("can not be started: `/no/such/program`"), "{error}");
}

#[tokio::test]
async fn a_newer_desired_state_takes_the_place_of_one_on_its_way() {
    let bed = Bed::serving_v1(1).await;
    let mut patient = with_candidate(2, "v2:unready");
    patient.revisions[1].revision.spec.readiness.within_ms = 3_600_000;
    bed.target.apply(&patient).await.unwrap();
    let waiting = bed.target.observe().await.unwrap();
    let expected = Progress::Settling { waiting_for: "2 of 2 instances of v2:unready".to_owned() };
    assert_eq!(waiting.progress, expected);
    let status = bed.settle(&with_candidate(3, "v2")).await;
    let ids: Vec<&str> = status.revisions.iter().map(|one| one.revision.id.as_str()).collect();
    assert_eq!(ids, ["v1", "v2"]);
}

#[tokio::test]
async fn twice_is_once_and_older_is_refused() {
    let bed = Bed::serving_v1(1).await;
    let asked = with_candidate(3, "v2");
    let first = bed.settle(&asked).await;
    let second = bed.settle(&asked).await;
    assert_eq!(first, second);
    let refused = bed.target.apply(&with_candidate(2, "v2")).await.unwrap_err();
    let told = "generation 2 of `r` is older than 3, which was accepted".to_owned();
    assert_eq!(refused, TargetError::Refused(told));
    assert_eq!(bed.target.observe().await.unwrap(), second);
}

#[tokio::test]
async fn a_retreat_takes_effect_even_if_not_all_of_stable_can_be_started() {
    let bed = Bed::start().await;
    let mut once = revision("v1");
    let lock = bed.dir.path().join("once");
    let started = format!("mkdir {} || exit 5; exec \"$@\"", lock.display());
    once.spec.command.splice(0..0, ["sh", "-c", &started, "sh"].map(str::to_owned));
    let v1 = |mut asked: Desired| {
        asked.revisions[0].revision = once.clone();
        asked
    };
    bed.settle(&v1(with_candidate(1, "v2"))).await;
    let more = desired(2, "v1", &[("v1", Role::Stable, 2, 1000)]);
    bed.target.apply(&v1(more)).await.unwrap();
    let status = bed.until("stable has all", |now| now.revisions[0].weight == Weight::ALL).await;
    assert_eq!(status.revisions.len(), 1);
    let waiting_for = "1 of 2 instances of v1".to_owned();
    assert_eq!(status.progress, Progress::Settling { waiting_for });
    assert_eq!(bed.client().await.answered_by("v1", 100).await, 100);
    // A step forward in the same state fails as any other.
    let (_, error) =
        failed(&bed, &v1(desired(3, "v1", &[("v1", Role::Stable, 3, 900), ("v2", Role::Candidate, 1, 100)])))
            .await;
    assert!(error.contains("v1/"), "{error}");
}

#[tokio::test]
async fn an_unready_candidate_gets_nothing_and_stable_stands_in() {
    let bed = Bed::start().await;
    let status = bed.settle(&with_candidate(1, "v2")).await;
    for instance in &status.revisions[1].instances {
        Connection::open(&instance.address).await.get("/unready").await;
    }
    bed.until("both are out", |now| now.revisions[1].instances.iter().all(|one| !one.ready)).await;
    assert_eq!(bed.client().await.answered_by("v1", 1000).await, 1000);
    assert_eq!(bed.metric(r#"sluice_gateway_fallback_total{revision="v2",role="candidate"}"#).await, 100.0);
}

#[tokio::test]
async fn a_request_that_kills_its_instance_counts_as_the_revisions_fault() {
    let bed = Bed::serving_v1(1).await;
    bed.settle(&desired(2, "v1", &[("v1", Role::Stable, 1, 1000), ("v2", Role::Candidate, 1, 0)])).await;
    let asked = http::Request::post("/crash").body(http_body_util::Full::from("x")).unwrap();
    let answer = bed.client().await.send(asked).await.unwrap();
    assert_eq!(answer.status, http::StatusCode::BAD_GATEWAY);
    assert_eq!(answer.text, "sluice: the instance broke off before it answered\n");
    let counted = r#"sluice_gateway_requests_total{revision="v1",role="stable",code="502",class="5xx"}"#;
    assert_eq!(bed.metric(counted).await, 1.0);
    let status = bed.until("it is told", |now| !now.revisions[0].instances[0].last_exit.is_empty()).await;
    assert!(status.revisions[0].instances[0].last_exit.starts_with("exited with status 7"));
}

#[tokio::test]
async fn what_is_served_by_nobody_is_told() {
    let bed = Bed::start().await;
    let status = bed.target.observe().await.unwrap();
    assert_eq!((status.release.as_str(), &status.progress, status.stable), ("", &Progress::Settled, None));
    let answer = bed.client().await.get("/").await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (503, "sluice: no revision is served yet\n"));
    assert_eq!(bed.metric("sluice_gateway_unserved_total").await, 1.0);
}
