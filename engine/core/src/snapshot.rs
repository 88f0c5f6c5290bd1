//! What a plugin may know of a release: built from the state, never from the world.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::shape::{Role, Shape};
use crate::model::verdict::Verdict;

/// A verdict of the last round, as plugins see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    pub check: String,
    pub verdict: Verdict,
    pub score: Option<f64>,
    pub reason: String,
}

/// How many instances of a revision there are, and the size it has at full traffic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    pub role: Role,
    pub version: String,
    pub full: u32,
    pub ready: u32,
}

/// Everything a plugin may know beside its config, its state and its queries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Id of the observation set; empty before the first.
    pub id: String,
    pub now: u64,
    pub seed: u64,
    pub service: String,
    pub environment: String,
    /// The shape in effect.
    pub shape: Shape,
    /// How many steps were completed.
    pub completed: u32,
    pub time_in_step_ms: u64,
    pub capacities: Vec<Capacity>,
    pub judgements: Vec<Seen>,
    /// Facts that the contract has no field for: `target.capacity`, `target.mirror`, `target.routes`.
    #[serde(default)]
    pub attrs: BTreeMap<String, String>,
}
