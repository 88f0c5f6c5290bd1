//! The shipped components, compiled once and kept between runs of the tests.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use sluice_core::model::observation::{Observation, Query};
use sluice_host::{BundledPlugin, Host, HostConfig};
use sluice_plugins::Kind;
use sluice_runner::ports::plugins::{Further, Plugin, PluginKind, Plugins};

/// Nothing is measured here: verdicts are part of what happens.
#[derive(Debug)]
pub struct Unasked;

impl Further for Unasked {
    fn query(&self, query: &Query) -> Result<Observation, String> {
        Err(format!("`{}` was not expected", query.name))
    }
}

pub fn load(kind: PluginKind, name: &str) -> Arc<dyn Plugin> {
    host().load(kind, name, Path::new("/")).unwrap()
}

pub fn kind(one: &sluice_plugins::Bundled) -> PluginKind {
    match one.kind {
        Kind::Strategy => PluginKind::Strategy,
        Kind::HealthCheck => PluginKind::HealthCheck,
        Kind::Rollback => PluginKind::Rollback,
    }
}

fn host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let mut config = HostConfig::new(folder.join("compiled"), folder.join("data"));
        config.bundled = sluice_plugins::all().iter().map(bundled).collect();
        Host::new(config).unwrap()
    })
}

fn bundled(one: &sluice_plugins::Bundled) -> BundledPlugin {
    BundledPlugin { name: one.name, kind: kind(one), digest: one.digest, wasm: one.wasm }
}
