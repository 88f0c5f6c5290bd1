//! The proxies that may stand in the place of the gateway's own, by what a plan says of them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sluice_runner::ports::target::Capabilities;

use super::plane::DataPlane;
use super::record::replace_shared;
use crate::envoy::{self, EnvoyOptions};
use crate::haproxy::{self, HaproxyOptions};

/// A proxy that splits the traffic among the instances that the gateway's process owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "config", rename_all = "kebab-case")]
pub enum ProxyOptions {
    Haproxy(HaproxyOptions),
    Envoy(EnvoyOptions),
}

/// The cookie that keeps a user's place on the line of weights.
const PLACE: &str = "sluice_place";

impl ProxyOptions {
    /// Where users reach it.
    pub fn address(&self) -> SocketAddr {
        match self {
            Self::Haproxy(options) => options.address,
            Self::Envoy(options) => options.address,
        }
    }

    pub fn capabilities(&self) -> Capabilities {
        match self {
            Self::Haproxy(options) => options.capabilities(),
            Self::Envoy(options) => options.capabilities(),
        }
    }

    /// What its own configuration must have.
    pub fn configuration(&self) -> String {
        match self {
            Self::Haproxy(options) => haproxy::fragment(options, PLACE),
            Self::Envoy(options) => format!("{:#}\n", envoy::bootstrap(options)),
        }
    }

    /// Makes the files that must be there before it starts, where they are not.
    pub fn prepare(&self) -> io::Result<()> {
        let files = match self {
            Self::Haproxy(options) => vec![(options.map.clone(), String::new())],
            Self::Envoy(options) => envoy::first_files(options),
        };
        for (path, content) in files.into_iter().filter(|(path, _)| !path.exists()) {
            let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
            made.and_then(|()| replace_shared(&path, content.as_bytes())).map_err(|error| {
                io::Error::new(error.kind(), format!("`{}` can not be made: {error}", path.display()))
            })?;
        }
        Ok(())
    }

    /// Begins to look after it.
    pub(super) fn start(&self) -> Arc<dyn DataPlane> {
        if let Err(error) = self.prepare() {
            // It may be another's to make them; whether the proxy has what it needs is seen.
            tracing::warn!(%error, "the proxy's files can not be made");
        }
        match self {
            Self::Haproxy(options) => Arc::new(options.start(mark())),
            Self::Envoy(options) => Arc::new(options.start(mark())),
        }
    }
}

/// Unlike that of any process before: its servers are told from those of one that was killed.
fn mark() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("i{:x}", since.as_millis())
}
