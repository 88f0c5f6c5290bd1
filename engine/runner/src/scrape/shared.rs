//! The series store as scrapes write it and plugin calls read it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use sluice_metrics::exposition::Page;
use sluice_metrics::store::{IngestError, Ingested, Scrape, Store, StoreLimits, StoreStats};

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
    /// What is scraped, by name.
    known: BTreeMap<String, Known>,
}

#[derive(Debug, Clone)]
pub(super) struct Known {
    pub endpoint: Endpoint,
    /// Whether it was not read in the latest round.
    failing: bool,
    /// Why, where that was told.
    pub why: String,
    /// Whether it ever was.
    pub was_read: bool,
}

impl SharedStore {
    pub fn new(limits: StoreLimits) -> Self {
        let scraped = Scraped { store: Store::new(limits), round: 0, known: BTreeMap::new() };
        Self(Arc::new(RwLock::new(scraped)))
    }

    pub fn stats(&self) -> StoreStats {
        self.read().store.stats()
    }

    /// Ends the series of every endpoint as lost: nobody knows where they are now.
    pub fn lose_all(&self, at_ms: u64) {
        let scraped = &mut *self.write();
        scraped.round += 1;
        for (name, known) in &mut scraped.known {
            known.failing = true;
            scraped.store.mark_failed(name, stamp(at_ms));
        }
    }

    /// Begins a round: what is scraped no more is gone on purpose, and nothing is read yet.
    pub(super) fn begin(&self, endpoints: &[Endpoint], at_ms: u64) {
        let scraped = &mut *self.write();
        scraped.round += 1;
        let unread = |endpoint: &Endpoint| {
            let was_read = scraped.known.get(&name_of(endpoint)).is_some_and(|known| known.was_read);
            Known { endpoint: endpoint.clone(), failing: true, why: String::new(), was_read }
        };
        let known: BTreeMap<String, Known> =
            endpoints.iter().map(|endpoint| (name_of(endpoint), unread(endpoint))).collect();
        for gone in scraped.known.keys().filter(|name| !known.contains_key(*name)) {
            scraped.store.forget(gone, stamp(at_ms));
        }
        scraped.known = known;
    }

    /// Keeps a page, whole or not at all.
    pub(super) fn ingest(
        &self,
        endpoint: &Endpoint,
        page: &Page<'_>,
        at_ms: u64,
    ) -> Result<Ingested, IngestError> {
        let labels: Vec<(&str, &str)> =
            endpoint.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let name = name_of(endpoint);
        let named = endpoint.named.iter().map(|one| {
            let more = one.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            ((one.label.as_str(), one.value.as_str()), more)
        });
        let named = named.collect();
        let scrape = Scrape { endpoint: &name, labels: &labels, named: &named, at_ms: stamp(at_ms), page };
        let mut scraped = self.write();
        let ingested = scraped.store.ingest(&scrape)?;
        if let Some(known) = scraped.known.get_mut(&name) {
            (known.failing, known.was_read) = (false, true);
        }
        Ok(ingested)
    }

    pub(super) fn mark_failed(&self, endpoint: &Endpoint, at_ms: u64, why: &str) {
        let scraped = &mut *self.write();
        let name = name_of(endpoint);
        if let Some(known) = scraped.known.get_mut(&name) {
            known.why = why.to_owned();
        }
        scraped.store.mark_failed(&name, stamp(at_ms));
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Scraped> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Scraped> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Scraped {
    /// The endpoints that were not read in the latest round.
    pub fn failing(&self) -> impl Iterator<Item = &Known> {
        self.known.values().filter(|known| known.failing)
    }
}

impl Default for SharedStore {
    fn default() -> Self {
        Self::new(StoreLimits::default())
    }
}

/// What the store calls an endpoint: a port that another instance got is another endpoint.
fn name_of(endpoint: &Endpoint) -> String {
    let mut name = endpoint.url.clone();
    for (label, value) in &endpoint.labels {
        name.push_str(&format!(" {label}={value}"));
    }
    name
}

/// A time as the store has it.
fn stamp(at_ms: u64) -> i64 {
    i64::try_from(at_ms).unwrap_or(i64::MAX)
}
