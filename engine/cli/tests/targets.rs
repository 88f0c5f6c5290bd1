//! Releases on a platform behind a command.

use std::path::Path;

use super::command::{Ended, sluice};

const WORKFLOW: &str = "\
apiVersion: sluice/v1
kind: Workflow
service: shop
target:
  command: {command: [python3, EXAMPLE], env: {PLATFORM_STATE: STATE}, pass-env: [PATH, HOME]}
candidate: {version: v1, instances: 2}
metrics: {interval: 100ms, events: 'requests_total{role=\"candidate\"}'}
strategy: {plugin: canary, config: {steps: [10, 100], hold: 0s}}
checks: []
first: {min-time: 0s}
";

struct Grounds {
    folder: tempfile::TempDir,
    workflow: String,
}

impl Grounds {
    /// The example's platform is in Python, which a machine may lack; CI may not.
    fn new() -> Option<Self> {
        let found = std::process::Command::new("python3").arg("--version").output();
        if !found.is_ok_and(|found| found.status.success()) {
            assert!(
                std::env::var_os("CI").is_none(),
                "python3 is missing, which runs the examples of targets"
            );
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../targets/examples/json-file.py");
        let state = folder.path().join("platform.json");
        let text = WORKFLOW.replace("EXAMPLE", &example.to_string_lossy());
        let text = text.replace("STATE: STATE", &format!("STATE: {}", state.display()));
        let workflow = folder.path().join("workflow.yaml");
        std::fs::write(&workflow, text).unwrap();
        let workflow = workflow.to_string_lossy().into_owned();
        Some(Self { folder, workflow })
    }

    fn sluice(&self, words: &[&str]) -> Ended {
        let words: Vec<&str> = words.iter().copied().chain(["-f", &self.workflow]).collect();
        sluice(&self.folder.path().join("state"), &words)
    }
}

#[test]
fn releases_on_a_platform_behind_a_command_are_promoted() {
    let Some(grounds) = Grounds::new() else { return };
    let first = grounds.sluice(&["run"]);
    assert_eq!(first.code, 0, "{first:?}");
    let planned = grounds.sluice(&["plan", "--set", "candidate.version=v2"]);
    assert!(planned.out.contains("v1 → v2") && planned.out.contains("command python3"), "{planned:?}");
    let second = grounds.sluice(&["run", "--set", "candidate.version=v2"]);
    assert_eq!(second.code, 0, "{second:?}");
    assert!(second.out.contains("10 %"), "{second:?}");
    let state = std::fs::read_to_string(grounds.folder.path().join("platform.json")).unwrap();
    let state: serde_json::Value = serde_json::from_str(&state).unwrap();
    assert_eq!(state["shop"]["stable_revision"]["version"], "v2");
}

#[test]
fn a_platform_is_not_asked_for_what_it_says_that_it_can_not_do() {
    let Some(grounds) = Grounds::new() else { return };
    assert_eq!(grounds.sluice(&["run"]).code, 0);
    let fine = grounds.sluice(&[
        "run",
        "--set",
        "candidate.version=v2",
        "--set",
        "strategy.config.steps=[0.5, 100]",
    ]);
    assert!([2, 4].contains(&fine.code), "{fine:?}");
    let told = format!("{}{}", fine.out, fine.err);
    assert!(told.contains("does not split by tenths of a percent"), "{fine:?}");
}

#[test]
fn a_target_that_can_not_be_asked_stops_the_plan() {
    let Some(grounds) = Grounds::new() else { return };
    let gone = grounds.sluice(&["plan", "--set", "target.command.command=[\"./gone\"]"]);
    assert_eq!(gone.code, 1, "{gone:?}");
    assert!(gone.err.contains("`./gone` can not be started"), "{gone:?}");
}

#[test]
fn a_platform_is_tried_by_its_workflow() {
    let Some(grounds) = Grounds::new() else { return };
    let tried = grounds.sluice(&["target", "test", "--output", "json"]);
    assert_eq!(tried.code, 0, "{tried:?}");
    assert_eq!(tried.out.lines().filter(|line| line.contains("\"result\":\"met\"")).count(), 18);
    let word = sluice(grounds.folder.path(), &["target", "test", "--command", "echo", "{}"]);
    assert_eq!(word.code, 1);
    assert!(word.err.contains("it has no `version`"), "{word:?}");
}
