//! A source of series that the PromQL vectors load: as they say, and, where they ask for it, classic
//! histograms as native ones with custom buckets too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use sluice_metrics::histogram::{Layout, NativeHistogram};
use sluice_metrics::series::{
    HistogramSample, Labels, METRIC_NAME, Selector, SeriesView, Source, Standing, stale_marker,
};

use crate::vectors;

#[derive(Default)]
struct Columns {
    at: Vec<i64>,
    value: Vec<f64>,
    histograms: Vec<HistogramSample>,
}

#[derive(Default)]
pub struct Memory {
    series: BTreeMap<Labels, Columns>,
    /// The metrics of which the vectors leave samples out.
    pub missing: BTreeSet<String>,
}

impl Source for Memory {
    fn select<'a>(&'a self, selector: &Selector) -> Vec<SeriesView<'a>> {
        let chosen = self.series.iter().filter(|(labels, _)| selector.accepts(labels));
        let view = |(labels, columns): (&'a Labels, &'a Columns)| SeriesView {
            labels,
            at: &columns.at,
            value: &columns.value,
            histograms: &columns.histograms,
            standing: Standing::Live,
            process: 0,
            restarts: &[],
        };
        chosen.map(view).collect()
    }
}

impl Memory {
    pub fn load(&mut self, step: &Value) {
        let missing = step["bad"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
        self.missing.extend(missing);
        let mut classic = Classic::default();
        for series in step["series"].as_array().unwrap() {
            let labels = labels(&series["l"]);
            let columns = self.series.entry(labels.clone()).or_default();
            for point in series["p"].as_array().unwrap() {
                let at = point[0].as_i64().unwrap();
                let value = if point[1] == "stale" { stale_marker() } else { vectors::float(&point[1]) };
                columns.at.push(at);
                columns.value.push(value);
                classic.note(&labels, at, value);
            }
        }
        if step["hist"] == true {
            for (labels, histograms) in classic.native() {
                self.series.entry(labels).or_default().histograms.extend(histograms);
            }
        }
    }
}

/// Classic histograms by their labels and times.
#[derive(Default)]
struct Classic(BTreeMap<Labels, BTreeMap<i64, Parts>>);

#[derive(Default)]
struct Parts {
    /// Upper bounds with cumulative counts.
    buckets: Vec<(f64, f64)>,
    sum: f64,
    count: Option<f64>,
}

impl Classic {
    fn note(&mut self, labels: &Labels, at: i64, value: f64) {
        let name = labels.metric_name();
        for suffix in ["_bucket", "_sum", "_count"] {
            let Some(stem) = name.strip_suffix(suffix) else { continue };
            let own = labels.filtered(|name| name != "le").with(METRIC_NAME, stem);
            let bound = labels.get("le").parse();
            if suffix == "_bucket" && bound.is_err() {
                continue;
            }
            let parts = self.0.entry(own).or_default().entry(at).or_default();
            match suffix {
                "_bucket" => parts.buckets.push((bound.unwrap(), value)),
                "_sum" => parts.sum = value,
                _ => parts.count = Some(value),
            }
        }
    }

    fn native(self) -> impl Iterator<Item = (Labels, Vec<HistogramSample>)> {
        self.0.into_iter().map(|(labels, times)| {
            let native = times.into_iter().filter_map(|(at, parts)| Some((at, Arc::new(parts.native()?))));
            (labels, native.collect())
        })
    }
}

impl Parts {
    /// Nothing where the counts fall, of which there is no such histogram.
    fn native(mut self) -> Option<NativeHistogram> {
        self.buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        let bounds: Vec<f64> =
            self.buckets.iter().map(|(bound, _)| *bound).filter(|bound| bound.is_finite()).collect();
        let highest = self.buckets.last()?.1;
        let count = self.count.unwrap_or(highest);
        let mut native = NativeHistogram::empty(Layout::Custom { bounds: bounds.into() });
        let mut before = 0.0;
        for (index, (bound, cumulative)) in self.buckets.iter().enumerate() {
            let cumulative = if bound.is_infinite() { count } else { *cumulative };
            if cumulative < before {
                return None;
            }
            if cumulative > before {
                native.positive.push((index as i32, cumulative - before));
            }
            before = cumulative;
        }
        if self.buckets.last()?.0.is_finite() && count > before {
            native.positive.push((self.buckets.len() as i32, count - before));
        }
        native.count = count;
        native.sum = self.sum;
        Some(native)
    }
}

pub fn labels(value: &Value) -> Labels {
    // A scalar has no labels at all.
    let Some(pairs) = value.as_object() else { return Labels::default() };
    let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
    Labels::from_strs(pairs)
}
