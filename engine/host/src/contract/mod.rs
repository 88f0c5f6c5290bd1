//! The versions of the contract that this host speaks, each a module that maps to the core's types.
//!
//! A component's version is chosen once, when it is loaded, by what it exports.

mod v0_1_0;
mod wording;

use std::fmt::Debug;

use sluice_core::release::event::{Proposal, RollbackAnswer};
use sluice_runner::ports::plugins::{Call, ConfigProblem, Description, Judged, PluginKind, WithState};
use wasmtime::component::Component;
use wasmtime::{Engine, Store};

use crate::failure::Failure;
use crate::imports::PACKAGE;
use crate::sandbox::Sandbox;

/// Why a call gave no answer.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The guest was stopped, or stopped itself.
    Trapped(wasmtime::Error),
    /// It answered, with something that is no answer.
    Failed(Failure),
}

/// A component with all its imports resolved, under one version of the contract. Each call instantiates it
/// in the store that it is given.
pub(crate) trait Contract: Send + Sync + Debug {
    fn instantiate(&self, store: &mut Store<Sandbox>) -> Result<(), Stop>;
    fn describe(
        &self,
        store: &mut Store<Sandbox>,
        config: &str,
    ) -> Result<Result<Description, Vec<ConfigProblem>>, Stop>;
    fn next(&self, store: &mut Store<Sandbox>, call: Call<'_>) -> Result<WithState<Proposal>, Stop>;
    fn judge(&self, store: &mut Store<Sandbox>, call: Call<'_>) -> Result<Judged, Stop>;
    fn decide(&self, store: &mut Store<Sandbox>, call: Call<'_>) -> Result<WithState<RollbackAnswer>, Stop>;
}

/// Checks a component against the contract that its exports name.
pub(crate) fn choose(
    engine: &Engine,
    component: &Component,
    kind: PluginKind,
) -> Result<Box<dyn Contract>, Failure> {
    let exports = exported(engine, component);
    if exports.is_empty() {
        return Err(Failure::NoWorld);
    }
    let Some(wanted) = exports.iter().find(|export| export.kind == Some(kind)) else {
        return Err(match exports.iter().find_map(|export| export.kind) {
            Some(found) => Failure::WrongKind { wanted: noun(kind), found: noun(found).to_owned() },
            None => Failure::WrongVersion { found: exports[0].name.clone(), known: v0_1_0::VERSION },
        });
    };
    match wanted.version.as_str() {
        "0.1.0" => v0_1_0::resolve(engine, component, kind),
        _ => Err(Failure::WrongVersion { found: wanted.name.clone(), known: v0_1_0::VERSION }),
    }
}

/// The kinds that a component exports, whatever their version.
pub(crate) fn kinds(engine: &Engine, component: &Component) -> Vec<PluginKind> {
    exported(engine, component).into_iter().filter_map(|export| export.kind).collect()
}

/// A kind in prose.
pub(crate) fn noun(kind: PluginKind) -> &'static str {
    match kind {
        PluginKind::Strategy => "strategy",
        PluginKind::HealthCheck => "health check",
        PluginKind::Rollback => "rollback plugin",
    }
}

struct Export {
    name: String,
    kind: Option<PluginKind>,
    version: String,
}

fn exported(engine: &Engine, component: &Component) -> Vec<Export> {
    let all = component.component_type();
    let of_package = all.exports(engine).filter_map(|(name, _)| {
        let (interface, version) = name.strip_prefix(PACKAGE)?.split_once('@')?;
        let kind = match interface {
            "strategy-api" => Some(PluginKind::Strategy),
            "health-check-api" => Some(PluginKind::HealthCheck),
            "rollback-api" => Some(PluginKind::Rollback),
            _ => None,
        };
        Some(Export { name: name.to_owned(), kind, version: version.to_owned() })
    });
    of_package.collect()
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<wasmtime::Error> for Stop {
    fn from(error: wasmtime::Error) -> Self {
        Self::Trapped(error)
    }
}
