//! The in-memory series store: bounded, fed by whole scrapes, read by PromQL.
//!
//! - A scrape is taken whole or not at all. Samples get the time at which they were received.
//! - A series that a good scrape no longer has ends there, with a staleness marker; after a failed
//!   scrape all series of the endpoint do.
//! - A counter that appears after an earlier good scrape of its endpoint counted from zero, so a zero
//!   is put at that scrape's time: a first error is an increase, and not the start of a series. A
//!   restarted process counts from zero as well. Only a process that began before that scrape, and
//!   still is another than the one scraped then, keeps what it had counted out of it.
//! - Live series are never dropped to make room: what is left would add up to wrong numbers. Ended
//!   ones go, oldest first, and when that is not enough the scrape is refused.

mod endpoint;
mod error;
mod ingest;
mod room;
mod samples;
mod stats;
mod symbols;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

pub use error::IngestError;
pub use ingest::{Ingested, Scrape};
pub use stats::StoreStats;

use crate::histogram::NativeHistogram;
use crate::series::{Labels, Selector, SeriesView, Source, Standing, stale_marker};
use endpoint::Endpoint;
use samples::Samples;
use symbols::Symbols;

/// What a store may at most hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreLimits {
    pub series: usize,
    pub samples: usize,
    /// An estimate, of samples and labels together.
    pub bytes: usize,
    /// Older samples are dropped.
    pub retention_ms: i64,
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self { series: 200_000, samples: 20_000_000, bytes: 512 << 20, retention_ms: 2 * 3_600_000 }
    }
}

/// One sample to keep.
#[derive(Debug, Clone)]
enum Taken {
    Float(f64),
    Histogram(Arc<NativeHistogram>),
}

#[derive(Debug)]
struct Series {
    labels: Labels,
    samples: Samples,
    standing: Standing,
    /// The endpoint that it was last seen at.
    owner: usize,
    /// The ingestion that it was last seen in.
    seen: u64,
    /// What it adds to the store's bytes.
    cost: usize,
}

#[derive(Debug)]
pub struct Store {
    limits: StoreLimits,
    symbols: Symbols,
    /// By id. An evicted series leaves a gap that the next new one takes.
    series: Vec<Option<Series>>,
    gaps: Vec<usize>,
    by_name: BTreeMap<Arc<str>, Vec<usize>>,
    by_hash: HashMap<u64, Vec<usize>>,
    /// Randomly keyed, so that no page can be made of collisions; nothing is ever read in its order.
    hasher: RandomState,
    endpoints: Vec<Endpoint>,
    ingestion: u64,
    stats: StoreStats,
    swept_at: i64,
}

impl Default for Store {
    fn default() -> Self {
        Self::new(StoreLimits::default())
    }
}

impl Store {
    pub fn new(limits: StoreLimits) -> Self {
        Self {
            limits,
            symbols: Symbols::default(),
            series: Vec::new(),
            gaps: Vec::new(),
            by_name: BTreeMap::new(),
            by_hash: HashMap::new(),
            hasher: RandomState::new(),
            endpoints: Vec::new(),
            ingestion: 0,
            stats: StoreStats::default(),
            swept_at: i64::MIN,
        }
    }

    pub fn stats(&self) -> StoreStats {
        self.stats
    }

