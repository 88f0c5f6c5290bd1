//! The series store as scrapes write it and plugin calls read it.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use sluice_metrics::store::{Store, StoreLimits, StoreStats};

use crate::ports::target::Endpoint;

/// A series store that many can read.
#[derive(Debug, Clone)]
pub struct SharedStore(Arc<RwLock<Scraped>>);

/// The store with what scraping knows of it.
#[derive(Debug)]
pub(super) struct Scraped {
    pub store: Store,
    /// How many rounds there were; says whether the store has changed.
    pub round: u64,
    /// Names of the endpoints that are scraped.
    known: BTreeSet<String>,
}

impl SharedStore {
    pub fn new(limits: StoreLimits) -> Self {
        let scraped = Scraped { store: Store::new(limits), round: 0, known: BTreeSet::new() };
        Self(Arc::new(RwLock::new(scraped)))
    }

    pub fn stats(&self) -> StoreStats {
        self.read().store.stats()
    }

    /// Ends the series of every endpoint as lost: nobody knows where they are now.
    pub fn lose_all(&self, at_ms: u64) {
        let mut scraped = self.write();
        scraped.round += 1;
        for name in scraped.known.clone() {
            scraped.store.mark_failed(&name, stamp(at_ms));
        }
    }

    /// Begins a round: what is scraped no more is gone on purpose.
    pub(super) fn begin(&self, endpoints: &[Endpoint], at_ms: u64) {
        let mut scraped = self.write();
        scraped.round += 1;
        let known: BTreeSet<String> = endpoints.iter().map(name_of).collect();
        for gone in scraped.known.difference(&known).cloned().collect::<Vec<_>>() {
            scraped.store.forget(&gone, stamp(at_ms));
        }
        scraped.known = known;
    }

    pub(super) fn mark_failed(&self, endpoint: &Endpoint, at_ms: u64) {
        self.write().store.mark_failed(&name_of(endpoint), stamp(at_ms));
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Scraped> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Scraped> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for SharedStore {
    fn default() -> Self {
        Self::new(StoreLimits::default())
    }
}

/// What the store calls an endpoint: a port that another instance got is another endpoint.
pub(super) fn name_of(endpoint: &Endpoint) -> String {
    let mut name = endpoint.url.clone();
    for (label, value) in &endpoint.labels {
        name.push_str(&format!(" {label}={value}"));
    }
    name
}

/// A time as the store has it.
pub(super) fn stamp(at_ms: u64) -> i64 {
    i64::try_from(at_ms).unwrap_or(i64::MAX)
}
