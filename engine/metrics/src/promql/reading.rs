//! What an evaluation read: how fresh it was, what was lost, and what fell short.

/// Gathered over all selectors of one evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// Series that were read.
    pub series: usize,
    /// Series that had samples to read, and whose endpoint could not be scraped last.
    pub lost: usize,
    /// Series of which a rate was wanted, and that had but one sample in its window.
    pub short_windows: usize,
    /// The age of each selector's newest sample, as seen from the moment that the selector asks about;
    /// the greatest of them.
    pub newest_age_ms: Option<i64>,
}
