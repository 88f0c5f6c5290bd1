//! The workflow document: what is released, how it is measured and judged, and how long anything may take.

mod address;
mod after;
mod approvers;
mod candidate;
mod jobs;
mod keys;
mod mirror;
mod parts;
mod plugins;
mod prepare;
mod prometheus;
mod read;
mod schema;
mod targets;
mod timing;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::overrides::Overrides;
use super::problem::{Problem, Problems, quoted};
use super::source::{Source, Span, Spanned};
use super::tree::{Node, locate};
use crate::model::mirroring::Mirroring;
use crate::plan::{Deadlines, MetricsPlan, Port, Readiness, Stages};

pub use schema::schema;
pub use targets::{CommandTarget, Envoy, Haproxy};

/// The selector that counts the candidate's events when the workflow names none.
pub const DEFAULT_EVENTS: &str = "sluice_gateway_requests_total{role=\"candidate\"}";

/// Values of parameters, by policy and name.
pub type PolicyParams = BTreeMap<String, Spanned<BTreeMap<String, Spanned<serde_json::Value>>>>;

/// A workflow without a problem of its own. Plugins, policies and queries are judged by those who know them;
/// their problems find their places through [`Workflow::problem`] and [`Workflow::config_problem`].
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    pub source: Source,
    /// The text of `--set` arguments.
    pub overrides: Source,
    pub service: String,
    pub environment: String,
    pub labels: BTreeMap<String, String>,
    pub target: Target,
    pub candidate: Candidate,
    pub metrics: MetricsPlan,
    /// Place of the selector that counts events, or of what stands for it.
    pub events_span: Span,
    pub strategy: PluginReference,
    pub checks: Vec<PluginReference>,
    pub rollback: PluginReference,
    /// Files or folders, relative to the workflow.
    pub policies: Vec<Spanned<String>>,
    /// Whether a release that no policy is for is refused.
    pub require_policy: bool,
    /// Values of policies' parameters, by policy and name.
    pub policy_params: PolicyParams,
    /// Who may give the approval of a group.
    pub approvers: BTreeMap<String, Vec<String>>,
    pub deadlines: Deadlines,
    pub first_min_time_ms: u64,
    /// With folders and files as written: relative to the workflow unless absolute.
    pub stages: Stages,
    pub smoke_span: Span,
}

/// What the release acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Gateway(Gateway),
    Haproxy(Haproxy),
    Envoy(Envoy),
    Command(CommandTarget),
}

/// The built-in gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    pub listen: SocketAddr,
    pub sticky: Option<Sticky>,
    /// Keep `X-Forwarded-Proto` and `X-Forwarded-Host` as they come: something in front sets them.
    pub trust_forwarded: bool,
    /// Where the candidate alone is served.
    pub preview: Option<SocketAddr>,
    /// How many instances it may run at once, over all revisions.
    pub capacity: Option<u32>,
    pub mirror: Option<Mirroring>,
}

/// A user who was served by one revision stays with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sticky {
    pub cookie: String,
    pub ttl_ms: u64,
}

/// The revision to bring in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub version: String,
    pub command: Vec<String>,
    pub port: Port,
    pub env: BTreeMap<String, String>,
    /// As written: relative to the workflow unless absolute.
    pub directory: String,
    pub instances: u32,
    /// So many restarts within one step fail it.
    pub max_restarts: u32,
    pub readiness: Readiness,
    pub metrics_path: Option<String>,
    pub drain_ms: u64,
    pub stop_ms: u64,
}

/// A plugin in one place of the workflow.
#[derive(Debug, Clone, PartialEq)]
pub struct PluginReference {
    /// `strategy`, `rollback` or the check's name.
    pub name: String,
    /// A bundled plugin's name, or a path that ends in `.wasm`, relative to the workflow.
    pub plugin: Spanned<String>,
    /// A map; its places are kept, so that the plugin's own judgement can be pointed out.
    pub config: Node,
    /// Where to point when the config as a whole is meant.
    pub config_span: Span,
}

impl Workflow {
    /// Reads a document with values laid over it.
    pub fn read(source: &Source, overrides: &Overrides) -> Result<Self, Problems> {
        read::workflow(source, overrides)
    }

    /// A problem of `kind` somewhere in this workflow: its code is `sluice::workflow::<kind>`.
    pub fn problem(
        &self,
        kind: &str,
        span: Span,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Problem {
        read::reading(&self.source, &self.overrides).problem(kind, span, message, label)
    }

    /// What a plugin said of its config, at the place that its JSON pointer names.
    pub fn config_problem(&self, of: &PluginReference, pointer: &str, message: &str) -> Problem {
        let path = pointer.trim_start_matches('/').replace('/', ".");
        let label = match path.as_str() {
            "" => format!("config of `{}`", of.name),
            path => format!("{} in the config of `{}`", quoted(path), of.name),
        };
        self.problem("plugin-config", of.locate(pointer), message, label)
    }

    /// Every place where a plugin stands.
    pub fn plugins(&self) -> impl Iterator<Item = &PluginReference> {
        [&self.strategy, &self.rollback].into_iter().chain(&self.checks)
    }
}

impl PluginReference {
    pub fn config_json(&self) -> serde_json::Value {
        self.config.to_json()
    }

    /// The place in the config that a JSON pointer names, or its nearest parent.
    pub fn locate(&self, pointer: &str) -> Span {
        let found = locate(&self.config, pointer);
        if found == self.config.span { self.config_span } else { found }
    }

    /// Whether it is a path and not the name of a bundled plugin.
    pub fn is_path(&self) -> bool {
        self.plugin.value.ends_with(".wasm")
    }
}
