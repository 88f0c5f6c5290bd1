//! A command as a target: real processes, also those that hang, flood, and leave others behind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sluice_runner::ports::target::{Target, TargetError};
use sluice_targets::command::conformance::{Finding, Outcome, REQUIREMENTS, Subject, examine};
use sluice_targets::command::{CommandOptions, CommandTarget};
use tempfile::TempDir;

use crate::bed::{eventually, revision, runs};

const DESCRIBED: &str = r#"{"version": 1, "capabilities": {"mirror": true}}"#;

fn options(folder: &TempDir, script: &str) -> CommandOptions {
    CommandOptions {
        command: ["sh", "-c", script].map(str::to_owned).to_vec(),
        directory: folder.path().to_owned(),
        env: BTreeMap::new(),
        pass_env: vec!["PATH".to_owned()],
        timeout_ms: 30_000,
        retries: 3,
    }
}

async fn opened(folder: &TempDir, script: &str) -> Result<CommandTarget, TargetError> {
    CommandTarget::open("shop", &options(folder, script)).await
}

/// What it says when `describe` is all that it can answer.
async fn refusal(folder: &TempDir, script: &str) -> String {
    opened(folder, script).await.unwrap_err().to_string()
}

fn pid_in(file: PathBuf) -> Option<i32> {
    std::fs::read_to_string(file).ok()?.trim().parse().ok()
}

#[tokio::test]
async fn a_command_says_what_it_can_do() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("cat > question; echo '{DESCRIBED}'");
    let target = opened(&folder, &script).await.unwrap();
    assert!(target.capabilities().mirror && !target.capabilities().routes);
    let asked = std::fs::read_to_string(folder.path().join("question")).unwrap();
    insta::assert_snapshot!(asked, @r#"{"version":1,"service":"shop","operation":"describe"}"#);
}

#[tokio::test]
async fn a_command_that_hangs_is_ended_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let script = "sleep 600 & echo $! > child; echo waiting for godot >&2; wait";
    let mut slow = options(&folder, script);
    slow.timeout_ms = 1_000;
    let error = CommandTarget::open("shop", &slow).await.unwrap_err();
    insta::assert_snapshot!(error, @"the target can not be reached: it did not answer within 1 s and was ended; it said: waiting for godot");
    let child = pid_in(folder.path().join("child")).unwrap();
    eventually("what it started has ended", async || !runs(child)).await;
}

#[tokio::test]
async fn what_a_command_leaves_running_neither_delays_its_answer_nor_stays() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("sleep 600 & echo $! > child; echo '{DESCRIBED}'");
    opened(&folder, &script).await.unwrap();
    let child = pid_in(folder.path().join("child")).unwrap();
    eventually("what it left has ended", async || !runs(child)).await;
}

#[tokio::test]
async fn a_command_that_nobody_waits_for_any_more_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(&folder, "echo $$ > pid; sleep 600");
    let asking = tokio::spawn(async move { CommandTarget::open("shop", &options).await });
    let file = || folder.path().join("pid");
    eventually("it runs", async || pid_in(file()).is_some()).await;
    asking.abort();
    let pid = pid_in(file()).unwrap();
    eventually("it has ended", async || !runs(pid)).await;
}

