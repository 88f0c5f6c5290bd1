//! What a page that could not be read may have held.
//!
//! A series that is absent counts as zero in the numerator of a ratio, which is right when its page was read and wrong
//! when it was not: a candidate whose own page never answers would look free of errors. The store knows the series
//! that a failed page had before; this is about those that it never showed.

use std::sync::{Mutex, PoisonError};

use sluice_metrics::series::{Selector, SeriesView, Source, Standing};

use super::shared::Scraped;
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
        let suspect = |endpoint: &&Endpoint| {
            could_have(endpoint, selector) && !found.iter().any(|series| stands_in_for(series, endpoint))
        };
        if let Some(endpoint) = self.scraped.failing().find(suspect) {
            let doubt = format!("`{}` could not be read, and may have what the query asks for", endpoint.url);
            self.doubt.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(doubt);
        }
        found
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

/// Whether the series is about what the endpoint is about, from a page that was read: the gateway counts a revision's
/// requests whether or not the revision's own page answers.
fn stands_in_for(series: &SeriesView<'_>, endpoint: &Endpoint) -> bool {
    let agrees = |(name, value): &(String, String)| {
        let own = series.labels.get(name);
        own.is_empty() || own == value
    };
    series.standing == Standing::Live && endpoint.labels.iter().all(agrees)
}
