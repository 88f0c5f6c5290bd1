//! A decoded page. Everything borrows from the page's bytes; only escaped text is owned.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::histogram::NativeHistogram;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MetricType {
    Counter,
    Gauge,
    Histogram,
    GaugeHistogram,
    Summary,
    Info,
    StateSet,
    #[default]
    Unknown,
}

impl MetricType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::GaugeHistogram => "gaugehistogram",
            Self::Summary => "summary",
            Self::Info => "info",
            Self::StateSet => "stateset",
            Self::Unknown => "unknown",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label<'a> {
    pub name: Cow<'a, str>,
    pub value: Cow<'a, str>,
}

/// What the `# TYPE`, `# HELP` and `# UNIT` lines say of one metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family<'a> {
    pub name: Cow<'a, str>,
    /// Nothing when there was no `# TYPE` line.
    pub kind: Option<MetricType>,
    pub help: Cow<'a, str>,
    pub unit: Cow<'a, str>,
}

impl Family<'_> {
    /// What its series are called.
    pub fn series_names(&self) -> Vec<String> {
        let ends: &[&str] = match self.kind {
            Some(MetricType::Histogram | MetricType::GaugeHistogram) => &["_bucket", "_sum", "_count"],
            Some(MetricType::Summary) => &["", "_sum", "_count"],
            Some(MetricType::Counter) => &["", "_total"],
            _ => &[""],
        };
        ends.iter().map(|end| format!("{}{end}", self.name)).collect()
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Sample<'a> {
    pub name: Cow<'a, str>,
    pub value: f64,
    /// In milliseconds; only where the page gives one.
    pub timestamp: Option<i64>,
    /// Whether the value only grows until its process restarts: by its family's type, which must be
    /// the last that was declared before the sample.
    pub cumulative: bool,
    pub(super) labels: Range<u32>,
    pub(super) exemplar: Option<u32>,
}

/// A sample that is a native histogram, which only protobuf pages have.
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramSample<'a> {
    pub name: Cow<'a, str>,
    pub histogram: Arc<NativeHistogram>,
    /// In milliseconds; only where the page gives one.
    pub timestamp: Option<i64>,
    pub(super) labels: Range<u32>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Exemplar {
    pub value: f64,
    pub timestamp: Option<i64>,
    pub(super) labels: Range<u32>,
}

/// All that a page says, in its order.
#[derive(Debug, Clone, Default)]
pub struct Page<'a> {
    pub samples: Vec<Sample<'a>>,
    pub histograms: Vec<HistogramSample<'a>>,
    pub families: Vec<Family<'a>>,
    /// When the oldest counter of the page began to count, in seconds since 1970, where the page says so.
    pub oldest_created: Option<f64>,
    /// One run for all samples and exemplars, so that a sample costs no allocation of its own.
    pub(super) labels: Vec<Label<'a>>,
    pub(super) exemplars: Vec<Exemplar>,
}

#[cfg(test)]
impl<'a> HistogramSample<'a> {
    /// Without labels and timestamp.
    pub fn plain(name: &'a str, histogram: NativeHistogram) -> Self {
        Self { name: name.into(), histogram: Arc::new(histogram), timestamp: None, labels: 0..0 }
    }
}

impl<'a> Page<'a> {
    /// The labels of a sample of this page, in the order they were written in.
    pub fn labels(&self, sample: &Sample<'_>) -> &[Label<'a>] {
        self.run(&sample.labels)
    }

    pub fn histogram_labels(&self, sample: &HistogramSample<'_>) -> &[Label<'a>] {
        self.run(&sample.labels)
    }

    pub fn exemplar(&self, sample: &Sample<'_>) -> Option<(&Exemplar, &[Label<'a>])> {
        let exemplar = self.exemplars.get(sample.exemplar? as usize)?;
        Some((exemplar, self.run(&exemplar.labels)))
    }

    /// How many bytes were allocated for it, by what its columns have room for.
    pub fn allocated(&self) -> usize {
        let owned = |text: &Cow<'_, str>| if let Cow::Owned(text) = text { text.capacity() } else { 0 };
        let names = self.samples.iter().map(|sample| owned(&sample.name)).sum::<usize>();
        let labels = self.labels.iter().map(|label| owned(&label.name) + owned(&label.value)).sum::<usize>();
        self.samples.capacity() * size_of::<Sample<'_>>()
            + self.labels.capacity() * size_of::<Label<'_>>()
            + self.families.capacity() * size_of::<Family<'_>>()
            + self.exemplars.capacity() * size_of::<Exemplar>()
            + names
            + labels
    }

    fn run(&self, range: &Range<u32>) -> &[Label<'a>] {
        self.labels.get(range.start as usize..range.end as usize).unwrap_or_default()
    }
}
