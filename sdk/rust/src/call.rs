//! What one call of a plugin is given.

use std::fmt;

use crate::{Capacity, Observation, Query, Reading, Role, Seen, Snapshot, Weight};

type Further = Box<dyn Fn(&Query) -> Result<Observation, String>>;

/// The release as it is, the answers to the declared queries, and a way to ask further ones.
pub struct Call {
    pub snapshot: Snapshot,
    /// One for each declared query.
    pub observations: Vec<Observation>,
    further: Further,
}

impl Call {
    /// `further` answers queries beyond the declared ones.
    pub fn new(
        snapshot: Snapshot,
        observations: Vec<Observation>,
        further: impl Fn(&Query) -> Result<Observation, String> + 'static,
    ) -> Self {
        Self { snapshot, observations, further: Box::new(further) }
    }

    /// How many steps were completed: the index of the next one.
    pub fn completed(&self) -> usize {
        usize::try_from(self.snapshot.completed).unwrap_or(usize::MAX)
    }

    /// How many instances a revision has at full traffic; 0 when there is no such revision.
    pub fn full(&self, role: &Role) -> u32 {
        self.capacity(role).map_or(0, |one| one.full)
    }

    /// How many instances a revision needs for a share of the traffic: rounded up, at least 1.
    pub fn scaled(&self, role: &Role, weight: Weight) -> u32 {
        weight.of(self.full(role))
    }

    pub fn capacity(&self, role: &Role) -> Option<&Capacity> {
        self.snapshot.capacity(role)
    }

    /// How many instances the target may run at once, over all revisions; nothing where there is no bound.
    pub fn room(&self) -> Option<u32> {
        self.snapshot.attr("target.capacity")?.parse().ok()
    }

    /// Whether the target can copy requests to a revision. One that was not asked is not said to lack it.
    pub fn can_mirror(&self) -> bool {
        self.snapshot.attr("target.mirror") != Some("false")
    }

    /// Whether the target can send users to a revision by header or cookie.
    pub fn can_route(&self) -> bool {
        self.snapshot.attr("target.routes") != Some("false")
    }

    /// The verdicts of the last round.
    pub fn judgements(&self) -> &[Seen] {
        &self.snapshot.judgements
    }

    /// The answer to a declared query.
    pub fn observation(&self, query: &str) -> Option<&Observation> {
        self.observations.iter().find(|one| one.query == query)
    }

    /// The one number that a declared query has for an answer, or why there is none.
    pub fn reading(&self, query: &str) -> Reading<'_> {
        match self.observation(query) {
            Some(observation) => observation.reading(),
            None => Reading::no_data(format!("there is no answer to `{query}`").into()),
        }
    }

    /// Asks a query beyond the declared ones. It is journaled with its answer.
    pub fn query(&self, query: &Query) -> Result<Observation, String> {
        (self.further)(query)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("snapshot", &self.snapshot)
            .field("observations", &self.observations)
            .finish_non_exhaustive()
    }
}