#[tokio::test]
async fn answers_that_are_none_are_told_with_the_last_words() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "i=0; while [ $i -lt 500 ]; do i=$((i+1)); echo line $i >&2; done";
    insta::assert_snapshot!(refusal(&folder, &format!("{lines}; exit 3")).await, @"the target can not be reached: its command ended with status 3; it said: line 496 / line 497 / line 498 / line 499 / line 500");
    insta::assert_snapshot!(refusal(&folder, "kill -9 $$").await, @"the target can not be reached: its command was killed");
    insta::assert_snapshot!(refusal(&folder, "yes").await, @"the target answered with something else than was asked: its answer is longer than 4194304 bytes");
    insta::assert_snapshot!(refusal(&folder, "echo done").await, @"the target answered with something else than was asked: it is no JSON: expected value at line 1 column 1");
    insta::assert_snapshot!(refusal(&folder, r#"echo '{"version": 1}'"#).await, @"the target answered with something else than was asked: there is no `capabilities` in what it answered to `describe`");
    insta::assert_snapshot!(refusal(&folder, r#"echo '{"version": 1, "refused": "not today"}'"#).await, @"the target refused: not today");
    insta::assert_snapshot!(refusal(&folder, r#"printf '{"version": 1, "error": "no \\u001b[31mcluster"}'; exit 1"#).await, @"the target can not be reached: no  [31mcluster");
    let mut none = options(&folder, "");
    none.command = vec!["./not-there".to_owned()];
    let error = CommandTarget::open("shop", &none).await.unwrap_err().to_string();
    assert!(
        error.starts_with("the target can not be reached: `./not-there` can not be started: "),
        "{error}"
    );
}

#[tokio::test]
async fn what_fails_for_the_moment_is_asked_again() {
    for for_the_moment in ["exit 75", r#"echo '{"version": 1, "error": "busy", "retry": true}'; exit 0"#] {
        let folder = tempfile::tempdir().unwrap();
        let script = format!(
            "echo x >> runs; [ $(wc -l < runs) -gt 2 ] || {{ {for_the_moment}; }}; echo '{DESCRIBED}'"
        );
        assert!(opened(&folder, &script).await.unwrap().capabilities().mirror);
        assert_eq!(lines(&folder), 3);
        let folder = tempfile::tempdir().unwrap();
        let never = format!("echo x >> runs; {for_the_moment}");
        let mut few = options(&folder, &never);
        few.retries = 1;
        assert!(matches!(CommandTarget::open("shop", &few).await, Err(TargetError::Unreachable(_))));
        assert_eq!(lines(&folder), 2);
    }
    let folder = tempfile::tempdir().unwrap();
    refusal(&folder, "echo x >> runs; exit 1").await;
    assert_eq!(lines(&folder), 1, "what will fail again is not asked again");
}

fn lines(folder: &TempDir) -> usize {
    std::fs::read_to_string(folder.path().join("runs")).unwrap().lines().count()
}

#[tokio::test]
async fn a_command_is_given_the_environment_that_was_declared_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut declared = options(&folder, &format!("env > env; echo '{DESCRIBED}'"));
    declared.env.insert("COLOUR".to_owned(), "blue".to_owned());
    CommandTarget::open("shop", &declared).await.unwrap();
    let given = std::fs::read_to_string(folder.path().join("env")).unwrap();
    // The shell adds some of its own.
    let own = ["PWD", "OLDPWD", "SHLVL", "_"];
    let names = given.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name);
    let mut names: Vec<&str> = names.filter(|name| !own.contains(name)).collect();
    names.sort_unstable();
    assert_eq!(names, ["COLOUR", "PATH"]);
}

fn subject(options: CommandOptions) -> Subject {
    Subject {
        options,
        service: "shop-conformance".to_owned(),
        spec: revision("v1").spec,
        release: "conformance-1".to_owned(),
        within: Duration::from_secs(20),
    }
}

/// The examples are in Python, which a machine may lack; CI may not.
fn example(folder: &TempDir, name: &str, env: &[(&str, String)]) -> Option<CommandOptions> {
    let found = std::process::Command::new("python3").arg("--version").output();
    if !found.is_ok_and(|found| found.status.success()) {
        assert!(std::env::var_os("CI").is_none(), "python3 is missing, which runs the examples of targets");
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let mut options = options(folder, "");
    options.command = vec!["python3".to_owned(), script.to_string_lossy().into_owned()];
    options.pass_env.push("HOME".to_owned());
    options.env = env.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Some(options)
}

fn broken(findings: Vec<Finding>) -> Vec<Finding> {
    assert_eq!(findings.len(), REQUIREMENTS.len());
    findings.into_iter().filter(|one| one.result != Outcome::Met).collect()
}

#[tokio::test]
async fn the_example_that_is_a_json_file_holds_to_every_requirement() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("platform.json").to_string_lossy().into_owned();
    let Some(options) = example(&folder, "json-file.py", &[("PLATFORM_STATE", state)]) else { return };
    assert_eq!(broken(examine(subject(options)).await.unwrap()), []);
}

#[tokio::test]
async fn the_example_for_nginx_holds_to_every_requirement() {
    let folder = tempfile::tempdir().unwrap();
    // A server is ready when it accepts connections.
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let file = folder.path().join("shop.conf").to_string_lossy().into_owned();
    let env = [("NGINX_FILE", file.clone()), ("NGINX_RELOAD", "true".to_owned())];
    let Some(options) = example(&folder, "nginx.py", &env) else { return };
    let mut subject = subject(options);
    let address = server.local_addr().unwrap().to_string();
    subject.spec.env.insert("SERVERS".to_owned(), address);
    assert_eq!(broken(examine(subject).await.unwrap()), []);
}

#[tokio::test]
async fn a_command_that_says_yes_to_all_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let yes = r#"{"version": 1, "capabilities": {}, "accepted": true, "status": {"release": "", "generation": 0,
        "key": "", "progress": {"state": "settled"}, "stable": null, "revisions": [], "endpoints": [], "address": ""}}"#;
    std::fs::write(folder.path().join("yes"), yes).unwrap();
    let findings = examine(subject(options(&folder, "cat yes"))).await.unwrap();
    let first = findings.iter().find(|one| matches!(one.result, Outcome::Broken(_))).unwrap();
    assert_eq!(first.requirement, "takes a first shape, and is seen to have it");
    assert_eq!(findings.last().unwrap().result, Outcome::NotTried);
}
