//! Observations: a query's answer with its quality, so that no missing number is taken for a good one.
//!
//! The rules, in the order in which they are looked at:
//!
//! 1. A query that can not be evaluated is `no-data`, with the reason.
//! 2. **A failed scrape is stale.** When the endpoint of any series that the query's selectors match
//!    could not be scraped last, the observation is `stale`, also when other endpoints still answer:
//!    what is left may look better than the whole. It ends with the endpoint's next good scrape, or
//!    when the store is told to forget the endpoint.
//! 3. One value that is infinite makes it all `no-data`. Values that are NaN are left out, and that is said. With
//!    none left it is `no-data`: **0/0 is no data**, and so is a query that **no series match**, and a quantile of **buckets that fall**, which Prometheus repairs. When rates found a single sample in their windows it is
//!    `insufficient`: a little later there will be an answer.
//! 4. When the newest sample that a selector read is older than `Rules::stale_after_ms`, it is `stale`.
//! 5. Anything else is a `value`.
//!
//! **Absent errors are zero errors.** A counter of errors often does not exist before the first error. So
//! in a division of vectors `a / b`, an element of `b` that finds no partner in `a` gets `0 / b`, when
//! no selector in `a` saw, within its range or the lookback (the longer), a sample of any series that
//! agrees with that element on all labels by which the two sides match. So `sum(a) / sum(b)` is filled
//! only when no series of `a` was seen at all, and `sum by (revision) (a) / sum by (revision) (b)` for
//! each revision on its own. It is not done where absence can not be told from labels: when `a` has no
//! selector, a subquery, or a function that makes labels (`label_replace`, `vector`, `absent`, ...).
//! When `b` is absent too there is no element to fill: both absent is no data. A numerator that was
//! seen, and now has no value, is no zero. What was taken as zero is said with the value; a metric that there is not,
//! with a name that is almost that of one which there is, is a mistake and `no-data`. Plain PromQL evaluation does none of this.

mod increase;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use increase::increase_since;

use crate::promql::{Answer, Checked, Column, Options, PromqlError, Reading, instant, range};
use crate::series::{HistogramSample, Labels, Source};

/// How far a measurement can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quality {
    /// Measured, fresh and enough of it.
    Value,
    /// The query has no answer: nothing to measure, or 0/0.
    NoData,
    /// There was an answer, and its source no longer gives one.
    Stale,
    /// Too few samples to say.
    Insufficient,
}

/// How queries are evaluated, and when an answer is too old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    pub options: Options,
    /// A few times the interval of scraping.
    pub stale_after_ms: u64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { options: Options::default(), stale_after_ms: 60_000 }
    }
}

/// The answer to a query, with its quality.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    pub quality: Quality,
    /// What there is, whatever the quality; every value is finite.
    pub series: Vec<ObservedSeries>,
    /// Why the quality is what it is; for a value, what was left out, if anything.
    pub reason: String,
    /// Of each series that is native histograms; no numbers, and so no value.
    pub histograms: Vec<(Labels, Vec<HistogramSample>)>,
    /// The age of the oldest of the selectors' newest samples.
    pub newest_age_ms: Option<u64>,
    /// Samples that were read for it.
    pub samples: u64,
    /// How much of the least covered window lies between samples, in per cent.
    pub coverage: Option<u8>,
    /// How often counters fell within their windows.
    pub resets: u64,
    /// How often processes that were read began anew within their windows.
    pub restarts: u64,
}

/// One series as columns of the same length.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservedSeries {
    pub labels: Labels,
    /// Milliseconds since 1970.
    pub at: Vec<u64>,
    pub value: Vec<f64>,
}

/// Evaluates a query now, or, with a range of window and step in milliseconds, at every step of the
/// window that ends now, and says how far the answer can be trusted.
pub fn observe(
    source: &dyn Source,
    expr: &Checked,
    range: Option<(u64, u64)>,
    now_ms: u64,
    rules: &Rules,
) -> Observed {
    match evaluate(source, expr, range, now_ms, rules) {
        Ok((answer, reading)) => judge(answer, reading, rules),
        Err(error) => Observed {
            quality: Quality::NoData,
            series: Vec::new(),
            reason: error.to_string(),
            histograms: Vec::new(),
            newest_age_ms: None,
            samples: 0,
            coverage: None,
            resets: 0,
            restarts: 0,
        },
    }
}

