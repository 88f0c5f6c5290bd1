//! A release that deploys to staging first, by another workflow: it begins only when that is promoted, and takes it
//! back when it is ended itself.

use std::time::Duration;

use end_to_end::load::{Load, Options};
use end_to_end::programs::Programs;
use end_to_end::run::Run;
use end_to_end::stage::{Release, Stage};
use serde_json::{Value, json};

use crate::grounds::{Grounds, PROMOTED, REFUSED, ROLLED_BACK, reasons};

const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Where the job `staging` deploys to, with users of its own. Users are dropped first.
struct Staging {
    users: Load,
    stage: Stage,
    service: String,
}

impl Staging {
    /// It serves v1 already.
    async fn beside(grounds: &Grounds) -> Self {
        let programs = Programs::of_this_build().unwrap();
        let service = programs.demo_service.display().to_string();
        let state = grounds.stage.state().join("nested/staging");
        let stage = Stage::new(programs, &state, "end-to-end/workflows/quick.yaml").unwrap();
        let first = Run::of(stage.run(&Release::of("v1"))).await.unwrap();
        assert_eq!(first.code, Some(PROMOTED), "{}", first.stderr);
        let options = Options { url: stage.url(), clients: 4, rate: Some(100.0), ..Options::default() };
        Self { users: Load::start(&options).unwrap(), stage, service }
    }

    /// A release of this version whose tests are the deployment to staging, where the service has these arguments.
    fn release(&self, version: &str, arguments: &str, settings: &[&str]) -> Release {
        // The version is the outer release's; an instance is told it.
        let script = format!("exec {} --version $SLUICE_VERSION {arguments}", self.service);
        let mut set = vec![
            format!("target.gateway.listen={}", self.stage.address()),
            format!("candidate.command={}", json!(["sh", "-c", script])),
        ];
        set.extend(settings.iter().map(|setting| (*setting).to_owned()));
        let job = json!({ "name": "staging", "workflow": self.stage.workflow(), "set": set });
        Release::of(version).with_settings(&[&format!("test={}", json!({ "jobs": [job] }))])
    }

    /// The outcomes of the releases there, the last one first.
    async fn outcomes(&self) -> Vec<Value> {
        let mut command = self.stage.sluice("history");
        command.args(["--output", "json"]);
        Run::of(command).await.unwrap().lines.iter().map(|line| line["outcome"].clone()).collect()
    }

    fn assert_serves_only(&self, version: &str) {
        let alone = json!([{ "version": version, "instances": 1, "weight": 1000 }]);
        assert_eq!(self.stage.target().unwrap()["revisions"], alone);
        let seen = self.users.take();
        assert_eq!(seen.lost(), 0, "{seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_begins_once_staging_is_promoted() {
    let grounds = Grounds::with_v1().await;
    let staging = Staging::beside(&grounds).await;
    let ended = grounds.release(&staging.release("v2", "", &[]), "").await;
    assert_eq!(ended.code, Some(PROMOTED), "{}", ended.stderr);
    grounds.assert_serves_only("v2").await;
    staging.assert_serves_only("v2");
    assert_eq!(staging.outcomes().await, ["promoted", "promoted"]);
    let types: Vec<&str> =
        ended.records().iter().filter_map(|record| record["event"]["type"].as_str()).collect();
    let at = |wanted: &str| types.iter().position(|one| *one == wanted).unwrap();
    assert!(at("job-ended") < at("shape-intended"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_does_not_begin_where_staging_is_rolled_back() {
    let grounds = Grounds::with_v1().await;
    let staging = Staging::beside(&grounds).await;
    let ended = grounds.release(&staging.release("v3", "--error-percent 50", &[]), "").await;
    assert_eq!(ended.code, Some(REFUSED), "{}", ended.stderr);
    assert!(ended.events("shape-intended").is_empty());
    let why = ended.events("ended")[0]["reason"].as_str().unwrap().to_owned();
    for part in ["job staging", "exited with status 4", "rolled back", "check errors failed"] {
        assert!(why.contains(part), "no `{part}` in the reason: {why}");
    }
    assert!(reasons(ended.events("decided").last().unwrap()).contains("exited with status 4"));
    grounds.assert_serves_only("v1").await;
    staging.assert_serves_only("v1");
    assert_eq!(staging.outcomes().await, ["rolled-back", "promoted"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_is_aborted_takes_staging_back_and_stands_in_nobodys_way() {
    let grounds = Grounds::with_v1().await;
    let staging = Staging::beside(&grounds).await;
    let slow = staging.release("v4", "", &["strategy.config.hold=100s", "strategy.config.deadline=10m"]);
    let abort = async {
        let exposed = || {
            let target = staging.stage.target().unwrap();
            target["revisions"]
                .as_array()
                .unwrap()
                .iter()
                .any(|one| one["version"] == "v4" && one["weight"] == 200)
        };
        while !exposed() {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let open = grounds.sluice("history", &["--limit", "1"]).await;
        let aborted = grounds.sluice("abort", &[open.release().unwrap()]).await;
        assert_eq!(aborted.code, Some(0), "{}", aborted.stderr);
    };
    let (ended, ()) = tokio::join!(grounds.release(&slow, ""), abort);
    assert_eq!(ended.code, Some(ROLLED_BACK), "{}", ended.stderr);
    assert!(ended.events("shape-intended").is_empty());
    staging.assert_serves_only("v1");
    assert_eq!(staging.outcomes().await, ["aborted", "promoted"]);

    let next = grounds.release(&staging.release("v5", "", &[]), "").await;
    assert_eq!(next.code, Some(PROMOTED), "{}", next.stderr);
    staging.assert_serves_only("v5");
    grounds.assert_serves_only("v5").await;
}
