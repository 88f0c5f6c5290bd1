//! One metric family while its lines are read: what it declared, and what of it was seen.

use std::collections::{HashMap, HashSet};

use super::Lint;
use super::histogram::Buckets;
use crate::exposition::MetricType;

/// A metric's labels and their values, but for those that its own parts have, in order.
pub type Key = Vec<(String, String)>;

#[derive(Debug)]
pub struct Family {
    pub name: String,
    /// Where its first line is.
    pub at: usize,
    pub kind: MetricType,
    pub typed: bool,
    pub helped: bool,
    pub united: bool,
    pub samples: usize,
    /// Whether that the type is missing was told.
    pub told_untyped: bool,
    /// The metrics that were left.
    pub left: HashSet<Key>,
    /// The metric that is being read.
    pub metric: Option<Key>,
    pub buckets: Buckets,
    /// The latest time of each sample of the metric that is being read: by its name and its own label.
    pub seen: HashMap<(String, String), Option<i64>>,
}

impl Family {
    pub fn new(name: &str, at: usize) -> Self {
        Self {
            name: name.to_owned(),
            at,
            kind: MetricType::Unknown,
            typed: false,
            helped: false,
            united: false,
            samples: 0,
            told_untyped: false,
            left: HashSet::new(),
            metric: None,
            buckets: Buckets::default(),
            seen: HashMap::new(),
        }
    }

    /// Whether a sample of this name belongs to it. A counter's own name is its sample's by mistake.
    pub fn owns(&self, sample: &str, open: bool) -> bool {
        let Some(suffix) = sample.strip_prefix(self.name.as_str()) else { return false };
        suffix.is_empty() || suffixes(self.kind, open).contains(&suffix)
    }

    /// What its samples' names have after its own.
    pub fn suffixes(&self, open: bool) -> &'static [&'static str] {
        suffixes(self.kind, open)
    }

    /// Ends the metric that is being read.
    pub fn end_metric(&mut self, lint: &mut Lint<'_, '_>) {
        let Some(key) = self.metric.take() else { return };
        std::mem::take(&mut self.buckets).end(self, lint);
        self.left.insert(key);
        self.seen.clear();
    }
}

fn suffixes(kind: MetricType, open: bool) -> &'static [&'static str] {
    match (kind, open) {
        (MetricType::Counter, true) => &["_total", "_created"],
        (MetricType::Counter, false) => &["", "_created"],
        (MetricType::Histogram, true) => &["_bucket", "_count", "_sum", "_created"],
        (MetricType::Histogram, false) => &["_bucket", "_count", "_sum"],
        (MetricType::GaugeHistogram, true) => &["_bucket", "_gcount", "_gsum"],
        (MetricType::GaugeHistogram, false) => &["_bucket", "_count", "_sum"],
        (MetricType::Summary, true) => &["", "_count", "_sum", "_created"],
        (MetricType::Summary, false) => &["", "_count", "_sum"],
        (MetricType::Info, _) => &["_info"],
        (MetricType::Gauge | MetricType::StateSet | MetricType::Unknown, _) => &[""],
    }
}
