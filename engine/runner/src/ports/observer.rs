//! Observing: scraping, and evaluating every declared query under one id.

use std::sync::Arc;

use async_trait::async_trait;
use sluice_core::model::observation::{Found, ObservationSet};
use sluice_core::plan::Plan;

use super::plugins::Further;
use super::target::{TargetError, TargetStatus};

/// Where observations come from.
#[async_trait]
pub trait Observer: Send + Sync + std::fmt::Debug {
    /// Gathers and evaluates. What can not be read is told in the set, never left out in silence.
    async fn observe(&self, look: Look<'_>) -> ObservationSet;

    /// Answers further queries as of the last observation.
    fn further(&self) -> Arc<dyn Further>;
}

/// What an observation is about.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    pub plan: &'a Plan,
    pub status: &'a Result<TargetStatus, TargetError>,
    /// The same, held against the shape in effect; it becomes a part of the set.
    pub found: &'a Found,
    pub now_ms: u64,
    /// Since when events count for the step; an engine counts only what it saw itself.
    pub events_since_ms: u64,
}
