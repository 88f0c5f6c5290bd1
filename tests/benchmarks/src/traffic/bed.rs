//! A gateway and the instance behind it, as processes: this program in other roles.

use std::path::PathBuf;
use std::time::Duration;

use sluice_core::model::shape::{Role as Revised, Weight};
use sluice_core::plan::{Port, Readiness, Revision, RevisionSpec};
use sluice_runner::ports::target::{Desired, DesiredRevision, Progress, Target};
use sluice_targets::gateway::{GatewayClient, GatewayConfig, GatewayOptions, Limits, serve};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::backend;
use crate::figure::Failure;

const SERVICE: &str = "bench";
const BACKEND: &str = "serve-backend";
const REVISION: &str = "v1";
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// One gateway with one instance that has all traffic.
pub struct Bed {
    // In the temporary directory, as the path of a socket is short.
    _dir: TempDir,
    client: GatewayClient,
}

/// What this program does when it is not the one that measures.
#[derive(Debug)]
pub enum Role {
    /// As the gateway's client starts it.
    Gateway(Vec<String>),
    Backend,
}

/// The role that these arguments ask for, if any.
pub fn role(arguments: &[String]) -> Option<Role> {
    match arguments.first()?.as_str() {
        "gateway" => Some(Role::Gateway(arguments.to_vec())),
        BACKEND => Some(Role::Backend),
        _ => None,
    }
}

impl Role {
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Self::Backend => backend::serve(),
            Self::Gateway(arguments) => {
                let option = |name: &str| {
                    let at = arguments.iter().position(|argument| argument == name);
                    at.and_then(|at| arguments.get(at + 1)).cloned().ok_or(format!("`{name}` is missing"))
                };
                Ok(serve(GatewayConfig {
                    service: option("--service")?,
                    dir: PathBuf::from(option("--dir")?),
                    listen: option("--listen")?.parse()?,
                    limits: Limits::default(),
                    proxy: None,
                })?)
            }
        }
    }
}

impl Bed {
    pub async fn start() -> Result<Self, Failure> {
        let dir = tempfile::tempdir()?;
        let program = std::env::current_exe()?;
        let options = GatewayOptions::on("127.0.0.1:0".parse()?);
        let client = GatewayClient::ensure(dir.path(), SERVICE, &options, program.clone()).await?;
        let bed = Self { _dir: dir, client };
        match bed.settle(&desired(&program.to_string_lossy())?).await {
            Ok(()) => Ok(bed),
            Err(error) => {
                bed.stop().await?;
                Err(error)
            }
        }
    }

    /// Where the gateway and where its instance listen.
    pub async fn addresses(&self) -> Result<[String; 2], Failure> {
        let status = self.client.observe().await?;
        let instance = status.revisions.first().and_then(|revision| revision.instances.first());
        let instance = instance.ok_or("the gateway has no instance")?.address.clone();
        Ok([status.address.trim_start_matches("http://").to_owned(), instance])
    }

    pub async fn stop(self) -> Result<(), Failure> {
        self.client.stop(PATIENCE).await?;
        Ok(())
    }

    async fn settle(&self, desired: &Desired) -> Result<(), Failure> {
        self.client.apply(desired).await?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.client.observe().await?.progress {
                Progress::Settled => return Ok(()),
                Progress::Failed { error } => return Err(error.into()),
                Progress::Settling { waiting_for } if Instant::now() >= deadline => {
                    return Err(format!("the gateway still waits for {waiting_for}").into());
                }
                Progress::Settling { .. } => sleep(LOOK_AGAIN).await,
            }
        }
    }
}

fn desired(program: &str) -> Result<Desired, Failure> {
    let spec = RevisionSpec {
        command: vec![program.to_owned(), BACKEND.to_owned()],
        port: Port::Env(backend::PORT.to_owned()),
        env: Default::default(),
        directory: "/".to_owned(),
        readiness: Readiness { path: Some("/".to_owned()), within_ms: 20_000, interval_ms: 20 },
        metrics_path: None,
        drain_ms: 1000,
        stop_ms: 1000,
    };
    let revision = Revision { id: REVISION.to_owned(), version: REVISION.to_owned(), spec, instances: 1 };
    let weight = Weight::per_mille(1000)?;
    Ok(Desired {
        release: "bench-1".to_owned(),
        generation: 1,
        key: "bench-1#1".to_owned(),
        revisions: vec![DesiredRevision { revision, role: Revised::Stable, instances: 1, weight }],
        routes: Vec::new(),
        mirror: None,
        stable: Some(REVISION.to_owned()),
    })
}
