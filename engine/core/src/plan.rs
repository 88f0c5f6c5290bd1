//! The plan: every choice there is to make, made once. Immutable, printable, hashable.

mod stages;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::model::capabilities::Capabilities;
use crate::model::observation::Query;

pub use stages::{
    Channel, Command, Condition, Job, Jobs, Monitor, Must, Notifier, Occasion, Prepare, References, Smoke,
    Stage, Stages, Template, Tool, Work,
};

/// The version of the plan's serialised form.
pub const PLAN_FORMAT: u32 = 1;

/// How a release goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A candidate in place of a stable revision, by the strategy.
    Progressive,
    /// The very first deployment: nothing is served yet, so there is nothing to compare or go back to.
    First,
    /// What is stable already is brought back alone, where the target has something beside it.
    Restore,
}

/// Where an instance listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Port {
    /// The target chooses a free port and tells the process in this environment variable.
    Env(String),
    /// The process always listens here; at most one instance.
    Fixed(u16),
}

/// When an instance may have traffic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// Path that must answer 2xx; without it an accepted TCP connection is enough.
    pub path: Option<String>,
    /// How long a new instance may take.
    pub within_ms: u64,
    /// How often it is asked.
    pub interval_ms: u64,
}

/// How one instance of a revision is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionSpec {
    pub command: Vec<String>,
    pub port: Port,
    pub env: BTreeMap<String, String>,
    /// Working directory; absolute.
    pub directory: String,
    pub readiness: Readiness,
    /// Path of its own metrics page, if it has one.
    pub metrics_path: Option<String>,
    /// How long requests under way may take once it gets no new ones.
    pub drain_ms: u64,
    /// How long it may take to end after SIGTERM before SIGKILL.
    pub stop_ms: u64,
}

/// One version of the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// `<version>-<digest>`: two that differ in what they run, or in how many instances, never share an id.
    pub id: String,
    pub version: String,
    pub spec: RevisionSpec,
    /// Instances at full traffic.
    pub instances: u32,
}

/// What the release is about, for people and for policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    pub service: String,
    pub environment: String,
    pub labels: BTreeMap<String, String>,
    pub comment: String,
    pub who: String,
}

/// A plugin, pinned by the digest of its component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginPin {
    pub name: String,
    pub version: String,
    /// `sha256:<hex>` of the component.
    pub digest: String,
    /// `bundled` or the path it was read from.
    pub source: String,
}

/// A plugin in one place of the workflow, with its config and what it asks to be measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PluginUse {
    /// `strategy`, `rollback` or the check's name.
    pub name: String,
    pub pin: PluginPin,
    pub config: Value,
    pub queries: Vec<Query>,
}

/// The target, by kind; its config is the target's own business.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetPlan {
    pub kind: String,
    pub config: Value,
    /// What it could do when the release was planned; strategies are told, and a replay needs no target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Capabilities>,
}

/// How metrics are gathered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricsPlan {
    /// Between rounds: scrape, observe, judge, decide.
    pub interval_ms: u64,
    pub scrape_timeout_ms: u64,
    /// A series whose newest sample is older is stale.
    pub stale_after_ms: u64,
    /// Selector of the counter that counts the candidate's events.
    pub events: String,
    /// Pages that are scraped beside the target's: of the machines, for instance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<MetricsPage>,
    /// Who answers the plugins' queries in place of what is scraped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prometheus: Option<PrometheusPlan>,
}

/// A metrics page that the target does not know of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricsPage {
    pub url: String,
    /// Given to each of its series.
    pub labels: BTreeMap<String, String>,
}

/// A Prometheus that answers queries. Of secrets only the place is known: they are in no plan and no journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrometheusPlan {
    /// What `/api/v1/query` is put behind.
    pub url: String,
    /// For all answers of a round together, tries included.
    pub timeout_ms: u64,
    /// An answer whose newest sample is older is stale.
    pub stale_after_ms: u64,
    /// How often a query is asked again that failed for the moment.
    pub retries: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// A file of certificates that are trusted beside the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
}

/// How a server is told who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auth {
    Bearer(Secret),
    Basic { username: String, password: Secret },
}

/// Where a secret is, each time that it is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Secret {
    /// A variable of the engine's environment.
    Env(String),
    File(String),
}

/// A policy document as it was when the release was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyDocument {
    /// Where it was read from.
    pub source: String,
    pub text: String,
}

/// The policies that bind this release.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PolicySet {
    pub digest: String,
    pub documents: Vec<PolicyDocument>,
    /// Whether a release that no policy is for is refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Values of their parameters, by policy and name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, BTreeMap<String, Value>>,
}

/// How long the release waits, and for what. Every wait has an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadlines {
    /// For a shape to be in effect.
    pub apply_ms: u64,
    /// For a refused, held or not yet proposed step.
    pub hold_ms: u64,
    /// For a paused release to be taken up again.
    pub pause_ms: u64,
}

/// The plan of one release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub format: u32,
    pub kind: Kind,
    pub about: About,
    pub stable: Option<Revision>,
    pub candidate: Revision,
    pub target: TargetPlan,
    pub metrics: MetricsPlan,
    pub strategy: PluginUse,
    pub checks: Vec<PluginUse>,
    pub rollback: PluginUse,
    pub policies: PolicySet,
    pub deadlines: Deadlines,
    /// Minimum time at full traffic of a first deployment.
    pub first_min_time_ms: u64,
    /// Who may give the approval of a group. Nothing in plans of earlier versions, where anybody could.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvers: Option<BTreeMap<String, Vec<String>>>,
    /// So many restarts of the candidate's instances within one step fail it.
    #[serde(default = "default_max_restarts")]
    pub max_restarts: u32,
    /// Given to plugins; nothing else in a release is random.
    pub seed: u64,
    /// What is done before, between and after the strategy's steps.
    #[serde(default, skip_serializing_if = "Stages::is_empty")]
    pub stages: Stages,
}

/// Restarts that fail a step where nobody said otherwise.
pub const DEFAULT_MAX_RESTARTS: u32 = 2;

fn default_max_restarts() -> u32 {
    DEFAULT_MAX_RESTARTS
}

impl Plan {
    /// `sha256:<hex>` of the plan's JSON.
    pub fn digest(&self) -> String {
        digest(serde_json::to_vec(self).unwrap_or_default().as_slice())
    }

    /// Every place where a plugin stands.
    pub fn plugins(&self) -> impl Iterator<Item = &PluginUse> {
        [&self.strategy, &self.rollback].into_iter().chain(&self.checks)
    }
}

impl Revision {
    /// Names a revision by its version, what it runs, and on how many instances.
    pub fn new(version: &str, spec: RevisionSpec, instances: u32) -> Self {
        let whole = digest(serde_json::to_vec(&(&spec, instances)).unwrap_or_default().as_slice());
        let short: String = whole.chars().skip("sha256:".len()).take(8).collect();
        Self { id: format!("{version}-{short}"), version: version.to_owned(), spec, instances }
    }
}

/// `sha256:<hex>` of some bytes.
pub fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().fold(String::from("sha256:"), |mut text, byte| {
        use std::fmt::Write;
        let _ = write!(text, "{byte:02x}");
        text
    })
}
