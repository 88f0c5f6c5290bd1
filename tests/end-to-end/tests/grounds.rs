//! The grounds of a test: a stage where v1 is deployed, and users who send requests to it.

use std::time::Duration;

use end_to_end::load::{Load, Options, Tally};
use end_to_end::programs::Programs;
use end_to_end::run::Run;
use end_to_end::stage::{Release, Stage};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const PROMOTED: i32 = 0;
pub const INVALID: i32 = 2;
pub const REFUSED: i32 = 3;
pub const ROLLED_BACK: i32 = 4;
pub const WAITING: i32 = 5;

const CLIENTS: usize = 4;
const RATE: f64 = 100.0;

/// A stage with users on it. Fields are dropped in this order: users first, then the gateway, then its directory.
pub struct Grounds {
    load: Load,
    pub stage: Stage,
    state: TempDir,
}

impl Drop for Grounds {
    fn drop(&mut self) {
        // The journal and the logs of a test that failed are worth a look.
        if std::thread::panicking() {
            self.state.disable_cleanup(true);
            eprintln!("kept {}", self.state.path().display());
        }
    }
}

impl Grounds {
    /// A gateway that serves v1, and users.
    pub async fn with_v1() -> Self {
        // Short, as the gateway's socket is in it, and the path of a socket has about a hundred bytes.
        let state = tempfile::Builder::new().prefix("sluice-").tempdir_in("/tmp").unwrap();
        let programs = Programs::of_this_build().unwrap();
        let stage = Stage::new(programs, state.path(), "end-to-end/workflows/quick.yaml").unwrap();
        let first = json_run(&stage, &Release::of("v1"), "").await;
        assert_eq!(first.code, Some(PROMOTED), "v1 was not deployed: {}", first.stderr);
        let options = Options { url: stage.url(), clients: CLIENTS, rate: Some(RATE), ..Options::default() };
        Self { load: Load::start(&options).unwrap(), stage, state }
    }

    /// Runs a release to its end, or to the fault.
    pub async fn release(&self, release: &Release, fault: &str) -> Run {
        json_run(&self.stage, release, fault).await
    }

    /// Rehearses a release to its end, or to the fault.
    pub async fn rehearse(&self, release: &Release, fault: &str) -> Run {
        let mut command = self.stage.rehearse(release);
        command.args(["--output", "json"]).env("SLUICE_FAULT", fault);
        Run::of(command).await.unwrap()
    }

    /// Runs any command with JSON output.
    pub async fn sluice(&self, subcommand: &str, arguments: &[&str]) -> Run {
        let mut command = self.stage.sluice(subcommand);
        command.args(["--output", "json"]).args(arguments);
        Run::of(command).await.unwrap()
    }

    /// The journal of a release.
    pub async fn journal(&self, release: &str) -> Run {
        let shown = self.sluice("show", &[release]).await;
        assert_eq!(shown.code, Some(0), "{}", shown.stderr);
        shown
    }

    /// What users saw since the last time. No request may have been lost, whatever happened.
    pub fn seen(&self) -> Tally {
        let seen = self.load.take();
        assert_eq!(seen.lost(), 0, "requests were lost: {seen}");
        seen
    }

    /// Waits until users were answered some more times, and gives what they saw from now until then.
    pub async fn seen_from_now(&self) -> Tally {
        let mut seen = Tally::default();
        drop(self.seen());
        while seen.answered() < 50 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            seen.add(self.seen());
        }
        seen
    }

    /// Whether the target serves this version and nothing else, as its record and its users have it.
    pub async fn assert_serves_only(&self, version: &str) {
        let alone = json!({
            "revisions": [{ "version": version, "instances": 1, "weight": 1000 }],
            "stable": version,
        });
        assert_eq!(self.stage.target().unwrap(), alone);
        let seen = self.seen_from_now().await;
        assert_eq!(seen.of_version(version), seen.answered(), "not only {version} answers: {seen}");
    }
}

/// Texts of the reasons of a decision.
pub fn reasons(decided: &Value) -> String {
    let reasons = decided["decision"]["reasons"].as_array().cloned().unwrap_or_default();
    reasons.iter().filter_map(|reason| reason["text"].as_str()).collect::<Vec<_>>().join("; ")
}

async fn json_run(stage: &Stage, release: &Release, fault: &str) -> Run {
    let mut command = stage.run(release);
    command.args(["--output", "json"]).env("SLUICE_FAULT", fault);
    Run::of(command).await.unwrap()
}
