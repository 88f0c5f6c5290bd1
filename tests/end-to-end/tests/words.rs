//! Persons' words to a release that a soft rule holds, and what others are told while an engine has it.

use std::process::Stdio;

use end_to_end::stage::Release;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout};

use crate::grounds::{Grounds, INVALID, PROMOTED, ROLLED_BACK, WAITING, reasons};

const OTHERWISE: i32 = 1;

/// A release that a soft rule holds, in the care of an engine.
struct Held {
    release: String,
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Held {
    /// What is to be half at most goes from a fifth to all.
    fn wanted(version: &str) -> Release {
        let steps = "strategy.config.steps=[20, 100]";
        Release::of(version).with_settings(&["policies=[policies/soft.yaml]", steps])
    }

    async fn on(grounds: &Grounds) -> Self {
        let mut command = grounds.stage.run(&Self::wanted("v2"));
        let mut child = command.args(["--output", "json"]).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut held = Self { release: String::new(), child, lines };
        held.until(|line| {
            line["event"]["decision"]["kind"] == "hold" && reasons(&line["event"]) == "more than half"
        })
        .await;
        held
    }

    async fn until(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        while let Some(line) = self.lines.next_line().await.unwrap() {
            let line: Value = serde_json::from_str(&line).unwrap();
            line["release"].as_str().unwrap_or_default().clone_into(&mut self.release);
            if is_it(&line) {
                return line;
            }
        }
        panic!("the engine ended before");
    }

    async fn code(mut self) -> Option<i32> {
        while self.lines.next_line().await.unwrap().is_some() {}
        self.child.wait().await.unwrap().code()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_soft_rule_is_gone_by_with_a_persons_reason() {
    let grounds = Grounds::with_v1().await;
    let mut held = Held::on(&grounds).await;
    let release = held.release.clone();
    let refused = grounds.sluice("promote", &[&release]).await;
    assert_eq!(refused.code, Some(INVALID));
    assert!(refused.stderr.contains("policy careful/half refuses what is next"), "{}", refused.stderr);
    assert!(refused.stderr.contains("--comment"), "{}", refused.stderr);

    let word = ["--who", "anna", "--comment", "the sale begins"];
    let said = grounds.sluice("promote", &[&[release.as_str()], &word[..]].concat()).await;
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stderr.contains("it goes by policy careful/half"), "{}", said.stderr);
    let waived = held.until(|line| line["event"]["outcomes"][0]["result"] == "waived").await;
    let message = "overridden by anna: the sale begins; it says: more than half";
    assert_eq!(waived["event"]["outcomes"][0]["message"], message);
    assert_eq!(held.code().await, Some(PROMOTED));
    let report = grounds.stage.sluice("report").arg(&release).output().await.unwrap();
    let report = String::from_utf8(report.stdout).unwrap();
    assert!(report.contains(&format!("careful/half | soft | waived | {message}")), "{report}");
    // Asked again, the rule is gone by as it was.
    let replayed = grounds.sluice("policy", &["replay", "--since", "1h"]).await;
    let summed = replayed.lines.last().unwrap_or(&Value::Null);
    assert_eq!((&summed["type"], &summed["changed"]), (&"replayed".into(), &0.into()), "{}", replayed.stdout);
    assert!(summed["decisions"].as_u64() > Some(0), "{summed}");
    grounds.assert_serves_only("v2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_another_engine_has_is_open_and_told_so() {
    let grounds = Grounds::with_v1().await;
    let held = Held::on(&grounds).await;
    let release = held.release.clone();
    let resumed = grounds.sluice("resume", &[&release]).await;
    assert_eq!(resumed.code, Some(WAITING), "{}", resumed.stderr);
    let elsewhere = resumed.lines.last().unwrap();
    assert_eq!((&elsewhere["type"], &elsewhere["how"]), (&"left".into(), &"elsewhere".into()));
    let again = grounds.release(&Held::wanted("v2"), "").await;
    assert_eq!((again.code, again.release()), (Some(WAITING), Some(release.as_str())), "{}", again.stderr);
    assert_eq!(again.lines.last(), Some(elsewhere));
    let other = grounds.release(&Held::wanted("v3"), "").await;
    assert_eq!(other.code, Some(OTHERWISE), "{}", other.stderr);

    // The first deployment begins so too; it has ended.
    assert_eq!(grounds.sluice("pause", &["shop-"]).await.code, Some(0));
    let resumed = grounds.sluice("resume", &[&release]).await;
    assert_eq!(resumed.code, Some(WAITING), "{}", resumed.stderr);
    let told: Vec<_> = resumed.lines.iter().map(|line| line["type"].clone()).collect();
    assert_eq!(told, ["told", "left"]);

    let pid = Pid::from_raw(held.child.id().unwrap().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::HUP).unwrap();
    assert_eq!(held.code().await, Some(WAITING), "the end of the terminal pauses");
    let other = grounds.release(&Held::wanted("v3"), "").await;
    assert_eq!(other.code, Some(OTHERWISE), "another release is open: {}", other.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_turns_a_release_back_in_the_name_of_a_part_of_it() {
    let grounds = Grounds::with_v1().await;
    let held = Held::on(&grounds).await;
    let release = held.release.clone();
    let said = grounds.sluice("abort", &[&release, "--who", "strategy", "--comment", "enough"]).await;
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert_eq!(held.code().await, Some(ROLLED_BACK));
    let resumed = grounds.sluice("resume", &[&release]).await;
    assert_eq!(resumed.code, Some(ROLLED_BACK), "{}", resumed.stderr);
    let left = resumed.lines.last().unwrap();
    assert_eq!((&left["how"], &left["outcome"]), (&"ended".into(), &"aborted".into()));
    let history = grounds.sluice("history", &[]).await;
    assert_eq!(history.lines[0]["reason"], "operator strategy: enough");
}
