//! What a gateway is told when it starts, its limits, and where its files are.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sluice_core::model::mirroring::Mirroring;
use sluice_runner::ports::target::Capabilities;

use super::error::GatewayError;
use super::proxies::ProxyOptions;
use super::record;

/// What `sluice gateway` is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayConfig {
    pub service: String,
    /// One directory per service; made with mode 0700 where it is not there.
    pub dir: PathBuf,
    /// Where users reach the service, be it here or at another proxy.
    pub listen: SocketAddr,
    pub limits: Limits,
    /// The proxy that splits the traffic in the place of the gateway's own.
    pub proxy: Option<ProxyOptions>,
}

/// The gateway's part of a workflow: `target: { gateway: ... }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GatewayOptions {
    pub listen: SocketAddr,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sticky: Option<Sticky>,
    /// See [`Settings::trust_forwarded`].
    #[serde(default)]
    pub trust_forwarded: bool,
    /// See [`Settings::preview`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<SocketAddr>,
    /// How many instances it may run at once, over all revisions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    #[serde(default)]
    pub mirror: Mirroring,
}

/// What may change while the gateway runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Settings {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sticky: Option<Sticky>,
    /// Keep `X-Forwarded-Proto` and `X-Forwarded-Host` as they come: something in front sets them.
    #[serde(default)]
    pub trust_forwarded: bool,
    /// Where the candidate alone is served: for tests, and for no user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<SocketAddr>,
    #[serde(default)]
    pub mirror: Mirroring,
}

/// Clients come back to the revision that they had, as far as the weights allow it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sticky {
    pub cookie: String,
    /// How long a client keeps its place.
    #[serde(default = "a_day")]
    pub max_age_s: u64,
}

/// Bounds on what clients and instances may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub connections: usize,
    /// Of a request head, and of what is buffered of a body.
    pub buffer_bytes: usize,
    /// For a request head to arrive, from the end of the one before: the idle time too.
    pub head: Duration,
    pub connect: Duration,
    /// From the request's head to the response's, if the request has no body.
    pub response: Duration,
    /// The same, if it has one, which clients may be slow to send.
    pub upload: Duration,
    /// How long a request is held while no instance is ready, so that a restart loses none.
    pub wait: Duration,
    /// How many requests may be held at once.
    pub waiting: usize,
    /// How many mirrored requests may be under way at once.
    pub mirrored: usize,
}

/// The files of one service's gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    dir: PathBuf,
}

/// What every gateway can do.
pub const CAPABILITIES: Capabilities = Capabilities { preview: false, ..Capabilities::ALL };
/// The variable in an instance's environment that names the directory of its gateway.
pub const MARK: &str = "SLUICE_GATEWAY_DIR";

/// A Unix socket's path has 108 bytes on Linux, with the zero at its end.
const SOCKET_PATH: usize = 100;

impl GatewayOptions {
    /// What of the options may change while the gateway runs.
    pub fn settings(&self) -> Settings {
        Settings {
            sticky: self.sticky.clone(),
            trust_forwarded: self.trust_forwarded,
            preview: self.preview,
            mirror: self.mirror.clone(),
        }
    }

    /// What a gateway with these options can do.
    pub fn capabilities(&self) -> Capabilities {
        Capabilities { preview: self.preview.is_some(), capacity: self.capacity, ..CAPABILITIES }
    }

    /// A gateway on this address, with nothing else asked for.
    pub fn on(listen: SocketAddr) -> Self {
        let mirror = Mirroring::default();
        Self { listen, sticky: None, trust_forwarded: false, preview: None, capacity: None, mirror }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            buffer_bytes: 64 * 1024,
            head: Duration::from_secs(60),
            connect: Duration::from_secs(2),
            response: Duration::from_secs(120),
            upload: Duration::from_secs(3600),
            wait: Duration::from_secs(5),
            waiting: 1024,
            mirrored: 64,
        }
    }
}

impl Place {
    /// Makes the directory where it is not there, for this user alone.
    pub fn make(dir: &Path) -> Result<Self, GatewayError> {
        use std::os::unix::fs::DirBuilderExt;
        let refused = |source| GatewayError::Directory { dir: dir.to_owned(), source };
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(refused)?;
        Self::of(&dir.canonicalize().map_err(refused)?)
    }

    /// The files under a directory, whether it is there or not.
    pub fn of(dir: &Path) -> Result<Self, GatewayError> {
        let place = Self { dir: dir.to_owned() };
        let length = place.socket().as_os_str().len();
        if length > SOCKET_PATH {
            return Err(GatewayError::SocketPath { path: place.socket(), length, limit: SOCKET_PATH });
        }
        Ok(place)
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub fn socket(&self) -> PathBuf {
        self.dir.join("control.sock")
    }

    pub fn record(&self) -> PathBuf {
        self.dir.join(record::FILE)
    }

    pub fn processes(&self) -> PathBuf {
        self.dir.join("processes.json")
    }

    pub fn lock(&self) -> PathBuf {
        self.dir.join("gateway.lock")
    }

    pub fn log(&self) -> PathBuf {
        self.dir.join("gateway.log")
    }

    pub fn instance_logs(&self) -> PathBuf {
        self.dir.join("logs")
    }
}

fn a_day() -> u64 {
    24 * 60 * 60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_too_deep_for_a_socket_is_refused_with_help() {
        let error = Place::of(Path::new(&format!("/{}", "d".repeat(90)))).unwrap_err();
        insta::assert_snapshot!(
            error.to_string().replace(&"d".repeat(90), "ddd"),
            @"the control socket's path `/ddd/control.sock` has 104 bytes, and a socket's path may have 100"
        );
        assert!(miette::Diagnostic::help(&error).is_some());
    }

    #[test]
    fn options_are_read_as_a_workflow_writes_them() {
        let written = r#"{"listen":"127.0.0.1:8080","sticky":{"cookie":"seat"}}"#;
        let options: GatewayOptions = serde_json::from_str(written).unwrap();
        let sticky = Sticky { cookie: "seat".into(), max_age_s: 86400 };
        assert_eq!(options.settings(), Settings { sticky: Some(sticky), ..Settings::default() });
    }
}