fn evaluate(
    source: &dyn Source,
    expr: &Checked,
    window: Option<(u64, u64)>,
    now_ms: u64,
    rules: &Rules,
) -> Result<(Answer, Reading), PromqlError> {
    let options = Options { absent_numerator_is_zero: true, ..rules.options.clone() };
    let now = i64::try_from(now_ms).map_err(|_| PromqlError::BadRange)?;
    match window {
        None => instant(expr, source, now, &options),
        Some((window_ms, step_ms)) => {
            let window = i64::try_from(window_ms).map_err(|_| PromqlError::BadRange)?;
            let step = i64::try_from(step_ms).map_err(|_| PromqlError::BadRange)?;
            if window <= 0 || step <= 0 {
                return Err(PromqlError::BadRange);
            }
            // Open on the left, like every range: a window of a minute has four steps of 15 s.
            let start = now.saturating_sub((window - 1) / step * step);
            range(expr, source, (start, now, step), &options)
        }
    }
}

fn judge(answer: Answer, reading: Reading, rules: &Rules) -> Observed {
    let total = answer.series.len();
    let is_infinite = |column: &&Column| column.value.iter().any(|value| value.is_infinite());
    let infinite = answer.series.iter().find(is_infinite).map(|column| match total {
        1 => String::new(),
        _ => format!(" for {}", column.labels),
    });
    let values = answer.series.iter().flat_map(|column| &column.value);
    let not_numbers = values.filter(|value| value.is_nan()).count();
    let whole = |column: &&Column| !column.histograms.is_empty();
    let histograms: Vec<_> =
        answer.series.iter().filter(whole).map(|one| (one.labels.clone(), one.histograms.clone())).collect();
    let series: Vec<ObservedSeries> = answer.series.into_iter().filter_map(finite).collect();
    let newest_age_ms = reading.newest_age_ms.and_then(|age| u64::try_from(age).ok());
    let (samples, resets, restarts) =
        (reading.samples as u64, reading.resets as u64, reading.restarts as u64);
    let coverage = reading.coverage.map(|share| (share * 100.0).round().clamp(0.0, 100.0) as u8);
    let (quality, reason) = if reading.lost > 0 {
        (Quality::Stale, format!("the last scrape of the source of {} series failed", reading.lost))
    } else if let Some(why) = reading.distortion {
        let (quality, series, reason) = (Quality::NoData, Vec::new(), why.into());
        return Observed {
            quality,
            series,
            reason,
            newest_age_ms,
            samples,
            coverage,
            resets,
            restarts,
            histograms,
        };
    } else if let Some(labels) = infinite {
        (Quality::NoData, format!("the result is infinite{labels}, as of 1/0"))
    } else if series.is_empty() && !histograms.is_empty() {
        (Quality::NoData, "the result is a native histogram; ask for a quantile, count or sum of it".into())
    } else if series.is_empty() {
        emptiness(total, &reading)
    } else if let Some(age) = newest_age_ms.filter(|age| *age > rules.stale_after_ms) {
        (Quality::Stale, format!("the newest sample is {} old", in_words(age)))
    } else {
        (Quality::Value, notes(total - series.len(), total, not_numbers, &reading.zeroed))
    };
    Observed { quality, series, reason, newest_age_ms, samples, coverage, resets, restarts, histograms }
}

/// What is to be known of a value.
fn notes(left_out: usize, total: usize, not_numbers: usize, zeroed: &[String]) -> String {
    let mut notes = Vec::new();
    if left_out > 0 {
        notes.push(format!("{left_out} of {total} series are not a number, as of 0/0, and left out"));
    } else if not_numbers > 0 {
        notes.push(format!("{not_numbers} values are not a number, as of 0/0, and left out"));
    }
    notes.extend(zeroed.iter().map(|selector| format!("nothing matches `{selector}`, which counts as 0")));
    notes.join("; ")
}

/// A length of time, in seconds or larger units.
pub fn in_words(ms: u64) -> String {
    match ms {
        0..10_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        10_000..600_000 => format!("{} s", ms / 1000),
        600_000..36_000_000 => format!("{} min", ms / 60_000),
        _ => format!("{} h", ms / 3_600_000),
    }
}

fn emptiness(not_numbers: usize, reading: &Reading) -> (Quality, String) {
    if not_numbers > 0 {
        (Quality::NoData, "the result is not a number, as of 0/0".into())
    } else if reading.short_windows > 0 {
        (Quality::Insufficient, "a rate needs two samples in its window, and there is one".into())
    } else if let Some(why) = reading.omissions.first() {
        (Quality::NoData, (*why).to_owned())
    } else if reading.series == 0 {
        (Quality::NoData, "no series match the query".into())
    } else {
        (Quality::NoData, "the query has no result".into())
    }
}

/// The values that are finite numbers, unless there are none.
fn finite(column: Column) -> Option<ObservedSeries> {
    let points = column.at.into_iter().zip(column.value).filter(|(_, value)| value.is_finite());
    let (at, value): (Vec<u64>, Vec<f64>) =
        points.filter_map(|(at, value)| Some((u64::try_from(at).ok()?, value))).unzip();
    (!at.is_empty()).then_some(ObservedSeries { labels: column.labels, at, value })
}
