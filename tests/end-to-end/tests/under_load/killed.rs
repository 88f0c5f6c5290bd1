//! What serves the traffic killed in the middle of a gated step: noticed, held, told, and what it served restored
//! before the release goes on.

use std::process::Stdio;
use std::time::Duration;

use end_to_end::proxy::Kind;
use end_to_end::run::Run;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout};
use tokio::task::JoinSet;

use super::cases::{self, Case};
use super::exposure::{Timeline, Users};
use super::scene::Scene;
use super::{finish, now};
use crate::grounds::{PROMOTED, reasons};

/// What is killed, of the case's target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    /// Starts again by itself, as the engine looks for it.
    Gateway,
    /// Starts again by an operator.
    Proxy,
}

/// A run of the binary that is listened to.
struct Heard {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    heard: Vec<Value>,
}

const FIRST: u16 = 300;
const LOOK_AGAIN: Duration = Duration::from_millis(20);

impl Heard {
    fn start(scene: &Scene) -> Self {
        let mut child =
            scene.command(2, &[]).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines, heard: Vec::new() }
    }

    /// Listens until a record holds an event of which this is so; gives the event.
    async fn until(&mut self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        while let Some(line) = self.lines.next_line().await.unwrap() {
            self.heard.push(serde_json::from_str(&line).unwrap());
            let event = &self.heard.last().unwrap()["event"];
            if holds(event) {
                return event.clone();
            }
        }
        panic!("it ended before {what}: {:?}", self.heard.last());
    }

    async fn ended(mut self) -> Run {
        while let Some(line) = self.lines.next_line().await.unwrap() {
            self.heard.push(serde_json::from_str(&line).unwrap());
        }
        let code = self.child.wait().await.unwrap().code();
        Run { code, signal: None, lines: self.heard, stdout: String::new(), stderr: String::new() }
    }
}

async fn is_noticed_held_and_restored(case: Case, victim: Victim) {
    let Some(mut scene) = Scene::with_v1(&case).await else { return };
    let mut heard = Heard::start(&scene);
    heard.until("its first step", |event| event["type"] == "shape-applied" && event["generation"] == 2).await;
    let killed = now();
    match victim {
        Victim::Gateway => kill_gateway(&scene),
        Victim::Proxy => scene.proxy.as_mut().unwrap().kill().unwrap(),
    }
    let of_target = |event: &Value| {
        let held = event["type"] == "decided" && event["decision"]["kind"] == "hold";
        held && event.to_string().contains("\"target\"")
    };
    let held = heard.until("it was held", of_target).await;
    assert!(!reasons(&held).is_empty(), "{}: {held}", case.name);
    if let (Victim::Proxy, Some(proxy)) = (victim, &mut scene.proxy) {
        // Rounds go on without it, and nothing rises.
        for _ in 0..2 {
            heard.until("another round", |event| event["type"] == "observed").await;
        }
        proxy.start().await.unwrap();
    }
    answers_again(&mut scene).await;
    let restored = now();
    let ended = heard.ended().await;
    assert_eq!(ended.code, Some(PROMOTED), "{}: {:?}", case.name, ended.lines.last());
    let seen = scene.seen("");
    let timeline = Timeline::of(&ended, Users::Weighed);
    assert!(timeline.most_between(killed, restored) <= FIRST, "{}: more while it was away", case.name);
    let shares = timeline.hold(&case.name, &seen.users, &scene.version(2));
    assert!(shares.get(&FIRST).is_some_and(|share| share.candidates > 0), "{}: {shares:?}", case.name);
    scene.runs_only(2, 2).await;
}

fn kill_gateway(scene: &Scene) {
    let pid = Pid::from_raw(scene.gateway().unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
}

/// Until none of 50 requests is lost any more, by both versions.
async fn answers_again(scene: &mut Scene) {
    loop {
        scene.forget();
        let mut seen = end_to_end::load::Tally::default();
        while seen.requests() < 50 {
            tokio::time::sleep(LOOK_AGAIN).await;
            seen.add(scene.forget());
        }
        let both = [1, 2].map(|number| seen.of_version(&scene.version(number)));
        if seen.lost() == 0 && both.iter().all(|count| *count > 0) {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_serves_is_killed_in_a_gated_step_and_the_release_holds_until_it_is_restored() {
    let mut running = JoinSet::new();
    for (proxy, victim) in [
        (None, Victim::Gateway),
        (Some(Kind::Haproxy), Victim::Gateway),
        (Some(Kind::Haproxy), Victim::Proxy),
        (Some(Kind::Envoy), Victim::Gateway),
        (Some(Kind::Envoy), Victim::Proxy),
    ] {
        let case = cases::gated(proxy, FIRST, &format!("{victim:?}"));
        running.spawn(is_noticed_held_and_restored(case, victim));
    }
    finish(running).await;
}
