//! Series as the store keeps them and PromQL reads them: labels, matchers, columns of samples, and
//! the marker that ends a series.

mod labels;
mod matcher;

use std::sync::Arc;

pub use labels::Labels;
pub use matcher::{MatchKind, Matcher, Selector};

use crate::histogram::NativeHistogram;

/// The label that holds a series' metric name.
pub const METRIC_NAME: &str = "__name__";

/// The bits of the value that marks the end of a series; Prometheus' own.
const STALE_BITS: u64 = 0x7ff0_0000_0000_0002;

/// The marker that ends a series until its next sample.
pub fn stale_marker() -> f64 {
    f64::from_bits(STALE_BITS)
}

pub fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE_BITS
}

/// Whether a series still gets samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was in the last scrape of its endpoint.
    Live,
    /// Its endpoint was scraped since, without it.
    Gone,
    /// The last scrape of its endpoint failed.
    Lost,
}

/// A native histogram and when it was taken. Shared, as answers often hold what the store holds.
pub type HistogramSample = (i64, Arc<NativeHistogram>);

/// One series to read: its numbers, and its histograms, mostly only one of the two. The columns have the
/// same length, and times only grow.
#[derive(Debug, Clone, Copy)]
pub struct SeriesView<'a> {
    pub labels: &'a Labels,
    /// Milliseconds since 1970.
    pub at: &'a [i64],
    /// A staleness marker among these ends the histograms too.
    pub value: &'a [f64],
    pub histograms: &'a [HistogramSample],
    pub standing: Standing,
    /// Whose it is, and when that one was seen to have begun anew.
    pub process: usize,
    pub restarts: &'a [i64],
}

/// Where PromQL reads series from.
pub trait Source {
    /// All series that the selector matches, always in the same order.
    fn select<'a>(&'a self, selector: &Selector) -> Vec<SeriesView<'a>>;

    /// The metric that was probably meant by a name that there is not.
    fn meant_by(&self, _name: &str) -> Option<String> {
        None
    }
}
