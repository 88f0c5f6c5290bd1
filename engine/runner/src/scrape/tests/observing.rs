//! Observation sets: what a plan asked, over what was scraped.

use std::collections::BTreeMap;

use sluice_core::model::difference::{Difference, DifferenceKind};
use sluice_core::model::observation::{Found, ObservationSet, Quality, Query, Range};
use sluice_core::model::shape::{Role, Weight};
use sluice_core::plan::Plan;

use super::endpoint;
use super::server::{Server, ok};
use crate::journal::tests::plan;
use crate::ports::observer::{Look, Observer};
use crate::ports::target::{Endpoint, InstanceStatus, Progress, RevisionStatus, TargetError, TargetStatus};
use crate::scrape::{ScrapingObserver, content_id};

pub(super) const ERRORS: &str = "sum(rate(app_errors_total{role=\"candidate\"}[1m])) / sum(rate(gateway_requests_total{role=\"candidate\"}[1m]))";
const SERVED: &str = "sum by (role) (rate(gateway_requests_total[1m]))";

/// A gateway and an instance of each revision, and an observer of them.
pub(super) struct Stage {
    pub(super) gateway: Server,
    candidate: Server,
    stable: Server,
    pub(super) observer: ScrapingObserver,
    pub(super) plan: Plan,
}

impl Stage {
    pub(super) async fn new(queries: &[(&str, &str)]) -> Self {
        let mut plan = plan("shop");
        plan.checks[0].queries = queries.iter().map(|(name, expr)| query(name, expr)).collect();
        let stage = Self {
            gateway: Server::with_page("").await,
            candidate: Server::with_page("").await,
            stable: Server::with_page("").await,
            observer: ScrapingObserver::new().unwrap(),
            plan,
        };
        stage.serve(0, 0);
        stage
    }

    /// The gateway has sent so many requests to each, of which so many failed.
    pub(super) fn serve(&self, requests: u64, errors: u64) {
        let gateway = format!(
            "# TYPE gateway_requests_total counter\n\
             gateway_requests_total{{role=\"candidate\"}} {requests}\ngateway_requests_total{{role=\"stable\"}} {requests}\n"
        );
        self.gateway.say(ok("text/plain", &gateway));
        let own = format!("# TYPE app_errors_total counter\napp_errors_total {errors}\n");
        self.candidate.say(ok("text/plain", &own));
        self.stable.say(ok("text/plain", &own));
    }

    pub(super) fn status(&self) -> TargetStatus {
        let labels = |role| [("role", role), ("instance", role)];
        let endpoints = vec![
            endpoint(&self.gateway.url, &[]),
            endpoint(&self.candidate.url, &labels("candidate")),
            endpoint(&self.stable.url, &labels("stable")),
        ];
        TargetStatus {
            release: "shop-1".to_owned(),
            generation: 1,
            key: "shop-1/1".to_owned(),
            progress: Progress::Settled,
            stable: self.plan.stable.clone(),
            revisions: vec![
                self.revision(Role::Stable, &[true]),
                self.revision(Role::Candidate, &[true, false]),
            ],
            endpoints,
            address: "http://127.0.0.1:1".to_owned(),
            preview: None,
            differences: Vec::new(),
            started_again: 0,
        }
    }

    fn revision(&self, role: Role, ready: &[bool]) -> RevisionStatus {
        let instance = |(number, ready): (usize, &bool)| InstanceStatus {
            id: format!("{role}/{number}"),
            address: "127.0.0.1:1".to_owned(),
            ready: *ready,
            restarts: 0,
            last_exit: String::new(),
        };
        let instances = ready.iter().enumerate().map(instance).collect();
        let stable = self.plan.stable.clone().filter(|_| role == Role::Stable);
        let revision = stable.unwrap_or_else(|| self.plan.candidate.clone());
        RevisionStatus { revision, role, weight: Weight::NONE, instances }
    }

    pub(super) async fn observe(&self, now_ms: u64) -> ObservationSet {
        self.observe_with(&Ok(self.status()), now_ms).await
    }

