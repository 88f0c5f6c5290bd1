//! What a release acts on.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sluice_core::model::difference::Difference;
use sluice_core::model::shape::{Mirror, Role, Route, Weight};
use sluice_core::plan::Revision;
use thiserror::Error;

pub use sluice_core::model::capabilities::{Capabilities, Lack};

/// One revision in a desired state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesiredRevision {
    pub revision: Revision,
    /// Shown in metrics as the label `role`.
    pub role: Role,
    pub instances: u32,
    pub weight: Weight,
}

/// A whole desired state. Applying it twice is harmless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desired {
    /// The release that asks.
    pub release: String,
    /// Rises within a release; a target refuses an older one than it has of the same release.
    pub generation: u64,
    /// Idempotency key of the intent.
    pub key: String,
    pub revisions: Vec<DesiredRevision>,
    pub routes: Vec<Route>,
    pub mirror: Option<Mirror>,
    /// Id of the revision that counts as stable once this is in effect; none before a first promotion.
    pub stable: Option<String>,
}

/// One process or server of a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceStatus {
    /// `<revision id>/<number>`.
    pub id: String,
    /// `host:port`.
    pub address: String,
    pub ready: bool,
    pub restarts: u32,
    /// How it last ended, with the last lines it wrote; empty when it never did.
    pub last_exit: String,
}

/// One revision as the target has it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionStatus {
    pub revision: Revision,
    pub role: Role,
    pub weight: Weight,
    pub instances: Vec<InstanceStatus>,
}

/// Where a metrics page is, and the labels that each of its series gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    pub url: String,
    pub labels: Vec<(String, String)>,
    /// Labels for some of its series: a page may be about several revisions, under names of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<Named>,
}

/// Series with this label get these too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub label: String,
    pub value: String,
    pub labels: Vec<(String, String)>,
}

/// How far the last accepted desired state is in effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Progress {
    /// In effect, seen to be so.
    Settled,
    /// On the way; what is still missing, for people.
    Settling { waiting_for: String },
    /// It can not be brought about; what was in effect before still is.
    Failed { error: String },
}

/// What the target is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetStatus {
    /// Of the last accepted desired state.
    pub release: String,
    pub generation: u64,
    pub key: String,
    pub progress: Progress,
    pub stable: Option<Revision>,
    pub revisions: Vec<RevisionStatus>,
    pub endpoints: Vec<Endpoint>,
    /// Where users reach the service: `http://127.0.0.1:8080`.
    pub address: String,
    /// Where the candidate alone is reached, by no user: `http://127.0.0.1:8081`; nothing without such a place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    /// The last differences between stable's answers and the shadow's, oldest first; few, and cut short.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// How often whoever acts for the target was gone and had to be started again, since this engine knows it.
    #[serde(default, skip_serializing_if = "is_none")]
    pub started_again: u32,
}

fn is_none(count: &u32) -> bool {
    *count == 0
}

impl TargetStatus {
    /// Ready instances by role. A candidate stays one here although its target may count it as stable already.
    pub fn ready(&self, candidate: &str) -> BTreeMap<String, u32> {
        let mut ready = BTreeMap::new();
        for one in &self.revisions {
            let here = one.instances.iter().filter(|instance| instance.ready).count();
            let role = if one.revision.id == candidate { Role::Candidate } else { one.role };
            *ready.entry(role.name().to_owned()).or_default() += u32::try_from(here).unwrap_or(u32::MAX);
        }
        ready
    }
}

/// Why a target did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TargetError {
    #[error("the target can not be reached: {0}")]
    Unreachable(String),
    #[error("the target refused: {0}")]
    Refused(String),
    #[error("the target answered with something else than was asked: {0}")]
    Protocol(String),
}

/// A target. Every call ends within a time that the implementation bounds.
#[async_trait]
pub trait Target: Send + Sync + std::fmt::Debug {
    /// Known without reaching it.
    fn capabilities(&self) -> Capabilities;

    /// What the target is now. Nothing is believed of a target that was not observed.
    async fn observe(&self) -> Result<TargetStatus, TargetError>;

    /// Hands over a desired state and returns once it is durably accepted, before it is in effect.
    async fn apply(&self, desired: &Desired) -> Result<(), TargetError>;
}
