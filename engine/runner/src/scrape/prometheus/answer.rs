//! What Prometheus answers, read from its JSON, and what an observation makes of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use sluice_core::model::histogram::{Histogram, Histograms};
use sluice_core::model::observation::{Evidence, Observation, Quality, Query, Series};

use sluice_metrics::observe::in_words;

use super::PrometheusError;
use crate::scrape::answer::bounded;
use crate::scrape::fetch::shown;

/// An answer with numbers in it, or none.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Answer {
    series: Vec<Series>,
    /// How many series were not a number.
    not_numbers: usize,
    infinite: bool,
    /// Values that were not a number.
    gaps: usize,
    histograms: Vec<Histograms>,
    /// What the server said beside it.
    notes: Vec<String>,
    /// The buckets of a histogram fell, and the server made them rise.
    distorted: bool,
    /// What matches nothing and was taken as zero.
    zeroed: Option<String>,
    /// What it says where it is a text.
    text: Option<String>,
}

/// How old the newest sample is that an answer rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// It rests on none.
    None,
    Of(u64),
    /// There is none within the lookback.
    Unknown,
    /// It is from so far in the future.
    Ahead(u64),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    status: String,
    data: Option<Data>,
    #[serde(default)]
    error_type: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    infos: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    result_type: String,
    result: Value,
}

#[derive(Deserialize)]
struct Element {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    value: Option<Sample>,
    #[serde(default)]
    values: Vec<Sample>,
    histogram: Option<Whole>,
    #[serde(default)]
    histograms: Vec<Whole>,
}

/// A time in seconds, and a number as text.
#[derive(Deserialize)]
struct Sample(f64, String);

/// A time in seconds, and a histogram.
#[derive(Deserialize)]
struct Whole(f64, Body);

#[derive(Deserialize)]
struct Body {
    count: String,
    sum: String,
    /// Which bounds belong to it, where it begins and ends, and what it counted.
    #[serde(default)]
    buckets: Vec<(u8, String, String, String)>,
}

/// Clocks may differ by so much.
const MOST_AHEAD_MS: u64 = 60_000;
/// Notes of an answer that are kept.
const MOST_NOTES: usize = 4;
/// What Prometheus says where it repaired the buckets of a histogram.
const REPAIRED: &str = "needed to be fixed for monotonicity";

impl Answer {
    pub fn read(bytes: &[u8]) -> Result<Self, PrometheusError> {
        let garbled = |error: serde_json::Error| PrometheusError::Garbled(shown(&error.to_string()));
        let reply: Reply = serde_json::from_slice(bytes).map_err(garbled)?;
        let data = match (reply.status.as_str(), reply.data) {
            ("success", Some(data)) => data,
            ("error", _) => {
                let (kind, why) = (shown(&reply.error_type), shown(&reply.error));
                return Err(PrometheusError::Refused(format!("{kind}: {why}")));
            }
            (status, _) => {
                let why = format!("its status is `{}`, without data", shown(status));
                return Err(PrometheusError::Garbled(why));
            }
        };
        let elements: Vec<Element> = match data.result_type.as_str() {
            "vector" | "matrix" => serde_json::from_value(data.result).map_err(garbled)?,
            "scalar" => vec![Element::of(serde_json::from_value(data.result).map_err(garbled)?)],
            "string" => {
                let Sample(_, text) = serde_json::from_value(data.result).map_err(garbled)?;
                return Ok(Self { text: Some(shown(&text)), ..Self::default() });
            }
            other => {
                return Err(PrometheusError::Garbled(format!("a result of the type `{}`", shown(other))));
            }
        };
        let notes = reply.warnings.iter().chain(&reply.infos).take(MOST_NOTES).map(|note| shown(note));
        let distorted = reply.warnings.iter().chain(&reply.infos).any(|note| note.contains(REPAIRED));
        let mut answer = Self { notes: notes.collect(), distorted, ..Self::default() };
        for element in elements {
            answer.take(element)?;
        }
        Ok(answer)
    }

    fn take(&mut self, element: Element) -> Result<(), PrometheusError> {
        let wholes = element.histogram.into_iter().chain(element.histograms);
        let samples = wholes.map(histogram).collect::<Result<Vec<_>, _>>()?;
        if !samples.is_empty() {
            self.histograms.push(Histograms { labels: element.metric.clone(), samples });
        }
        let (mut at, mut value) = (Vec::new(), Vec::new());
        let mut any = false;
        for Sample(seconds, text) in element.value.into_iter().chain(element.values) {
            any = true;
            let (at_ms, number) = (time(seconds)?, number(&text)?);
            self.infinite |= number.is_infinite();
            self.gaps += usize::from(number.is_nan());
            if number.is_finite() {
                at.push(at_ms);
                value.push(number);
            }
        }
        if !at.is_empty() {
            self.series.push(Series { labels: element.metric, at, value });
        } else if any {
            self.not_numbers += 1;
        }
        Ok(())
    }

