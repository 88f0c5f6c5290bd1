//! The observer of a running release: scrapes what the target names, then answers the plan's queries.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use sluice_core::model::difference::Difference;
use sluice_core::model::observation::ObservationSet;
use sluice_core::plan::PrometheusPlan;
use sluice_metrics::exposition::Limits;

use super::answer::Rules;
use super::elsewhere::{Elsewhere, Within};
use super::evaluate::{Round, content_id, observe_all};
use super::further::FurtherQueries;
use super::{ScrapeError, Scraper, SharedStore, endpoints_beside};
use crate::ports::observer::{Look, Observer};
use crate::ports::plugins::Further;
use crate::ports::target::TargetStatus;

/// Observes by scraping.
#[derive(Debug)]
pub struct ScrapingObserver {
    scraper: Scraper,
    store: SharedStore,
    latest: Mutex<Latest>,
    elsewhere: Elsewhere,
    /// How often each instance had been restarted at the last look.
    restarts: Mutex<BTreeMap<String, u32>>,
    /// How often the gateway had been started again.
    started_again: AtomicU32,
    /// The differences that the target told at the last look.
    differences: Mutex<Vec<Difference>>,
}

/// When and how the latest observation was made.
#[derive(Debug, Clone, Default)]
struct Latest {
    round: u64,
    /// Now, and since when the step is.
    times: (u64, u64),
    rules: Rules,
    prometheus: Option<PrometheusPlan>,
}

/// Of one look: a target that tells more is heard only with its last ones.
const MAX_DIFFERENCES: usize = 100;
/// What is longer was not cut short, as it should have been, and has no place in a journal.
const MAX_DIFFERENCE_TEXT: usize = 1000;

impl ScrapingObserver {
    pub fn new() -> Result<Self, ScrapeError> {
        Ok(Self::with(Scraper::new(Limits::default())?, SharedStore::default()))
    }

    pub fn with(scraper: Scraper, store: SharedStore) -> Self {
        Self {
            scraper,
            store,
            latest: Mutex::default(),
            elsewhere: Elsewhere::default(),
            restarts: Mutex::default(),
            started_again: AtomicU32::new(0),
            differences: Mutex::default(),
        }
    }

    /// Brings the store up to date, and says what could not be read.
    async fn gather(&self, look: Look<'_>) -> Vec<String> {
        match look.status {
            Ok(status) => {
                let within = Duration::from_millis(look.plan.metrics.scrape_timeout_ms);
                let mut endpoints = endpoints_beside(&look.plan.metrics);
                endpoints.extend(status.endpoints.iter().cloned());
                let failures = self.scraper.scrape(&endpoints, within, look.now_ms, &self.store).await;
                let failures = failures.iter().map(ToString::to_string);
                failures.chain(self.gone(status)).chain(self.restarted(status)).collect()
            }
            Err(error) => {
                self.store.lose_all(look.now_ms);
                vec![error.to_string()]
            }
        }
    }

    /// That the gateway was gone since the last look.
    fn gone(&self, status: &TargetStatus) -> Option<String> {
        let before = self.started_again.swap(status.started_again, Ordering::Relaxed);
        let told = "the gateway was gone; it was started again and given what it had on record";
        (status.started_again > before).then(|| told.to_owned())
    }

    /// Instances that ended and were started again since the last look; each end is told once.
    fn restarted(&self, status: &TargetStatus) -> Vec<String> {
        let mut known = self.restarts.lock().unwrap_or_else(PoisonError::into_inner);
        let instances: Vec<_> = status.revisions.iter().flat_map(|revision| &revision.instances).collect();
        let before = std::mem::take(&mut *known);
        *known = instances.iter().map(|one| (one.id.clone(), one.restarts)).collect();
        let told =
            instances.into_iter().filter(|one| one.restarts > before.get(&one.id).copied().unwrap_or(0));
        told.map(|one| {
            format!("instance `{}` was restarted ({} in all): {}", one.id, one.restarts, one.last_exit)
        })
        .collect()
    }

    /// Differences that were not told at the last look. After a restart of the target their numbers begin
    /// anew, which hides none: an example is known by all of it.
    fn differences(&self, status: &TargetStatus) -> Vec<Difference> {
        let mut known = self.differences.lock().unwrap_or_else(PoisonError::into_inner);
        let short = |one: &&Difference| {
            let texts = [&one.method, &one.path, &one.place, &one.stable, &one.shadow];
            texts.iter().all(|text| text.len() <= MAX_DIFFERENCE_TEXT)
        };
        let told: Vec<&Difference> = status.differences.iter().filter(short).collect();
        let last = told.len().saturating_sub(MAX_DIFFERENCES);
        let now: Vec<Difference> = told.into_iter().skip(last).cloned().collect();
        let new = now.iter().filter(|one| !known.contains(one)).cloned().collect();
        *known = now;
        new
    }

    fn latest(&self) -> Latest {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Observer for ScrapingObserver {
    async fn observe(&self, look: Look<'_>) -> ObservationSet {
        let elsewhere = self.elsewhere.answers(look.plan, (look.now_ms, look.events_since_ms));
        let (failures, given) = tokio::join!(self.gather(look), elsewhere);
        let latest = Latest {
            round: self.store.read().round,
            times: (look.now_ms, look.events_since_ms),
            rules: Rules::of(&look.plan.metrics),
            prometheus: look.plan.metrics.prometheus.clone(),
        };
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = latest;
        let ready =
            look.status.as_ref().map(|status| status.ready(&look.plan.candidate.id)).unwrap_or_default();
        let differences = look.status.as_ref().map(|status| self.differences(status)).unwrap_or_default();
        let (store, plan, found) = (self.store.clone(), look.plan.clone(), look.found.clone());
        let (now_ms, events_since_ms, told) = (look.now_ms, look.events_since_ms, failures.clone());
        // Queries may be heavy: they are answered away from the threads that wait for sockets.
        let work = move || {
            let round = Round {
                plan: &plan,
                now_ms,
                events_since_ms,
                ready,
                found,
                failures: told,
                differences,
                given,
            };
            observe_all(&store, round)
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(set) => set,
            Err(error) => nothing_observed(look, failures, &error.to_string()),
        }
    }

    fn further(&self) -> Arc<dyn Further> {
        let latest = self.latest();
        let within =
            latest.prometheus.map(|source| Within { client: self.elsewhere.client(&source), source });
        let further = FurtherQueries::new(self.store.clone(), latest.round, latest.times, latest.rules);
        Arc::new(further.with(within))
    }
}

/// A set without one answer, from which no check can pass.
fn nothing_observed(look: Look<'_>, mut failures: Vec<String>, why: &str) -> ObservationSet {
    failures.push(format!("the queries were not answered: {why}"));
    let mut set = ObservationSet {
        id: String::new(),
        at: look.now_ms,
        events: None,
        ready: BTreeMap::new(),
        observations: BTreeMap::new(),
        found: Some(look.found.clone()),
        failures,
        differences: Vec::new(),
    };
    set.id = content_id(&set);
    set
}