    pub(super) async fn observe_with(
        &self,
        status: &Result<TargetStatus, TargetError>,
        now_ms: u64,
    ) -> ObservationSet {
        let found = Found::default();
        let look = Look { plan: &self.plan, status, found: &found, now_ms, events_since_ms: 1000 };
        self.observer.observe(look).await
    }
}

fn query(name: &str, expr: &str) -> Query {
    Query::instant(name, expr)
}

/// The answers of the check, one a line.
pub(super) fn told(set: &ObservationSet) -> String {
    let line = |observation: &sluice_core::model::observation::Observation| {
        let values =
            observation.series.iter().map(|series| format!(" {:?} {:?}", series.labels, series.value));
        let (quality, values): (_, String) = (observation.quality, values.collect());
        format!("{} {quality:?}{values} {}", observation.query, observation.reason).trim_end().to_owned()
    };
    set.observations["errors"].iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_set_has_every_answer_the_events_and_the_ready_instances() {
    let mut stage =
        Stage::new(&[("errors", ERRORS), ("served", SERVED), ("none", "nothing_at_all"), ("bad", "sum(")])
            .await;
    let range = Some(Range { window_ms: 20_000, step_ms: 10_000 });
    stage.plan.strategy.queries = vec![Query { range, ..query("each", "app_errors_total{role=\"stable\"}") }];
    stage.observe(1000).await;
    stage.serve(100, 5);
    let set = stage.observe(11_000).await;
    insta::assert_snapshot!(told(&set), @r#"
    errors Value {} [0.049999999999999996]
    served Value {"role": "candidate"} [1.6666666666666667] {"role": "stable"} [1.6666666666666667]
    none NoData no series match the query
    bad NoData `(` is not closed
    "#);
    assert_eq!((set.at, set.events, set.failures.len()), (11_000, Some(100), 0));
    assert_eq!(set.ready, BTreeMap::from([("candidate".to_owned(), 1), ("stable".to_owned(), 1)]));
    // Where it is promoted, its target counts it as stable already.
    let mut promoted = stage.status();
    promoted.revisions.iter_mut().for_each(|one| one.role = Role::Stable);
    assert_eq!(promoted.ready(&stage.plan.candidate.id), set.ready);
    let each = &set.observations["strategy"][0].series[0];
    assert_eq!((each.at.clone(), each.value.clone()), (vec![1000, 11_000], vec![0.0, 5.0]));
    assert_eq!(set.observations["rollback"], []);
}

#[tokio::test]
async fn the_id_is_that_of_the_content() {
    let stage = Stage::new(&[("served", SERVED)]).await;
    let set = stage.observe(1000).await;
    assert_eq!(set.id, content_id(&set));
    assert_eq!(set.id.len(), "obs-0123456789abcdef".len());
    let read: ObservationSet = serde_json::from_str(&serde_json::to_string(&set).unwrap()).unwrap();
    assert_eq!(content_id(&read), set.id);
    let other = ObservationSet { events: Some(7), ..set.clone() };
    assert_ne!(content_id(&other), set.id);
    // The same pages at the same time, seen by another engine.
    let again = Stage { observer: ScrapingObserver::new().unwrap(), ..stage }.observe(1000).await;
    assert_eq!(again.id, set.id);
}

/// Its errors are absent because nobody could read them, and not because there are none.
#[tokio::test]
async fn a_candidate_whose_page_never_answers_is_not_free_of_errors() {
    let by_role =
        "sum by (role) (rate(app_errors_total[1m])) / sum by (role) (rate(gateway_requests_total[1m]))";
    let of_stable = ERRORS.replace("candidate", "stable");
    let stage =
        Stage::new(&[("errors", ERRORS), ("by role", by_role), ("stable", &of_stable), ("served", SERVED)])
            .await;
    let refuse = || stage.candidate.say("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    refuse();
    stage.observe(1000).await;
    stage.serve(100, 0);
    refuse();
    let set = stage.observe(11_000).await;
    insta::assert_snapshot!(told(&set).replace(&stage.candidate.url, "CANDIDATE"), @r#"
    errors Stale `CANDIDATE` answered 503 Service Unavailable; it may have what the query asks for
    by role Stale `CANDIDATE` answered 503 Service Unavailable; it may have what the query asks for
    stable Value {} [0.0]
    served Value {"role": "candidate"} [1.6666666666666667] {"role": "stable"} [1.6666666666666667]
    "#);
    assert_eq!(set.failures, [format!("`{}` answered 503 Service Unavailable", stage.candidate.url)]);
    stage.serve(200, 0);
    stage.observe(21_000).await;
    stage.serve(300, 0);
    let set = stage.observe(31_000).await;
    assert!(set.observations["errors"].iter().all(|one| one.quality == Quality::Value), "{}", told(&set));
}

#[tokio::test]
async fn a_page_that_has_no_errors_yet_is_free_of_them() {
    let stage = Stage::new(&[("errors", ERRORS)]).await;
    let silent = || stage.candidate.say(ok("text/plain", "up 1\n"));
    silent();
    stage.observe(1000).await;
    stage.serve(100, 0);
    silent();
    let set = stage.observe(11_000).await;
    let why = "nothing matches `app_errors_total{role=\"candidate\"}`, which counts as 0";
    assert_eq!(told(&set), format!("errors Value {{}} [0.0] {why}"));
}

#[tokio::test]
async fn a_target_that_can_not_be_asked_makes_all_stale() {
    let stage = Stage::new(&[("served", SERVED), ("errors", "app_errors_total")]).await;
    stage.observe(1000).await;
    stage.serve(100, 0);
    stage.observe(11_000).await;
    let lost = Err(TargetError::Unreachable("no such socket".to_owned()));
    let set = stage.observe_with(&lost, 21_000).await;
    assert_eq!(set.failures, ["the target can not be reached: no such socket"]);
    assert_eq!(set.ready, BTreeMap::new());
    assert!(set.observations["errors"].iter().all(|one| one.quality == Quality::Stale), "{}", told(&set));
    stage.serve(200, 0);
    let set = stage.observe(31_000).await;
    assert!(set.observations["errors"].iter().all(|one| one.quality == Quality::Value), "{}", told(&set));
}

#[tokio::test]
async fn answers_are_bounded_before_they_reach_the_journal() {
    let stage = Stage::new(&[("many", "wide"), ("few", "count(wide)")]).await;
    let page: String = (0..4000).map(|number| format!("wide{{number=\"{number}\"}} 1\n")).collect();
    stage.gateway.say(ok("text/plain", &page));
    let told = told(&stage.observe(1000).await);
    insta::assert_snapshot!(told, @r"
    many NoData the answer has 4000 series and takes more than 256 KiB; aggregate it
    few Value {} [4000.0]
    ");
}

#[tokio::test]
async fn the_answers_of_a_round_are_bounded_together() {
    let names: Vec<String> = (0..20).map(|number| format!("q{number}")).collect();
    let queries: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "wide")).collect();
    let stage = Stage::new(&queries).await;
    let page: String = (0..2000).map(|number| format!("wide{{number=\"{number}\"}} 1\n")).collect();
    stage.gateway.say(ok("text/plain", &page));
    let set = stage.observe(1000).await;
    let qualities: Vec<Quality> = set.observations["errors"].iter().map(|one| one.quality).collect();
    let answered = qualities.iter().take_while(|quality| **quality == Quality::Value).count();
    assert!((5..19).contains(&answered), "{answered}");
    assert!(qualities[answered..].iter().all(|quality| *quality == Quality::NoData));
    assert!(serde_json::to_vec(&set).unwrap().len() < 4 << 20);
    let reason = &set.observations["errors"][19].reason;
    assert_eq!(reason, "the answers of this round take more than 2048 KiB; aggregate them");
}

#[tokio::test]
async fn further_queries_are_answered_as_of_the_observation_and_no_other() {
    let stage = Stage::new(&[]).await;
    stage.serve(7, 0);
    stage.observe(1000).await;
    let further = stage.observer.further();
    let asked = query("more", "sum(gateway_requests_total)");
    let answer = further.query(&asked).unwrap();
    assert_eq!((answer.query.as_str(), answer.scalar(), answer.series[0].at[0]), ("more", Some(14.0), 1000));
    assert_eq!(further.query(&query("bad", "sum by")).unwrap_err(), "this is not a PromQL expression");
    stage.serve(8, 0);
    stage.observe(2000).await;
    let refused = further.query(&asked).unwrap_err();
    assert_eq!(refused, "the observation that this call is about is no longer the latest");
    assert_eq!(stage.observer.further().query(&asked).unwrap().scalar(), Some(16.0));
}

#[tokio::test]
async fn further_queries_before_the_first_observation_find_nothing() {
    let observer = ScrapingObserver::new().unwrap();
    let answer = observer.further().query(&query("more", "up")).unwrap();
    assert_eq!(answer.quality, Quality::NoData);
}

#[tokio::test]
async fn endpoints_with_one_address_and_other_labels_are_two() {
    let stage = Stage::new(&[("all", "count by (instance) (app_errors_total)")]).await;
    let labelled = |instance: &str| -> Endpoint { endpoint(&stage.stable.url, &[("instance", instance)]) };
    let status = TargetStatus { endpoints: vec![labelled("a"), labelled("b")], ..stage.status() };
    let set = stage.observe_with(&Ok(status), 1000).await;
    assert_eq!(set.observations["errors"][0].series.len(), 2);
    let status = TargetStatus { endpoints: vec![labelled("b")], ..stage.status() };
    let set = stage.observe_with(&Ok(status), 2000).await;
    assert_eq!(told(&set), "all Value {\"instance\": \"b\"} [1.0]");
}

#[tokio::test]
async fn a_gateway_that_was_gone_is_told_once_for_each_time() {
    let stage = Stage::new(&[]).await;
    let gone = |started_again: u32| Ok(TargetStatus { started_again, ..stage.status() });
    let wanted = "the gateway was gone; it was started again and given what it had on record";
    assert_eq!(stage.observe_with(&gone(0), 1000).await.failures, [""; 0]);
    assert_eq!(stage.observe_with(&gone(1), 2000).await.failures, [wanted]);
    assert_eq!(stage.observe_with(&gone(1), 3000).await.failures, [""; 0]);
    assert_eq!(stage.observe_with(&gone(2), 4000).await.failures, [wanted]);
}

#[tokio::test]
async fn an_instance_that_was_restarted_is_told_once() {
    let stage = Stage::new(&[("errors", "app_errors_total")]).await;
    let restarted = |restarts: u32| {
        let mut status = stage.status();
        let instance = &mut status.revisions[1].instances[0];
        (instance.restarts, instance.last_exit) = (restarts, "exited with 3".to_owned());
        Ok(status)
    };
    let wanted = "instance `candidate/0` was restarted (2 in all): exited with 3";
    assert_eq!(stage.observe_with(&restarted(0), 1000).await.failures, [""; 0]);
    assert_eq!(stage.observe_with(&restarted(2), 2000).await.failures, [wanted]);
    assert_eq!(stage.observe_with(&restarted(2), 3000).await.failures, [""; 0]);
}

#[tokio::test]
async fn a_difference_is_told_once_and_after_a_restart_of_the_target_anew() {
    let stage = Stage::new(&[]).await;
    let difference = |number: u64, path: &str| Difference {
        number,
        kind: DifferenceKind::Status,
        method: "GET".to_owned(),
        path: path.to_owned(),
        place: String::new(),
        stable: "200".to_owned(),
        shadow: "500".to_owned(),
    };
    let mut told = Vec::new();
    for differences in [
        vec![difference(1, "/a")],
        vec![difference(1, "/a"), difference(2, "/b")],
        vec![difference(1, "/a"), difference(2, "/b")],
        vec![difference(1, "/c")],
    ] {
        let status = TargetStatus { differences, ..stage.status() };
        let set = stage.observe_with(&Ok(status), 1_000).await;
        told.push(set.differences.iter().map(|one| one.path.clone()).collect::<Vec<_>>());
    }
    assert_eq!(told, [vec!["/a"], vec!["/b"], vec![], vec!["/c"]]);
}
