//! Queries that a plugin asks beyond its declared ones, answered as of the observation that it judges.

use sluice_core::model::observation::{Observation, Query};

use super::SharedStore;
use super::answer::Rules;
use super::elsewhere::Within;
use super::prometheus::is_for_prometheus;
use crate::ports::plugins::Further;

/// Answers queries at one time, from one round of scraping.
///
/// It reads the live store in place of a copy, which would cost as much as the store; once the store has gone on to
/// the next round it refuses, so that no answer ever mixes two rounds.
#[derive(Debug, Clone)]
pub struct FurtherQueries {
    store: SharedStore,
    round: u64,
    /// Now, and since when the step is.
    times: (u64, u64),
    rules: Rules,
    prometheus: Option<Within>,
}

impl FurtherQueries {
    pub(super) fn new(store: SharedStore, round: u64, times: (u64, u64), rules: Rules) -> Self {
        Self { store, round, times, rules, prometheus: None }
    }

    /// Asks a Prometheus what is for one.
    pub(super) fn with(self, prometheus: Option<Within>) -> Self {
        Self { prometheus, ..self }
    }
}

impl Further for FurtherQueries {
    fn query(&self, query: &Query) -> Result<Observation, String> {
        if let Some(within) = self.prometheus.as_ref().filter(|_| is_for_prometheus(query)) {
            return within.answer(query, self.times);
        }
        let scraped = self.store.read();
        if scraped.round != self.round {
            return Err("the observation that this call is about is no longer the latest".to_owned());
        }
        self.rules.answer(&scraped, query, self.times).map_err(|error| error.to_string())
    }
}