    /// Every metric that there is a series of, or that a page declares without one.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let seen = self.by_name.iter().filter(|(_, ids)| !ids.is_empty()).map(|(name, _)| name.as_ref());
        let declared = self.endpoints.iter().flat_map(|endpoint| &endpoint.declared).map(String::as_str);
        seen.chain(declared)
    }

    /// Tells that a scrape of the endpoint failed: its series end, as lost. Returns how many.
    pub fn mark_failed(&mut self, endpoint: &str, at_ms: i64) -> usize {
        let owner = self.endpoint(endpoint);
        let current = std::mem::take(&mut self.endpoints[owner].current);
        for id in &current {
            self.end(*id, at_ms, Standing::Lost);
        }
        self.endpoints[owner].lost.extend_from_slice(&current);
        current.len()
    }

    /// Tells that the endpoint is no more, on purpose: its series end, as gone. Returns how many.
    pub fn forget(&mut self, endpoint: &str, at_ms: i64) -> usize {
        let owner = self.endpoint(endpoint);
        let current = std::mem::take(&mut self.endpoints[owner].current);
        for id in &current {
            self.end(*id, at_ms, Standing::Gone);
        }
        self.give_up_lost(owner);
        self.endpoints[owner].begin_anew();
        current.len()
    }

    /// What an endpoint lost and did not bring back is gone.
    fn give_up_lost(&mut self, owner: usize) {
        for id in std::mem::take(&mut self.endpoints[owner].lost) {
            let series = self.series.get_mut(id).and_then(Option::as_mut);
            if let Some(series) =
                series.filter(|series| series.owner == owner && series.standing == Standing::Lost)
            {
                series.standing = Standing::Gone;
            }
        }
    }

    fn end(&mut self, id: usize, at_ms: i64, standing: Standing) {
        let Some(series) = self.series.get_mut(id).and_then(Option::as_mut) else { return };
        series.standing = standing;
        if !series.samples.has_ended() && series.samples.last_at().is_some_and(|at| at < at_ms) {
            let marker = Taken::Float(stale_marker());
            record(series, &mut self.stats, (at_ms, marker), self.limits.retention_ms);
        }
    }

    /// The endpoint's index. There are as many endpoints as the caller names, and no more.
    fn endpoint(&mut self, name: &str) -> usize {
        match self.endpoints.iter().position(|endpoint| endpoint.name == name) {
            Some(index) => index,
            None => {
                self.endpoints.push(Endpoint::new(name));
                self.endpoints.len() - 1
            }
        }
    }

    fn hash(&self, pairs: &[(&str, &str)]) -> u64 {
        self.hasher.hash_one(pairs)
    }

    fn find(&self, hash: u64, pairs: &[(&str, &str)]) -> Option<usize> {
        let same = |id: &&usize| {
            let series = self.series.get(**id).and_then(Option::as_ref);
            series.is_some_and(|series| series.labels.iter().eq(pairs.iter().copied()))
        };
        self.by_hash.get(&hash)?.iter().find(same).copied()
    }

    fn add(&mut self, hash: u64, labels: Labels, owner: usize) -> usize {
        let series = Series {
            labels: labels.clone(),
            samples: Samples::default(),
            standing: Standing::Live,
            owner,
            seen: 0,
            cost: 0,
        };
        let id = self.gaps.pop().unwrap_or_else(|| {
            self.series.push(None);
            self.series.len() - 1
        });
        self.series[id] = Some(series);
        let name = self.symbols.intern(labels.metric_name());
        self.by_name.entry(name).or_default().push(id);
        self.by_hash.entry(hash).or_default().push(id);
        self.stats.series += 1;
        id
    }
}

impl Source for Store {
    fn select<'a>(&'a self, selector: &Selector) -> Vec<SeriesView<'a>> {
        let view = |series: &'a Series| SeriesView {
            labels: &series.labels,
            at: series.samples.at(),
            value: series.samples.value(),
            histograms: series.samples.histograms(),
            standing: series.standing,
            process: series.owner,
            restarts: self.endpoints.get(series.owner).map_or(&[], |owner| &owner.restarts),
        };
        let chosen = |series: &&Series| selector.accepts(&series.labels);
        match selector.metric_names() {
            Some(mut names) => {
                names.sort_unstable();
                names.dedup();
                let ids = names.into_iter().filter_map(|name| self.by_name.get(name)).flatten();
                ids.filter_map(|id| self.series.get(*id)?.as_ref()).filter(chosen).map(view).collect()
            }
            None => self.series.iter().flatten().filter(chosen).map(view).collect(),
        }
    }
}

/// Adds a sample to a series, and keeps the books.
fn record(series: &mut Series, stats: &mut StoreStats, (at, value): (i64, Taken), retention_ms: i64) {
    let dropped = match value {
        Taken::Float(value) => series.samples.push(at, value, retention_ms),
        Taken::Histogram(histogram) => series.samples.push_histogram(at, histogram, retention_ms),
    };
    stats.samples = stats.samples + 1 - dropped;
    stats.evicted_samples += dropped as u64;
    let cost = size_of::<Series>() + series.labels.bytes() + series.samples.bytes();
    stats.bytes = stats.bytes + cost - series.cost;
    series.cost = cost;
}
