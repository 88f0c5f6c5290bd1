//! The answer to one query, as a plugin gets it and the journal keeps it.

use std::collections::BTreeMap;

use sluice_core::model::histogram::{Histogram, Histograms};
use sluice_core::model::observation::{Evidence, Observation, Quality, Query, Series};
use sluice_core::plan::MetricsPlan;
use sluice_metrics::observe::{self, Observed, increase_since, observe};
use sluice_metrics::promql::{Checked, PromqlError, check};

use sluice_metrics::series::{HistogramSample, Labels};

use super::doubt::Doubting;
use super::enough::Search;
use super::shared::Scraped;

/// How a plan wants its queries answered.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules(observe::Rules);

/// What one answer may at most add to the journal, as an estimate. A check that needs more series should aggregate.
pub(super) const MAX_ANSWER: usize = 256 << 10;
/// A sample's share of it: a time and a value, as text.
const SAMPLE_BYTES: usize = 40;

impl Rules {
    pub fn of(plan: &MetricsPlan) -> Self {
        Self(observe::Rules { stale_after_ms: plan.stale_after_ms, ..observe::Rules::default() })
    }

    pub fn new(rules: observe::Rules) -> Self {
        Self(rules)
    }

    /// Answers a query that a plan or a plugin wrote, over as long a window as it takes for enough events.
    pub fn answer(
        &self,
        scraped: &Scraped,
        query: &Query,
        (now_ms, since_ms): (u64, u64),
    ) -> Result<Observation, PromqlError> {
        let ask = |query: &Query| self.once(scraped, query, now_ms);
        let mut search = Search::new(query, now_ms, since_ms);
        while let Some(count) = search.next() {
            search.counted(&ask(&count)?);
        }
        Ok(search.settled(ask(&search.asked())?))
    }

    fn once(&self, scraped: &Scraped, query: &Query, now_ms: u64) -> Result<Observation, PromqlError> {
        let checked = check(&query.expr)?;
        let source = Doubting::new(scraped);
        let range = query.range.map(|range| (range.window_ms, range.step_ms));
        let mut observed = observe(&source, &checked, range, now_ms, &self.0);
        if let Some(doubt) = source.into_doubt() {
            observed =
                Observed { quality: observe::Quality::Stale, series: Vec::new(), reason: doubt, ..observed };
        }
        Ok(observation(query, observed))
    }
}

/// How many events a plain selector's counters counted since a time; none when they have no sample since.
pub(super) fn events(scraped: &Scraped, selector: &str, since_ms: u64, now_ms: u64) -> Option<u64> {
    let selector: Checked = check(selector).ok()?;
    let counted = increase_since(&scraped.store, &selector, since_ms, now_ms)?;
    // Part of an event is none.
    (counted.is_finite() && counted >= 0.0).then_some(counted as u64)
}

/// No answer, for a reason.
pub(super) fn unanswered(query: &Query, reason: String) -> Observation {
    Observation {
        query: query.name.clone(),
        expr: query.expr.clone(),
        quality: Quality::NoData,
        series: Vec::new(),
        reason,
        newest_age_ms: None,
        evidence: Evidence::default(),
        histograms: Vec::new(),
    }
}

/// What an answer adds to the journal, as an estimate.
pub(super) fn size(observation: &Observation) -> usize {
    let of_labels = |labels: &BTreeMap<String, String>| -> usize {
        labels.iter().map(|(name, value)| name.len() + value.len() + 8).sum()
    };
    let of_series = |series: &Series| of_labels(&series.labels) + series.at.len() * SAMPLE_BYTES;
    let of_buckets = |one: &Histograms| -> usize {
        one.samples.iter().map(|sample| (2 + sample.counts.len()) * 2 * SAMPLE_BYTES).sum()
    };
    observation.expr.len()
        + observation.reason.len()
        + observation.series.iter().map(of_series).sum::<usize>()
        + observation.histograms.iter().map(|one| of_labels(&one.labels) + of_buckets(one)).sum::<usize>()
}

fn observation(query: &Query, observed: Observed) -> Observation {
    let answered = Observation {
        query: query.name.clone(),
        expr: query.expr.clone(),
        quality: quality(observed.quality),
        series: observed.series.into_iter().map(series).collect(),
        reason: observed.reason,
        newest_age_ms: observed.newest_age_ms,
        histograms: observed.histograms.into_iter().map(histograms).collect(),
        evidence: Evidence {
            samples: Some(observed.samples),
            coverage: observed.coverage,
            resets: Some(observed.resets).filter(|resets| *resets > 0),
            restarts: Some(observed.restarts).filter(|restarts| *restarts > 0),
            ..Evidence::default()
        },
    };
    bounded(query, answered)
}

/// An answer that a journal has room for.
pub(super) fn bounded(query: &Query, observation: Observation) -> Observation {
    if size(&observation) <= MAX_ANSWER {
        return observation;
    }
    let (count, limit) = (observation.series.len(), MAX_ANSWER >> 10);
    unanswered(query, format!("the answer has {count} series and takes more than {limit} KiB; aggregate it"))
}

fn histograms((labels, samples): (Labels, Vec<HistogramSample>)) -> Histograms {
    let sample = |(at, whole): HistogramSample| {
        let buckets = whole.buckets();
        let counted = || buckets.iter().filter(|bucket| bucket.count != 0.0);
        Histogram {
            at: u64::try_from(at).unwrap_or_default(),
            count: whole.count,
            sum: whole.sum,
            lower: counted().map(|bucket| bucket.lower).collect(),
            upper: counted().map(|bucket| bucket.upper).collect(),
            counts: counted().map(|bucket| bucket.count).collect(),
        }
    };
    let labels = labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Histograms { labels, samples: samples.into_iter().map(sample).collect() }
}

fn series(observed: observe::ObservedSeries) -> Series {
    let labels = observed.labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Series { labels, at: observed.at, value: observed.value }
}

fn quality(quality: observe::Quality) -> Quality {
    match quality {
        observe::Quality::Value => Quality::Value,
        observe::Quality::NoData => Quality::NoData,
        observe::Quality::Stale => Quality::Stale,
        observe::Quality::Insufficient => Quality::Insufficient,
    }
}
