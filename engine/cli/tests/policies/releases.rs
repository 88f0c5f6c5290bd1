//! Policies and releases: held, let pass, explained, recorded, asked again.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};

use insta::assert_snapshot;

use super::{Desk, POLICY};
use crate::command::{Ended, code, command, sluice};

const WORKFLOW: &str = "\
apiVersion: sluice/v1
kind: Workflow
service: shop
target:
  command: {command: [python3, EXAMPLE], env: {PLATFORM_STATE: STATE}, pass-env: [PATH, HOME]}
candidate: {version: v1, instances: 2}
metrics: {interval: 100ms, events: 'requests_total{role=\"candidate\"}'}
strategy: {plugin: canary, config: {steps: [50, 100], hold: 0s}}
checks: []
first: {min-time: 0s}
deadlines: {hold: 10m}
policies: [policies]
";

impl Desk {
    /// With a workflow of the example's platform; nothing where there is no Python for it.
    fn with_workflow() -> Option<Self> {
        let found = std::process::Command::new("python3").arg("--version").output();
        if !found.is_ok_and(|found| found.status.success()) {
            assert!(
                std::env::var_os("CI").is_none(),
                "python3 is missing, which runs the examples of targets"
            );
            return None;
        }
        let desk = Self::new();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../targets/examples/json-file.py");
        let text = WORKFLOW.replace("EXAMPLE", &example.to_string_lossy());
        let state = format!("STATE: {}", desk.placed("/platform.json"));
        desk.write("shop.yaml", &text.replace("STATE: STATE", &state));
        let first = desk.release(&[]);
        assert_eq!(first.code, 0, "{first:?}");
        Some(desk)
    }

    fn release(&self, more: &[&str]) -> Ended {
        let file = self.placed("/shop.yaml");
        let words: Vec<&str> = ["run", "-f", &file].into_iter().chain(more.iter().copied()).collect();
        sluice(&self.path("state"), &words)
    }

    /// Begins a release and leaves its engine at work. Nothing of it is bound to this machine's pace: what a test
    /// waits for is said, or the release ends and the test with it.
    fn begun(&self, more: &[&str]) -> AtWork {
        let file = self.placed("/shop.yaml");
        AtWork::start(self, &[&["run", "-f", &file, "--set", "candidate.version=v2"], more].concat())
    }

    /// A release that the policy refuses, with these words; a person ends it then.
    fn refused(&self, more: &[&str], said: &str) {
        let mut engine = self.begun(more);
        engine.until(said);
        assert_eq!(sluice(&self.path("state"), &["abort", &self.latest()]).code, 0);
        let ended = engine.ended();
        assert_eq!(ended.code, 4, "{ended:?}");
    }

    /// The id of the latest release.
    fn latest(&self) -> String {
        let history = sluice(&self.path("state"), &["history", "--output", "json"]).out;
        let latest: serde_json::Value = serde_json::from_str(history.lines().next().unwrap()).unwrap();
        latest["release"].as_str().unwrap().to_owned()
    }
}

/// An engine at work in a process of its own, killed with the test.
struct AtWork {
    process: Child,
    lines: BufReader<ChildStdout>,
    said: String,
}

impl AtWork {
    fn start(desk: &Desk, words: &[&str]) -> Self {
        let mut process = command(&desk.path("state"), words).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        Self { process, lines, said: String::new() }
    }

    fn until(&mut self, words: &str) {
        while !self.said.contains(words) {
            let read = self.lines.read_line(&mut self.said).unwrap();
            assert_ne!(read, 0, "it never says `{words}`:\n{}", self.said);
        }
    }

    fn ended(mut self) -> Ended {
        self.lines.read_to_string(&mut self.said).unwrap();
        let code = code(self.process.wait().unwrap());
        Ended { code, out: std::mem::take(&mut self.said), err: String::new() }
    }
}

