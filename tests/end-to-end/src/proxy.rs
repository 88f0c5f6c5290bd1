//! HAProxy or Envoy before the service, set up as `sluice target config` says.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::port;

/// A proxy that can be a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Haproxy,
    Envoy,
}

/// One of them, with a folder of its own. Dropping it ends it.
#[derive(Debug)]
pub struct Proxy {
    kind: Kind,
    program: PathBuf,
    folder: PathBuf,
    address: String,
    target: Value,
    /// The address of HAProxy's exporter.
    page: String,
    running: Option<Child>,
}

/// For a proxy to listen.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Haproxy => "haproxy",
            Self::Envoy => "envoy",
        }
    }

    /// None on a machine without it, which CI is not.
    pub fn program(self) -> io::Result<Option<PathBuf>> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        // Where Debian puts what is for administrators, and `.ci/proxies` what Debian does not have: beside the
        // profile's folder, in which this program is.
        let this = std::env::current_exe()?;
        let installed = this.ancestors().skip(1).take(3).map(|folder| folder.join("proxies"));
        let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]).chain(installed);
        let found = folders.map(|folder| folder.join(self.name())).find(|program| program.is_file());
        if found.is_none() && std::env::var_os("CI").is_some() {
            return Err(io::Error::other(format!("`{}` is missing: see .ci/proxies", self.name())));
        }
        Ok(found)
    }
}

impl Proxy {
    /// One that does not run yet, with addresses of its own.
    pub fn new(kind: Kind, program: PathBuf, folder: &Path) -> io::Result<Self> {
        let address = format!("127.0.0.1:{}", port::free()?);
        let page = format!("127.0.0.1:{}", port::free()?);
        let target = match kind {
            Kind::Haproxy => json!({ "haproxy": {
                "socket": folder.join("admin.sock"), "address": address, "backend": "shop",
                "map": folder.join("shop.map"), "metrics": format!("http://{page}/metrics"), "capacity": 8,
            } }),
            Kind::Envoy => json!({ "envoy": {
                "directory": folder, "address": address, "admin": format!("http://{page}"), "capacity": 8,
            } }),
        };
        Ok(Self { kind, program, folder: folder.to_owned(), address, target, page, running: None })
    }

    /// Where users reach it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The workflow's target.
    pub fn target(&self) -> &Value {
        &self.target
    }

    /// Writes the configuration, of which `needed` is what Sluice needs of it.
    pub fn configure(&self, needed: &str) -> io::Result<()> {
        let text = match self.kind {
            Kind::Envoy => needed.to_owned(),
            Kind::Haproxy => format!(
                "global\n    stats socket {socket} mode 600 level admin\n\ndefaults\n    timeout client 60s\n    \
                 timeout server 60s\n    timeout connect 2s\n\nfrontend exporter\n    mode http\n    bind {page}\n    \
                 http-request use-service prometheus-exporter if {{ path /metrics }}\n\n{needed}",
                socket = self.folder.join("admin.sock").display(),
                page = self.page,
            ),
        };
        std::fs::write(self.file(), text)
    }

    /// Starts it, or another one after a `kill`; returns once it listens.
    pub async fn start(&mut self) -> io::Result<()> {
        let log = std::fs::File::create(self.folder.join("proxy.log"))?;
        let mut command = Command::new(&self.program);
        command.args(self.arguments()).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let mut running = command.spawn()?;
        let listening = async {
            while TcpStream::connect(&self.address).await.is_err() {
                if let Some(ended) = running.try_wait()? {
                    return Err(io::Error::other(format!("{} {ended}", self.kind.name())));
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            Ok(())
        };
        let outcome = tokio::time::timeout(PATIENCE, listening).await;
        self.running = Some(running);
        outcome
            .unwrap_or_else(|_late| Err(io::Error::new(io::ErrorKind::TimedOut, "the proxy never listens")))
    }

    /// Ends it at once, with all connections.
    pub fn kill(&mut self) -> io::Result<()> {
        let Some(mut running) = self.running.take() else { return Ok(()) };
        running.kill()?;
        running.wait().map(drop)
    }

    /// Of the process that runs.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(Child::id)
    }

    fn file(&self) -> PathBuf {
        self.folder.join(if self.kind == Kind::Envoy { "proxy.json" } else { "proxy.cfg" })
    }

    fn arguments(&self) -> Vec<OsString> {
        let file = self.file().into_os_string();
        match self.kind {
            Kind::Haproxy => vec!["-f".into(), file],
            Kind::Envoy => {
                let words = "--disable-hot-restart --concurrency 2 --log-level warning";
                ["-c".into(), file].into_iter().chain(words.split(' ').map(OsString::from)).collect()
            }
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // It may be gone already, as in tests of just that.
        let _ = self.kill();
    }
}
