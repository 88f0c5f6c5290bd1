//! The plugin host with the shipped plugins, as the binary sets it up.

use std::path::Path;

use sluice_host::{BundledPlugin, Host, HostConfig, HostError};
use sluice_plugins::{Bundled, Kind};
use sluice_runner::ports::plugins::PluginKind;

/// A host that keeps its files in this directory.
pub fn host(dir: &Path) -> Result<Host, HostError> {
    let mut config = HostConfig::new(dir.join("cache"), dir.join("data"));
    config.bundled = sluice_plugins::all().iter().map(known).collect();
    Host::new(config)
}

/// A shipped plugin's component.
pub fn component(name: &str) -> Option<&'static [u8]> {
    sluice_plugins::all().iter().find(|one| one.name == name).map(|one| one.wasm)
}

fn known(one: &Bundled) -> BundledPlugin {
    let kind = match one.kind {
        Kind::Strategy => PluginKind::Strategy,
        Kind::HealthCheck => PluginKind::HealthCheck,
        Kind::Rollback => PluginKind::Rollback,
    };
    BundledPlugin { name: one.name, kind, digest: one.digest, wasm: one.wasm }
}
