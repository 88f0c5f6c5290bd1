//! What an evaluation read: how fresh it was, what was lost, and what fell short.

use std::borrow::Cow;

/// Gathered over all selectors of one evaluation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// Series that the selectors match.
    pub series: usize,
    /// Those of them whose endpoint could not be scraped last.
    pub lost: usize,
    /// Windows of which a rate was wanted, and that had a single sample.
    pub short_windows: usize,
    /// Why some of what was asked has no result: where Prometheus leaves a series out with a warning.
    pub omissions: Vec<&'static str>,
    /// Samples that were read, at all steps together.
    pub samples: usize,
    /// The share of a window that lies between its first and its last sample; that of the least covered window.
    pub coverage: Option<f64>,
    /// How often counters fell within their windows.
    pub resets: usize,
    /// How often processes that were read began anew within their windows.
    pub restarts: usize,
    /// Selectors that match nothing, and were taken as zero in a numerator.
    pub zeroed: Vec<String>,
    /// Why what was read can not be right, although Prometheus answers with a note.
    pub distortion: Option<Cow<'static, str>>,
    /// The age of each selector's newest sample, as seen from the last moment that the selector asks
    /// about; the greatest of them.
    pub newest_age_ms: Option<i64>,
}
