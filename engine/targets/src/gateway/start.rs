//! Starting a gateway that outlives who starts it.

use std::io::{Read, Seek, SeekFrom};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::{Child, Command};

use super::config::{MARK, Place};
use super::error::GatewayError;
use super::proxies::ProxyOptions;

/// How a service's gateway is started.
#[derive(Debug, Clone)]
pub struct Starter {
    /// Takes `gateway --service S --dir D --listen A`, and `--proxy JSON`.
    pub program: PathBuf,
    pub service: String,
    pub listen: SocketAddr,
    pub proxy: Option<ProxyOptions>,
}

/// Of what a gateway wrote before it ended.
const LAST_BYTES: u64 = 2048;
/// The log of a gateway begins anew past this size.
const LOG_BYTES: u64 = 4 * 1024 * 1024;

impl Starter {
    /// Starts it in a process group of its own, so that an interrupt at the terminal does not reach it, with
    /// its words in `gateway.log`, from the returned place on.
    pub fn start(&self, place: &Place) -> Result<(Child, u64), GatewayError> {
        let folder = |source| GatewayError::Directory { dir: place.dir().to_owned(), source };
        let long = std::fs::metadata(place.log()).is_ok_and(|log| log.len() > LOG_BYTES);
        let mut open = std::fs::OpenOptions::new();
        if long {
            std::fs::remove_file(place.log()).map_err(folder)?;
        }
        let log = open.create(true).append(true).mode(0o600).open(place.log()).map_err(folder)?;
        let errors = log.try_clone().map_err(folder)?;
        let before = log.metadata().map_err(folder)?.len();
        let mut command = Command::new(&self.program);
        command.args(["gateway", "--service", &self.service, "--listen", &self.listen.to_string(), "--dir"]);
        command.arg(place.dir());
        if let Some(proxy) = self.proxy.as_ref().and_then(|proxy| serde_json::to_string(proxy).ok()) {
            command.args(["--proxy", &proxy]);
        }
        command.current_dir(place.dir()).process_group(0);
        // An instance of this very gateway may be what starts it, or a job of a release.
        command
            .env_remove(MARK)
            .env_remove(sluice_runner::jobs::MARK)
            .env_remove(sluice_runner::jobs::FOLDER);
        command.stdin(Stdio::null()).stdout(log).stderr(errors);
        let started = command.spawn();
        let started =
            started.map_err(|source| GatewayError::Start { program: self.program.clone(), source })?;
        Ok((started, before))
    }

    /// The end of what the gateway wrote here whose words begin there.
    pub fn last_words(&self, place: &Place, from: u64) -> String {
        let read = || -> std::io::Result<String> {
            let mut log = std::fs::File::open(place.log())?;
            let from = log.metadata()?.len().saturating_sub(LAST_BYTES).max(from);
            log.seek(SeekFrom::Start(from))?;
            let mut words = Vec::new();
            log.take(LAST_BYTES).read_to_end(&mut words)?;
            Ok(String::from_utf8_lossy(&words).trim().to_owned())
        };
        read().unwrap_or_default()
    }
}