impl Drop for AtWork {
    /// As a machine that fails takes an engine from its release: what it said is recorded.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const TWO_PEOPLE: &str = "\
apiVersion: sluice/v1
kind: DeploymentPolicy
name: two-people
rules:
  - id: two
    on: [shape]
    expr: release.first || current.candidate.weight > 0.0
    require: {approvals: 2, group: sre}
";

#[test]
fn two_people_let_pass_what_a_rule_refuses_also_when_its_folder_is_broken_by_then() {
    let Some(desk) = Desk::with_workflow() else { return };
    desk.write("policies/small.yaml", TWO_PEOPLE);
    let mut engine = desk.begun(&["--set", "approvers.sre=[bob, cleo]"]);
    engine.until("none is there");
    let id = desk.latest();
    let word = |who: &str| sluice(&desk.path("state"), &["approve", &id, "--who", who]);
    assert_eq!(word("dora").code, 2, "dora is in no group");
    assert_eq!((word("bob").code, word("bob").code), (0, 0));
    engine.until("there is that of bob");
    drop(engine);

    // From here on the folder can not be loaded: nothing new begins, and what is under way keeps its policies.
    desk.write("policies/small.yaml", "kind: DeploymentPolicy");
    assert_eq!(desk.release(&["--set", "candidate.version=v3"]).code, 2);
    assert_eq!(word("cleo").code, 0);
    let promoted = sluice(&desk.path("state"), &["resume", &id]);
    assert_eq!(promoted.code, 0, "{promoted:?}");
}

#[test]
fn a_release_that_waits_for_a_rules_approvals_alone_is_left() {
    let Some(desk) = Desk::with_workflow() else { return };
    desk.write("policies/small.yaml", TWO_PEOPLE);
    let with = ["--set", "approvers.sre=[bob, cleo]", "--exit-on-wait"];
    let left = desk.release(&[&with[..], &["--set", "candidate.version=v2"]].concat());
    assert_eq!(left.code, 5, "{left:?}");
    assert!(left.out.contains("2 approvals of `sre`"), "{left:?}");
    let id = desk.latest();
    let word = |who: &str| sluice(&desk.path("state"), &["approve", &id, "--who", who]).code;
    let resumed = || sluice(&desk.path("state"), &["resume", &id, "--exit-on-wait"]).code;
    // One word is asked about, and is not enough; two are.
    assert_eq!((word("bob"), resumed()), (0, 5));
    assert_eq!((word("cleo"), resumed()), (0, 0));
}

#[test]
fn others_are_asked_as_the_workflow_wants_them_asked() {
    let Some(desk) = Desk::with_workflow() else { return };
    let wanted = ["--set", "candidate.version=v2", "--set", "policyParams.small.first=60"];
    let promoted = desk.release(&[&wanted[..], &["--set", "requirePolicy=true"]].concat());
    assert_eq!(promoted.code, 0, "{promoted:?}");
    let replay = |folder: &str| {
        let words = ["policy", "replay", "--policies", folder, "--format", "json"];
        let said = sluice(&desk.path("state"), &words);
        assert_eq!(said.code, 0, "{said:?}");
        said.out
    };
    // The same with its parameters, which its default would refuse.
    assert!(!replay(&desk.placed("/policies")).contains("changed-decision"));
    desk.write(
        "elsewhere/other.yaml",
        &POLICY.replace("name: small", "name: other\nmatch: {services: [cart]}"),
    );
    let none = replay(&desk.placed("/elsewhere"));
    assert!(none.contains("a policy is required, and none is for this release"), "{none}");
}

#[test]
fn a_workflow_gives_parameters_within_what_the_policy_allows() {
    let Some(desk) = Desk::with_workflow() else { return };
    let with = |value: &str| {
        desk.release(&[
            "--set",
            "candidate.version=v2",
            "--set",
            &format!("policyParams.small.first={value}"),
        ])
    };
    let beyond = with("61");
    assert_eq!(beyond.code, 2);
    assert!(beyond.err.contains("61 is more than the most of 60"), "{beyond:?}");
    let allowed = with("60");
    assert_eq!(allowed.code, 0, "{allowed:?}");
}

#[test]
fn where_a_policy_is_required_one_that_is_for_others_is_none() {
    let Some(desk) = Desk::with_workflow() else { return };
    desk.write("policies/small.yaml", &POLICY.replace("rules:", "match: {services: [cart]}\nrules:"));
    let required = desk.release(&["--set", "candidate.version=v2", "--set", "requirePolicy=true"]);
    assert_eq!(required.code, 3, "{required:?}");
    assert!(required.out.contains("a policy is required, and none is for this release"), "{required:?}");
    let explained = desk.policy(&["explain", &desk.latest(), "a-policy-matches"]);
    assert_eq!(explained.code, 0, "{explained:?}");
    assert!(explained.out.contains("required/a-policy-matches  fail"), "{explained:?}");
}

#[test]
fn a_refusal_is_explained_recorded_and_asked_again() {
    let Some(desk) = Desk::with_workflow() else { return };
    desk.refused(&[], "50 % is too much to begin with");
    let id = &desk.latest();
    let explained = desk.policy(&["explain", id]);
    assert_eq!(explained.code, 0, "{explained:?}");
    let rest: String = explained.out.lines().skip(1).map(|line| format!("{line}\n")).collect();
    assert_snapshot!(rest, @r"
    ✗ small/first-step  fail  50 % is too much to begin with
        release.first || current.candidate.weight > 0.0 || proposed.candidate.weight <= params.first
        |                |                        |     |  |                         |  |
        false            0                        false |  50                        |  25
                                                        false                        false
    ");
    assert_eq!(desk.policy(&["explain", id, "small/first-step"]).out, explained.out);
    assert_eq!(desk.policy(&["explain", id, "unknown"]).code, 2);

    let report = sluice(&desk.path("state"), &["report", id]).out;
    let (_, why) = report.split_once("### Why rules refused\n\n").unwrap();
    assert!(why.contains("\n    release.first || current.candidate.weight > 0.0 ||"), "{why}");

    // What is recorded is a case that passes, and with a context beside it another.
    let case = desk.policy(&["record", id, "--policy", "small", "--on", "shape"]);
    desk.write("policies/tests/small/recorded.yaml", &case.out);
    desk.write("policies/tests/recorded/context.yaml", &desk.policy(&["record", id, "--on", "shape"]).out);
    std::fs::rename(desk.path("policies/tests/recorded"), desk.path("policies/recorded")).unwrap();
    let smaller = "{on: shape, fixture: ../../recorded/context.yaml, context: {proposed: {candidate: {weight: 20}}}, expect: {first-step: pass}}";
    desk.write("policies/tests/small/smaller.yaml", smaller);
    for name in ["small/recorded", "small/smaller"] {
        let tested = desk.policy(&["test", "/policies", "--filter", name]);
        assert_eq!((tested.code, tested.out.as_str()), (0, "1 case passed\n"), "{tested:?}\n{}", case.out);
    }

    let text = std::fs::read_to_string(desk.path("policies/recorded/context.yaml")).unwrap();
    assert!(text.contains("\"outcome\":\"promoted\""), "the release before it is seen: {text}");

    let own = desk.policy(&["replay"]);
    assert_eq!(own.code, 0);
    assert!(own.err.ends_with("none would change\n") && own.out.is_empty(), "{own:?}");
    desk.write("laxer/small.yaml", &POLICY.replace("default: 25", "default: 60"));
    let laxer = desk.policy(&["replay", "--policies", "/laxer", "--format", "markdown"]);
    let row = laxer.out.lines().last().unwrap().split(" | ").skip(2).collect::<Vec<_>>();
    let row = [row[0], row[2], row[3], row[5]];
    assert_eq!(row, ["shape", "refused", "allowed", "small/first-step: 50 % is too much to begin with |"]);
    let one = desk.policy(&["replay", "--policies", "/laxer", "--output", "json"]).out;
    let change: serde_json::Value = serde_json::from_str(one.lines().next().unwrap()).unwrap();
    assert_eq!((&change["was-refused"], &change["is-refused"]), (&true.into(), &false.into()));
}