    /// Whether there is nothing in it at all.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty() && self.not_numbers == 0 && self.histograms.is_empty() && self.text.is_none()
    }

    /// The same with a zero where there is more than zero: as many errors of so many events.
    pub fn zeros(mut self, of: String) -> Self {
        self.zeroed = Some(of);
        for series in &mut self.series {
            let kept = series.at.iter().zip(&series.value).filter(|(_, value)| **value > 0.0);
            series.at = kept.map(|(at, _)| *at).collect();
            series.value = vec![0.0; series.at.len()];
        }
        self.series.retain(|series| !series.at.is_empty());
        self
    }

    /// How long before a time the number of seconds is that it answers.
    pub fn age(&self, now_ms: u64) -> Age {
        let Some(seconds) = self.series.first().and_then(|one| one.value.last()) else { return Age::Unknown };
        let at = (seconds * 1000.0).max(0.0) as u64;
        match at.checked_sub(now_ms) {
            Some(ahead) if ahead > MOST_AHEAD_MS => Age::Ahead(ahead),
            _ => Age::Of(now_ms.saturating_sub(at)),
        }
    }

    pub fn observation(self, query: &Query, age: Age, stale_after_ms: u64) -> Observation {
        let left_out = self.not_numbers;
        let age_ms = match age {
            Age::Of(age) => Some(age),
            _ => None,
        };
        let doubt = match age {
            Age::Unknown => Some("nothing that the query reads has a sample of late".to_owned()),
            Age::Ahead(ahead) => Some(format!("the newest sample is {} in the future", in_words(ahead))),
            Age::None | Age::Of(_) => None,
        };
        let (quality, why) = if let Some(text) = &self.text {
            (Quality::NoData, format!("the result is the text `{text}`, and no number"))
        } else if self.distorted {
            let why = "the buckets of a histogram fall, so that what is made of them means nothing";
            (Quality::NoData, why.to_owned())
        } else if self.infinite {
            (Quality::NoData, "the result is infinite, as of 1/0".to_owned())
        } else if self.series.is_empty() && !self.histograms.is_empty() {
            let why = "the result is a native histogram; ask for a quantile, count or sum of it";
            (Quality::NoData, why.to_owned())
        } else if self.series.is_empty() && left_out > 0 {
            (Quality::NoData, "the result is not a number, as of 0/0".to_owned())
        } else if self.series.is_empty() {
            (Quality::NoData, "the query has no result".to_owned())
        } else if let Some(age) = age_ms.filter(|age| *age > stale_after_ms) {
            (Quality::Stale, format!("the newest sample is {} old", in_words(age)))
        } else if let Some(doubt) = doubt {
            (Quality::Stale, doubt)
        } else if left_out > 0 {
            (Quality::Value, format!("{left_out} series are not a number, as of 0/0, and left out"))
        } else if self.gaps > 0 {
            (Quality::Value, format!("{} values are not a number, as of 0/0, and left out", self.gaps))
        } else {
            (Quality::Value, String::new())
        };
        let notes = self.notes.iter().map(|note| format!("prometheus says: {note}"));
        let zeroed = self.zeroed.iter().map(|one| format!("nothing matches `{one}`, which counts as 0"));
        let reason: Vec<String> =
            [why].into_iter().filter(|why| !why.is_empty()).chain(zeroed).chain(notes).collect();
        let observation = Observation {
            query: query.name.clone(),
            expr: query.expr.clone(),
            quality,
            series: if self.distorted { Vec::new() } else { self.series },
            reason: reason.join("; "),
            newest_age_ms: age_ms,
            evidence: Evidence::default(),
            histograms: self.histograms,
        };
        bounded(query, observation)
    }
}

impl Element {
    fn of(sample: Sample) -> Self {
        let (metric, values, histograms) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { metric, value: Some(sample), values, histogram: None, histograms }
    }
}

fn number(text: &str) -> Result<f64, PrometheusError> {
    text.parse().map_err(|_| PrometheusError::Garbled(format!("`{}` is no number", shown(text))))
}

fn time(seconds: f64) -> Result<u64, PrometheusError> {
    let ms = (seconds * 1000.0).round();
    if !(0.0..9e15).contains(&ms) {
        return Err(PrometheusError::Garbled(format!("{seconds} is no time")));
    }
    Ok(ms as u64)
}

fn histogram(Whole(seconds, body): Whole) -> Result<Histogram, PrometheusError> {
    let (at, count, sum) = (time(seconds)?, number(&body.count)?, number(&body.sum)?);
    let (lower, upper, counts) = (Vec::new(), Vec::new(), Vec::new());
    let mut histogram = Histogram { at, count, sum, lower, upper, counts };
    for (_, lower, upper, count) in &body.buckets {
        histogram.lower.push(number(lower)?);
        histogram.upper.push(number(upper)?);
        histogram.counts.push(number(count)?);
    }
    Ok(histogram)
}

/// No answer, as the one who should give it does not.
pub(in crate::scrape) fn stale(query: &Query, reason: String) -> Observation {
    Observation {
        query: query.name.clone(),
        expr: query.expr.clone(),
        quality: Quality::Stale,
        series: Vec::new(),
        reason,
        newest_age_ms: None,
        evidence: Evidence::default(),
        histograms: Vec::new(),
    }
}
