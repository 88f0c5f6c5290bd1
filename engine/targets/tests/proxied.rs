//! A real proxy before a gateway's instances, as an operator would have set it up.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use sluice_targets::envoy::EnvoyOptions;
use sluice_targets::gateway::ProxyOptions;
use sluice_targets::haproxy::{HaproxyOptions, fragment};
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::bed::{Bed, eventually, testbed};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Haproxy,
    Envoy,
}

/// Dropped in this order: the gateway ends first, and takes its servers out of the proxy.
pub struct Proxied {
    pub bed: Bed,
    proxy: Running,
    kind: Kind,
    program: PathBuf,
    options: ProxyOptions,
    folder: TempDir,
}

struct Running(Child);

impl Kind {
    /// The counter of answered requests on its page.
    pub fn answered(self) -> &'static str {
        match self {
            Self::Haproxy => "haproxy_server_http_responses_total",
            Self::Envoy => "envoy_cluster_upstream_rq_completed",
        }
    }
}

impl Proxied {
    /// None on a machine without the proxy, which CI is not.
    pub async fn start(kind: Kind) -> Option<Self> {
        let program = program(kind)?;
        let folder = tempfile::tempdir().unwrap();
        let options = options(kind, folder.path());
        options.prepare().unwrap();
        configure(&options, folder.path());
        let proxy = run(kind, &program, folder.path());
        listening(options.address()).await;
        let bed = Bed::behind(&options).await;
        Some(Self { bed, proxy, kind, program, options, folder })
    }

    pub fn kill(&mut self) {
        self.proxy.0.kill().unwrap();
        self.proxy.0.wait().unwrap();
    }

    /// Another one, which knows nothing of what the one before was told.
    pub async fn start_again(&mut self) {
        self.proxy = run(self.kind, &self.program, self.folder.path());
        listening(self.options.address()).await;
    }

    pub fn options(&self) -> &ProxyOptions {
        &self.options
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone, as in tests of just that.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program(kind: Kind) -> Option<PathBuf> {
    let name = match kind {
        Kind::Haproxy => "haproxy",
        Kind::Envoy => "envoy",
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Where Debian puts what is for administrators, and `.ci/proxies` what Debian does not have.
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin"), installed()]);
    let found = folders.map(|folder| folder.join(name)).find(|program| program.is_file());
    assert!(found.is_some() || std::env::var_os("CI").is_none(), "`{name}` is missing: see .ci/proxies");
    found
}

fn installed() -> PathBuf {
    // The testbed is in `<target>/<profile>`.
    let target = testbed().ancestors().nth(2).unwrap_or(Path::new("/")).to_owned();
    target.join("proxies")
}

fn options(kind: Kind, folder: &Path) -> ProxyOptions {
    match kind {
        Kind::Haproxy => ProxyOptions::Haproxy(HaproxyOptions {
            socket: folder.join("admin.sock"),
            address: free(),
            backend: "shop".to_owned(),
            map: folder.join("shop.map"),
            metrics: Some(format!("http://{}/metrics", free())),
            capacity: Some(6),
        }),
        Kind::Envoy => ProxyOptions::Envoy(EnvoyOptions {
            directory: folder.to_owned(),
            address: free(),
            admin: format!("http://{}", free()),
            preview: Some(free()),
            capacity: Some(6),
        }),
    }
}

fn configure(options: &ProxyOptions, folder: &Path) {
    match options {
        ProxyOptions::Haproxy(haproxy) => {
            let page = haproxy.metrics.as_ref().unwrap();
            let exporter = page.trim_start_matches("http://").trim_end_matches("/metrics");
            let text = format!(
                "global\n stats socket {} mode 600 level admin\ndefaults\n timeout client 60s\n timeout server 60s\n \
                 timeout connect 2s\nfrontend exporter\n mode http\n bind {exporter}\n \
                 http-request use-service prometheus-exporter if {{ path /metrics }}\n{}",
                haproxy.socket.display(),
                fragment(haproxy, "place"),
            );
            std::fs::write(folder.join("proxy.cfg"), text).unwrap();
        }
        ProxyOptions::Envoy(_) => {
            std::fs::write(folder.join("proxy.json"), options.configuration()).unwrap();
        }
    }
}

fn run(kind: Kind, program: &Path, folder: &Path) -> Running {
    let mut command = Command::new(program);
    match kind {
        Kind::Haproxy => command.arg("-f").arg(folder.join("proxy.cfg")),
        Kind::Envoy => command.arg("-c").arg(folder.join("proxy.json")).args([
            "--disable-hot-restart",
            "--concurrency",
            "2",
            "--log-level",
            "warning",
        ]),
    };
    let log = std::fs::File::create(folder.join("proxy.log")).unwrap();
    let errors = log.try_clone().unwrap();
    Running(command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn().unwrap())
}

async fn listening(address: SocketAddr) {
    eventually("the proxy listens", async || TcpStream::connect(address).await.is_ok()).await;
}

fn free() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}
