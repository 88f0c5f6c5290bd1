//! A gateway and the instance behind it, as processes: this program in other roles.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use end_to_end::proxy::{Kind, Proxy};
use serde_json::json;
use sluice_core::model::shape::{Mirror, Role as Revised, Weight};
use sluice_core::plan::{Port, Readiness, Revision, RevisionSpec};
use sluice_runner::ports::target::{Desired, DesiredRevision, Progress, Target};
use sluice_targets::gateway::{GatewayClient, GatewayConfig, GatewayOptions, Limits, ProxyOptions, serve};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::backend;
use crate::figure::Failure;

const SERVICE: &str = "bench";
const BACKEND: &str = "serve-backend";
const REVISION: &str = "v1";
/// What the candidate answers.
pub const CANDIDATE: &str = "v2";
const HANGS: &str = "hangs";
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// One gateway with an instance of stable, and one of the candidate where it has a part.
pub struct Bed {
    // In the temporary directory, as the path of a socket is short.
    dir: TempDir,
    client: GatewayClient,
    generation: AtomicU64,
    /// What stands in the place of the gateway's own proxy.
    proxy: Option<Proxy>,
}

/// What the candidate has of the traffic, in tenths of a percent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Split {
    pub candidate: u16,
    pub mirrored: u16,
    /// It answers nobody.
    pub hangs: bool,
}

/// What this program does when it is not the one that measures.
#[derive(Debug)]
pub enum Role {
    /// As the gateway's client starts it.
    Gateway(Vec<String>),
    Backend {
        version: String,
        hangs: bool,
    },
}

/// The role that these arguments ask for, if any.
pub fn role(arguments: &[String]) -> Option<Role> {
    match arguments.first()?.as_str() {
        "gateway" => Some(Role::Gateway(arguments.to_vec())),
        BACKEND => Some(Role::Backend {
            version: arguments.get(1).cloned().unwrap_or_default(),
            hangs: arguments.iter().any(|argument| argument == HANGS),
        }),
        _ => None,
    }
}

impl Role {
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Self::Backend { version, hangs } => backend::serve(&version, hangs),
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
                    proxy: option("--proxy").ok().map(|proxy| serde_json::from_str(&proxy)).transpose()?,
                })?)
            }
        }
    }
}

impl Bed {
    pub async fn start(split: Split) -> Result<Self, Failure> {
        let dir = tempfile::tempdir()?;
        let options = GatewayOptions::on("127.0.0.1:0".parse()?);
        let client = GatewayClient::ensure(dir.path(), SERVICE, &options, std::env::current_exe()?).await?;
        Self { dir, client, generation: AtomicU64::new(0), proxy: None }.with(split).await
    }

    /// The same with another proxy before the instances; none where it is not installed.
    pub async fn behind(kind: Kind, split: Split) -> Result<Option<Self>, Failure> {
        let Some(program) = kind.program()? else { return Ok(None) };
        let dir = tempfile::tempdir()?;
        let mut proxy = Proxy::new(kind, program, dir.path())?;
        let options = proxy.target().as_object().and_then(|target| target.iter().next());
        let (kind, config) = options.ok_or("the proxy is no target")?;
        let options: ProxyOptions = serde_json::from_value(json!({ "kind": kind, "config": config }))?;
        options.prepare()?;
        proxy.configure(&options.configuration())?;
        proxy.start().await?;
        let program = std::env::current_exe()?;
        let client = GatewayClient::ensure_behind(dir.path(), SERVICE, &options, program).await?;
        let bed = Self { dir, client, generation: AtomicU64::new(0), proxy: Some(proxy) };
        bed.with(split).await.map(Some)
    }

    async fn with(self, split: Split) -> Result<Self, Failure> {
        match self.shape(split).await {
            Ok(()) => Ok(self),
            Err(error) => {
                self.stop().await?;
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

    /// Gives the candidate its part, and returns when it has it.
    pub async fn shape(&self, split: Split) -> Result<(), Failure> {
        self.apply(split).await?;
        self.settled().await
    }

    /// Gives the candidate its part, and returns once that is accepted.
    pub async fn apply(&self, split: Split) -> Result<(), Failure> {
        let generation = self.generation.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(self.client.apply(&desired(generation, split)?).await?)
    }

    /// The memory in bytes of what users are connected to.
    pub fn memory(&self) -> Result<f64, Failure> {
        let pid = match &self.proxy {
            Some(proxy) => proxy.pid().ok_or("the proxy is gone")?.to_string(),
            None => self.gateway()?,
        };
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes: f64 = line.ok_or("the process is gone")?.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024.0)
    }

    fn gateway(&self) -> Result<String, Failure> {
        let is_ours = |pid: &str| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let mut words = line.split(|byte| *byte == 0);
            words.any(|word| word == self.dir.path().as_os_str().as_encoded_bytes())
        };
        let pids = std::fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Ok(pids.into_iter().find(|pid| is_ours(pid)).ok_or("the gateway is gone")?)
    }

    pub async fn settled(&self) -> Result<(), Failure> {
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

/// The candidate is there in any case, so that a change of weights starts nothing.
fn desired(generation: u64, split: Split) -> Result<Desired, Failure> {
    let candidate = Weight::per_mille(split.candidate)?;
    let mirrored = Weight::per_mille(split.mirrored)?;
    let alone = generation == 1 && split.candidate == 0 && split.mirrored == 0;
    let one = |version: &str, role, weight, hangs| -> Result<DesiredRevision, Failure> {
        Ok(DesiredRevision { revision: revision(version, hangs)?, role, instances: 1, weight })
    };
    let mut revisions = vec![one(REVISION, Revised::Stable, candidate.rest(), false)?];
    if !alone {
        revisions.push(one(CANDIDATE, Revised::Candidate, candidate, split.hangs)?);
    }
    let mirror = Mirror { role: Revised::Candidate, weight: mirrored };
    Ok(Desired {
        release: "bench-1".to_owned(),
        generation,
        key: format!("bench-1#{generation}"),
        revisions,
        routes: Vec::new(),
        mirror: (split.mirrored > 0).then_some(mirror),
        stable: Some(REVISION.to_owned()),
    })
}

fn revision(version: &str, hangs: bool) -> Result<Revision, Failure> {
    let program = std::env::current_exe()?.to_string_lossy().into_owned();
    let mut command = vec![program, BACKEND.to_owned(), version.to_owned()];
    command.extend(hangs.then(|| HANGS.to_owned()));
    let spec = RevisionSpec {
        command,
        port: Port::Env(backend::PORT.to_owned()),
        env: Default::default(),
        directory: "/".to_owned(),
        readiness: Readiness { path: Some(backend::READY.to_owned()), within_ms: 20_000, interval_ms: 20 },
        metrics_path: None,
        drain_ms: 1000,
        stop_ms: 1000,
    };
    Ok(Revision { id: version.to_owned(), version: version.to_owned(), spec, instances: 1 })
}
