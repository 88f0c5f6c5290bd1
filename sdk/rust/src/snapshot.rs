//! What a plugin may know of a release.

use crate::{Attr, Duration, Role, Seen, Shape};

/// How many instances of a revision there are, and the size it has at full traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capacity {
    pub role: Role,
    pub version: String,
    pub full: u32,
    pub ready: u32,
}

/// Everything a plugin may know beside its config, its state and its queries.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot {
    /// The one immutable id of what was observed; empty before the first observation.
    pub id: String,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub now: u64,
    pub seed: u64,
    pub service: String,
    pub environment: String,
    /// The shape in effect.
    pub shape: Shape,
    /// How many steps were completed.
    pub completed: u32,
    pub time_in_step: Duration,
    pub capacities: Vec<Capacity>,
    /// The verdicts of the last round.
    pub judgements: Vec<Seen>,
    pub attrs: Vec<Attr>,
}

impl Snapshot {
    pub fn capacity(&self, role: &Role) -> Option<&Capacity> {
        self.capacities.iter().find(|one| one.role == *role)
    }

    /// A fact that the contract has no field for.
    pub fn attr(&self, key: &str) -> Option<&str> {
        self.attrs.iter().find(|one| one.key == key).map(|one| one.value.as_str())
    }
}
