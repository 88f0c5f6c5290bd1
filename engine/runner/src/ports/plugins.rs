//! Plugins: the calls that a release makes, and how they fail.

use std::sync::Arc;

use serde_json::Value;
use sluice_core::model::observation::{Observation, Query};
use sluice_core::model::verdict::{Measurement, Verdict};
use sluice_core::plan::PluginPin;
use sluice_core::release::event::{Proposal, RollbackAnswer};
use sluice_core::snapshot::Snapshot;
use thiserror::Error;

/// The three kinds of plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PluginKind {
    Strategy,
    HealthCheck,
    Rollback,
}

/// What is wrong in a plugin's config, with the place as a JSON pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    pub path: String,
    pub message: String,
}

/// What a plugin says of itself under one config.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    pub name: String,
    pub version: String,
    pub summary: String,
    /// JSON Schema of the config.
    pub config_schema: Value,
    pub queries: Vec<Query>,
}

/// What every call takes.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    pub snapshot: &'a Snapshot,
    /// JSON.
    pub config: &'a str,
    pub state: &'a [u8],
    pub observations: &'a [Observation],
    /// Answers queries beyond the declared ones.
    pub metrics: &'a Arc<dyn Further>,
}

/// A health check's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    pub verdict: Verdict,
    pub score: Option<f64>,
    pub reason: String,
    pub measurements: Vec<Measurement>,
    pub state: Vec<u8>,
}

/// What a call returned, beside the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered<T> {
    pub answer: T,
    /// Further queries asked, with their answers, in order.
    pub further: Vec<Observation>,
    /// Lines the plugin logged, bounded.
    pub log: Vec<String>,
    pub fuel: u64,
}

/// A strategy's or rollback plugin's answer with the state it hands over.
#[derive(Debug, Clone, PartialEq)]
pub struct WithState<T> {
    pub answer: T,
    pub state: Vec<u8>,
}

/// How a plugin call or load failed. Each names the plugin, what happened and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("plugin `{plugin}` {what}")]
pub struct PluginError {
    pub plugin: String,
    pub code: PluginFailure,
    /// What happened, as the end of a sentence: `ran out of fuel`.
    pub what: String,
    /// What to do.
    pub help: String,
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PluginFailure {
    NotFound,
    DoesNotCompile,
    CompileLimit,
    WrongWorld,
    WrongVersion,
    ForbiddenImport,
    Trap,
    Panic,
    OutOfFuel,
    TimeOut,
    OutOfMemory,
    Oversized,
    BadOutput,
    BadConfig,
    Refused,
}

/// Answers queries beyond the declared ones. Shared, because a sandbox owns what it may reach.
pub trait Further: Send + Sync + std::fmt::Debug {
    fn query(&self, query: &Query) -> Result<Observation, String>;
}

/// A component, compiled and checked. Calls are synchronous and bounded; each runs in a fresh store.
pub trait Plugin: Send + Sync + std::fmt::Debug {
    fn kind(&self) -> PluginKind;
    fn pin(&self) -> &PluginPin;
    /// What it says of itself under this config, and which queries it needs.
    fn describe(&self, config: &str) -> Result<Description, DescribeError>;
    fn next(&self, call: Call<'_>) -> Result<Answered<WithState<Proposal>>, PluginError>;
    fn judge(&self, call: Call<'_>) -> Result<Answered<Judged>, PluginError>;
    fn decide(&self, call: Call<'_>) -> Result<Answered<WithState<RollbackAnswer>>, PluginError>;
}

/// Why there is no description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DescribeError {
    /// The config is wrong, in these places.
    Config(Vec<ConfigProblem>),
    Plugin(PluginError),
}

/// Where plugins come from: the bundled ones by name, a user's by path, any by digest once pinned.
pub trait Plugins: Send + Sync + std::fmt::Debug {
    /// Loads by name (`canary`) or by path (`./my.wasm`, relative to `base`).
    fn load(
        &self,
        kind: PluginKind,
        reference: &str,
        base: &std::path::Path,
    ) -> Result<Arc<dyn Plugin>, PluginError>;

    /// Loads what a plan pinned, by its digest.
    fn pinned(&self, kind: PluginKind, pin: &PluginPin) -> Result<Arc<dyn Plugin>, PluginError>;

    /// Names of the bundled plugins with their kinds.
    fn bundled(&self) -> Vec<(String, PluginKind)>;
}
