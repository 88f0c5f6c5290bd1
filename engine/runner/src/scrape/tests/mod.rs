//! Tests of scraping, over real sockets.

mod hostile;
mod mistaken;
mod observing;
mod rounds;
mod server;
mod thin;
pub(crate) mod tls;

use std::time::Duration;

use sluice_metrics::exposition::Limits;
use sluice_metrics::series::{Matcher, Selector, Source, is_stale};

use super::{ScrapeFailure, Scraper, SharedStore};
use crate::ports::target::Endpoint;

/// Long enough that only an endpoint that never answers is late.
pub(super) const WITHIN: Duration = Duration::from_secs(2);

/// A scraper with small limits, and its store.
pub(super) struct Desk {
    pub scraper: Scraper,
    pub store: SharedStore,
}

impl Desk {
    pub fn new() -> Self {
        let limits = Limits { bytes: 4096, ..Limits::default() };
        Self { scraper: Scraper::new(limits).unwrap(), store: SharedStore::default() }
    }

    pub async fn scrape(&self, endpoints: &[Endpoint], at_ms: u64) -> Vec<ScrapeFailure> {
        self.scraper.scrape(endpoints, WITHIN, at_ms, &self.store).await
    }

    /// Every series with its samples, as `labels value@time`, staleness markers as such.
    pub fn kept(&self) -> Vec<String> {
        let everything = Selector::all_of(Vec::<Matcher>::new());
        let scraped = self.store.read();
        let mut kept = Vec::new();
        for series in scraped.store.select(&everything) {
            let mut line = series.labels.to_string();
            for (at, value) in series.at.iter().zip(series.value) {
                let value = if is_stale(*value) { "stale".to_owned() } else { value.to_string() };
                line.push_str(&format!(" {value}@{at}"));
            }
            kept.push(line);
        }
        kept.sort();
        kept
    }
}

pub(super) fn endpoint(url: &str, labels: &[(&str, &str)]) -> Endpoint {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Endpoint { url: url.to_owned(), labels: labels.iter().map(owned).collect(), named: Vec::new() }
}
