//! What a page that could not be read may have held.
//!
//! A series that is absent counts as zero in the numerator of a ratio, which is right when its page was read and wrong
//! when it was not: a candidate whose own page never answers would look free of errors. The store knows the series
//! that a failed page had before; this is about those that it never showed.

use std::sync::{Mutex, PoisonError};

use sluice_core::document::problem::slip_of;
use sluice_metrics::series::{Selector, SeriesView, Source, Standing};

use super::prometheus::OURS;
use super::shared::{Known, Scraped};
use crate::ports::target::Endpoint;

/// The store as a query reads it, which notes when an unread page may have had what a selector asks for.
#[derive(Debug)]
pub(super) struct Doubting<'a> {
    scraped: &'a Scraped,
    doubt: Mutex<Option<String>>,
}

impl<'a> Doubting<'a> {
    pub fn new(scraped: &'a Scraped) -> Self {
        Self { scraped, doubt: Mutex::new(None) }
    }

    /// Why the answer can not be trusted, if it can not.
    pub fn into_doubt(self) -> Option<String> {
        self.doubt.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Doubting<'_> {
    fn select<'s>(&'s self, selector: &Selector) -> Vec<SeriesView<'s>> {
        let found = self.scraped.store.select(selector);
        let suspect = |page: &Known| {
            could_have(&page.endpoint, selector)
                && !is_the_gateways(selector)
                && !found.iter().any(|series| stands_in_for(series, page))
        };
        let mut failing = self.scraped.failing();
        if let Some(page) = failing.find(|page| suspect(page)) {
            let why = if page.why.is_empty() { "could not be read" } else { page.why.as_str() };
            let doubt = format!("`{}` {why}; it may have what the query asks for", page.endpoint.url);
            self.doubt.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(doubt);
        }
        found
    }

    fn meant_by(&self, name: &str) -> Option<String> {
        let store = &self.scraped.store;
        if store.names().any(|one| one == name) {
            return None;
        }
        slip_of(name, store.names()).map(str::to_owned)
    }
}

/// Whether nothing in the endpoint's labels is against the selector.
pub(crate) fn could_have(endpoint: &Endpoint, selector: &Selector) -> bool {
    let label =
        |name: &str| endpoint.labels.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    selector.alternatives.iter().any(|matchers| {
        matchers.iter().all(|matcher| label(&matcher.label).is_none_or(|value| matcher.accepts(value)))
    })
}

/// Whether the series is about what the page is about, from a page that was read: the gateway counts a revision's
/// requests whether or not the revision's own page answers. Of a page that was never read nobody knows what it has, so
/// only what is plainly about the same stands in for it.
fn stands_in_for(series: &SeriesView<'_>, page: &Known) -> bool {
    let own = |name: &str| series.labels.get(name);
    let agrees = |(name, value): &(String, String)| own(name).is_empty() || own(name) == value;
    let same = |(name, value): &(String, String)| own(name) == value;
    let labels = &page.endpoint.labels;
    series.standing == Standing::Live
        && labels.iter().all(agrees)
        && (page.was_read || labels.iter().any(same))
}

/// What only the gateway counts is on no other page.
fn is_the_gateways(selector: &Selector) -> bool {
    let names = selector.metric_names().unwrap_or_default();
    !names.is_empty() && names.iter().all(|name| name.starts_with(OURS))
}
