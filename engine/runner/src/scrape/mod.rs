//! Scraping: pages of the target's endpoints into the series store, and observations out of it.
//!
//! A page is taken in whole or not at all. One that fails ends the series of its endpoint as lost, is told with its
//! reason, and touches no other endpoint's series.

mod answer;
mod doubt;
mod elsewhere;
mod enough;
mod error;
mod evaluate;
mod fetch;
mod further;
mod observer;
pub mod prometheus;
mod shared;
#[cfg(test)]
mod tests;
pub mod trial;

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use reqwest::Client;
use sluice_core::plan::{MetricsPage, MetricsPlan};
use sluice_metrics::exposition::{Limits, Page, decode};
use sluice_metrics::store::Ingested;

pub(crate) use doubt::could_have;
pub(crate) use fetch::{client as http_client, client_trusting as http_client_trusting, root_of};
#[cfg(test)]
pub(crate) use tests::tls::TlsServer;

pub use elsewhere::Given;
pub use error::{ScrapeError, ScrapeFailure};
pub use evaluate::{Round, content_id, observe_all};
pub use further::FurtherQueries;
pub use observer::ScrapingObserver;
pub use shared::SharedStore;

use crate::ports::target::Endpoint;
use fetch::{Fetched, fetch};

/// Pages under way at once; with the limit of a page it bounds the memory of a round.
const AT_ONCE: usize = 16;

/// Gets pages, all under the same limits.
#[derive(Debug, Clone)]
pub struct Scraper {
    client: Client,
    limits: Limits,
}

impl Scraper {
    pub fn new(limits: Limits) -> Result<Self, ScrapeError> {
        Ok(Self { client: fetch::client()?, limits })
    }

    /// Scrapes every endpoint into the store, as of one time, and returns those that failed, in the order of the
    /// endpoints. An endpoint that was scraped before and is not among these is gone on purpose.
    pub async fn scrape(
        &self,
        endpoints: &[Endpoint],
        within: Duration,
        at_ms: u64,
        store: &SharedStore,
    ) -> Vec<ScrapeFailure> {
        store.begin(endpoints, at_ms);
        self.take(endpoints, within, at_ms, store).await
    }

    /// The same, within a round that has begun.
    async fn take(
        &self,
        endpoints: &[Endpoint],
        within: Duration,
        at_ms: u64,
        store: &SharedStore,
    ) -> Vec<ScrapeFailure> {
        // Collected, because a stream that holds the closure across an await is not known to be `Send`.
        let fetches: Vec<_> = endpoints.iter().map(|endpoint| self.get(endpoint, within)).collect();
        let mut pages = stream::iter(fetches).buffered(AT_ONCE);
        let mut failures = Vec::new();
        while let Some((endpoint, fetched)) = pages.next().await {
            let taken = match fetched {
                Ok(fetched) => self.take_in(endpoint, fetched, at_ms, store).await,
                Err(why) => Err(why),
            };
            match taken {
                Ok(ingested) => tell(endpoint, &ingested),
                Err(why) => {
                    store.mark_failed(endpoint, at_ms, &why.to_string());
                    failures.push(ScrapeFailure { url: endpoint.url.clone(), why });
                }
            }
        }
        failures
    }

    async fn get<'e>(
        &self,
        endpoint: &'e Endpoint,
        within: Duration,
    ) -> (&'e Endpoint, Result<Fetched, ScrapeError>) {
        (endpoint, fetch(&self.client, &endpoint.url, within, self.limits.bytes).await)
    }

    /// Decodes a page and keeps its samples, away from the threads that wait for sockets.
    async fn take_in(
        &self,
        endpoint: &Endpoint,
        fetched: Fetched,
        at_ms: u64,
        store: &SharedStore,
    ) -> Result<Ingested, ScrapeError> {
        let (endpoint, store, limits) = (endpoint.clone(), store.clone(), self.limits.clone());
        let work = move || -> Result<Ingested, ScrapeError> {
            let page = decode(&fetched.bytes, fetched.format, &limits)?;
            Ok(store.ingest(&endpoint, &page, at_ms)?)
        };
        let ended = tokio::task::spawn_blocking(work).await;
        ended.unwrap_or_else(|error| Err(ScrapeError::Internal(error.to_string())))
    }
}

/// Gets one page and gives what is wanted of it, away from the threads that wait for sockets.
pub(crate) async fn read_page<T: Send + 'static>(
    client: &Client,
    url: &str,
    within: Duration,
    limits: &Limits,
    read: impl FnOnce(&Page<'_>) -> T + Send + 'static,
) -> Result<T, ScrapeError> {
    let fetched = fetch(client, url, within, limits.bytes).await?;
    let limits = limits.clone();
    let work = move || Ok(read(&decode(&fetched.bytes, fetched.format, &limits)?));
    let ended = tokio::task::spawn_blocking(work).await;
    ended.unwrap_or_else(|error| Err(ScrapeError::Internal(error.to_string())))
}

/// The pages that are scraped beside the target's.
pub(crate) fn endpoints_beside(plan: &MetricsPlan) -> Vec<Endpoint> {
    let endpoint = |page: &MetricsPage| Endpoint {
        url: page.url.clone(),
        labels: page.labels.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        named: Vec::new(),
    };
    plan.pages.iter().map(endpoint).collect()
}

/// What a good page tells of its process, for the operator's log.
fn tell(endpoint: &Endpoint, ingested: &Ingested) {
    if ingested.restarted {
        tracing::warn!(url = endpoint.url, "the process behind this page was restarted");
    } else if ingested.resets > 0 {
        tracing::warn!(url = endpoint.url, counters = ingested.resets, "counters of this page began anew");
    }
}
