//! A gateway in a directory of its own, and desired states of the test service.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use sluice_core::model::shape::{Role, Weight};
use sluice_core::plan::{Port, Readiness, Revision, RevisionSpec};
use sluice_runner::ports::target::{Desired, DesiredRevision, Progress, Target, TargetStatus};
use sluice_targets::gateway::{GatewayClient, GatewayError, GatewayOptions, ProxyOptions};
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};

use crate::http1::Connection;

/// One gateway; stopped when the test is over, however it ends.
pub struct Bed {
    pub dir: TempDir,
    pub options: GatewayOptions,
    pub target: GatewayClient,
}

/// For whatever a test waits for: long, as nothing depends on it but how late a failure is told.
pub const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

pub fn testbed() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_targets-testbed"))
}

impl Bed {
    pub async fn start() -> Self {
        let listen = "127.0.0.1:0".parse().unwrap();
        Self::with(GatewayOptions::on(listen)).await
    }

    pub async fn with(options: GatewayOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let target = GatewayClient::ensure(dir.path(), "shop", &options, testbed()).await.unwrap();
        Self { dir, options, target }
    }

    /// Behind another proxy, which listens for users itself.
    pub async fn behind(proxy: &ProxyOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let target = GatewayClient::ensure_behind(dir.path(), "shop", proxy, testbed()).await.unwrap();
        let options = GatewayOptions::on(proxy.address());
        Self { dir, options, target }
    }

    pub async fn ensure(&self) -> Result<GatewayClient, GatewayError> {
        GatewayClient::ensure(self.dir.path(), "shop", &self.options, testbed()).await
    }

    /// `v1` alone with all traffic, in effect.
    pub async fn serving_v1(instances: u32) -> Self {
        let bed = Self::start().await;
        bed.settle(&desired(1, "v1", &[("v1", Role::Stable, instances, 1000)])).await;
        bed
    }

    pub async fn settle(&self, desired: &Desired) -> TargetStatus {
        self.target.apply(desired).await.unwrap();
        let status = self.until("it is settled", |status| !is_settling(status)).await;
        assert_eq!(status.progress, Progress::Settled);
        assert_eq!((&status.key, status.generation), (&desired.key, desired.generation));
        status
    }

    pub async fn until(&self, what: &str, holds: impl Fn(&TargetStatus) -> bool) -> TargetStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let status = self.target.observe().await.unwrap();
            if holds(&status) {
                return status;
            }
            assert!(Instant::now() < deadline, "not so: {what}; {status:#?}");
            sleep(LOOK_AGAIN).await;
        }
    }

    pub async fn address(&self) -> String {
        self.target.observe().await.unwrap().address.trim_start_matches("http://").to_owned()
    }

    pub async fn client(&self) -> Connection {
        Connection::open(&self.address().await).await
    }

    /// A line of the gateway's metrics page that begins so; the value.
    pub async fn metric(&self, line: &str) -> f64 {
        let status = self.target.observe().await.unwrap();
        let url = status.endpoints[0].url.trim_start_matches("http://");
        let (address, _) = url.split_once('/').unwrap();
        let page = Connection::open(address).await.get("/metrics").await.text;
        let found = page.lines().find_map(|one| one.strip_prefix(line)?.trim().parse().ok());
        found.unwrap_or_else(|| panic!("no `{line}` in:\n{page}"))
    }

    pub fn pid(&self) -> i32 {
        let hello = self.say("hello").unwrap();
        i32::try_from(hello["say"]["pid"].as_i64().unwrap()).unwrap()
    }

    /// Without the client, as a test that failed has no runtime.
    fn say(&self, request: &str) -> std::io::Result<Value> {
        let mut stream = UnixStream::connect(self.dir.path().join("control.sock"))?;
        writeln!(stream, "{{\"version\":1,\"say\":{{\"request\":\"{request}\"}}}}")?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        // It may be gone already, as in tests of just that.
        let _ = self.say("stop");
        let deadline = std::time::Instant::now() + PATIENCE;
        while self.say("hello").is_ok() && std::time::Instant::now() < deadline {
            std::thread::sleep(LOOK_AGAIN);
        }
    }
}

/// A desired state of the release `r`.
pub fn desired(generation: u64, stable: &str, revisions: &[(&str, Role, u32, u16)]) -> Desired {
    let revisions = revisions.iter().map(|(id, role, instances, weight)| DesiredRevision {
        revision: revision(id),
        role: *role,
        instances: *instances,
        weight: Weight::per_mille(*weight).unwrap(),
    });
    Desired {
        release: "r".to_owned(),
        generation,
        key: format!("r#{generation}"),
        revisions: revisions.collect(),
        routes: Vec::new(),
        mirror: None,
        stable: Some(stable.to_owned()).filter(|stable| !stable.is_empty()),
    }
}

/// The test service; what follows `:` in the id is its mode.
pub fn revision(id: &str) -> Revision {
    let mode = id.split_once(':').map_or("", |(_, mode)| mode);
    let program = testbed().into_os_string().into_string().unwrap();
    let command = [&program, "service", "--revision", id, "--mode", mode].map(str::to_owned);
    let within_ms = if mode == "silent" || mode == "unready" { 300 } else { 30_000 };
    let spec = RevisionSpec {
        command: command.to_vec(),
        port: Port::Env("PORT".to_owned()),
        env: Default::default(),
        directory: "/".to_owned(),
        readiness: Readiness { path: Some("/ready".to_owned()), within_ms, interval_ms: 20 },
        metrics_path: Some("/metrics".to_owned()),
        drain_ms: 30_000,
        stop_ms: 5000,
    };
    Revision { id: id.to_owned(), version: id.to_owned(), spec, instances: 1 }
}

pub fn is_settling(status: &TargetStatus) -> bool {
    matches!(status.progress, Progress::Settling { .. })
}

pub fn runs(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// Waits for something outside of the gateway's status.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            sleep(LOOK_AGAIN).await;
        }
    };
    timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("never so: {what}"));
}

pub fn kill(pid: i32, signal: rustix::process::Signal) {
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal).unwrap();
}
