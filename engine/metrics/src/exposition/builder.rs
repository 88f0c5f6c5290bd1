//! Gathers a page, enforces the limits on it, and keeps in mind which family was declared last.

use std::borrow::Cow;
use std::sync::Arc;

use super::canonical::float_label;
use super::error::Fault;
use super::limits::Limits;
use super::page::{Exemplar, Family, HistogramSample, Label, MetricType, Page, Sample};
use crate::histogram::NativeHistogram;

#[derive(Debug)]
pub struct Builder<'a, 'l> {
    limits: &'l Limits,
    page: Page<'a>,
    /// The last `# TYPE` line: the family's index and type.
    declared: Option<(usize, MetricType)>,
    /// Where the labels of the sample, or of the exemplar, that is being read begin.
    labels_from: usize,
    in_exemplar: bool,
    /// Where the entry that is being read begins, and its value.
    at: usize,
    value_at: usize,
    /// What stood where, in its order; only where somebody wants to know.
    entries: Option<Vec<Entry<'a>>>,
}

/// One line of a page and where it is.
#[derive(Debug)]
pub struct Entry<'a> {
    pub at: usize,
    pub what: Said<'a>,
}

#[derive(Debug)]
pub enum Said<'a> {
    Type(Cow<'a, str>, MetricType),
    Help(Cow<'a, str>),
    Unit(Cow<'a, str>),
    /// By its place among the page's samples, and where its value is.
    Sample(usize, usize),
}

/// One part of what a metadata line says.
#[derive(Debug)]
pub enum Metadata<'a> {
    Type(MetricType),
    Help(Cow<'a, str>),
    Unit(Cow<'a, str>),
}

impl<'a, 'l> Builder<'a, 'l> {
    pub fn new(limits: &'l Limits, page_bytes: usize) -> Self {
        let mut page = Page::default();
        // A guess that is right for most pages, and bounded by the page itself.
        page.samples.reserve((page_bytes / 96).min(limits.samples));
        page.labels.reserve(page_bytes / 48);
        Self {
            limits,
            page,
            declared: None,
            labels_from: 0,
            in_exemplar: false,
            at: 0,
            value_at: 0,
            entries: None,
        }
    }

    /// The same, remembering where everything stands.
    pub fn with_places(self) -> Self {
        Self { entries: Some(Vec::new()), ..self }
    }

    /// What follows begins here.
    pub fn begins(&mut self, at: usize) {
        self.at = at;
        self.value_at = at;
    }

    /// The sample's value begins here.
    pub fn value_begins(&mut self, at: usize) {
        self.value_at = at;
    }

    pub fn finish_with_places(self) -> (Page<'a>, Vec<Entry<'a>>) {
        (self.page, self.entries.unwrap_or_default())
    }

    pub fn finish(self) -> Page<'a> {
        self.page
    }

    pub fn check_line(&self, bytes: usize) -> Result<(), Fault> {
        if bytes > self.limits.line_bytes {
            return Err(Fault::LineTooLong { limit: self.limits.line_bytes });
        }
        Ok(())
    }

    /// Checks a metric's name.
    pub fn metric_name(&self, name: Cow<'a, str>) -> Result<Cow<'a, str>, Fault> {
        if name.is_empty() {
            return Err(Fault::EmptyName("metric name"));
        }
        self.check_label(name.len())?;
        Ok(name)
    }

    pub fn metadata(&mut self, name: Cow<'a, str>, what: Metadata<'a>) -> Result<(), Fault> {
        let name = self.metric_name(name)?;
        if let Some(entries) = &mut self.entries {
            let what = match &what {
                Metadata::Type(kind) => Said::Type(name.clone(), *kind),
                Metadata::Help(_) => Said::Help(name.clone()),
                Metadata::Unit(_) => Said::Unit(name.clone()),
            };
            entries.push(Entry { at: self.at, what });
        }
        if self.page.families.last().is_none_or(|last| last.name != name) {
            self.page.families.push(Family { name, kind: None, help: Cow::default(), unit: Cow::default() });
        }
        let index = self.page.families.len() - 1;
        let Some(family) = self.page.families.last_mut() else { return Ok(()) };
        match what {
            Metadata::Help(help) => family.help = help,
            Metadata::Unit(unit) => family.unit = unit,
            Metadata::Type(kind) => {
                family.kind = Some(kind);
                self.declared = Some((index, kind));
            }
        }
        Ok(())
    }

    /// The labels that follow are those of the next sample.
    pub fn begin_labels(&mut self) {
        self.labels_from = self.page.labels.len();
        self.in_exemplar = false;
    }

    /// The labels that follow are those of the last sample's exemplar.
    pub fn begin_exemplar(&mut self) {
        self.labels_from = self.page.labels.len();
        self.in_exemplar = true;
    }

    pub fn label(&mut self, name: Cow<'a, str>, value: Cow<'a, str>) -> Result<(), Fault> {
        if name.is_empty() {
            return Err(Fault::EmptyName("label name"));
        }
        self.check_label(name.len() + value.len())?;
        if self.page.labels.len() - self.labels_from >= self.limits.labels {
            return Err(Fault::TooManyLabels { limit: self.limits.labels });
        }
        let is_number = match self.declared {
            Some((_, MetricType::Histogram)) => name == "le",
            Some((_, MetricType::Summary)) => name == "quantile",
            _ => false,
        };
        let value = if is_number && !self.in_exemplar { float_label(value) } else { value };
        self.page.labels.push(Label { name, value });
        Ok(())
    }

    /// Adds a sample with the labels since `begin_labels`.
    pub fn sample(&mut self, name: Cow<'a, str>, value: f64) -> Result<(), Fault> {
        let name = self.metric_name(name)?;
        if self.page.samples.len() + self.page.histograms.len() >= self.limits.samples {
            return Err(Fault::TooManySamples { limit: self.limits.samples });
        }
        let labels = self.labels_from as u32..self.page.labels.len() as u32;
        let cumulative = self.is_cumulative(&name);
        // One bit pattern for all NaNs, so that none is taken for a staleness marker.
        let value = if value.is_nan() { f64::NAN } else { value };
        if self.is_created(&name) {
            self.created(value);
        }
        if let Some(entries) = &mut self.entries {
            let what = Said::Sample(self.page.samples.len(), self.value_at);
            entries.push(Entry { at: self.at, what });
        }
        self.page.samples.push(Sample { name, value, timestamp: None, cumulative, labels, exemplar: None });
        Ok(())
    }

    pub fn limits(&self) -> &'l Limits {
        self.limits
    }

    /// Adds a native histogram with the labels since `begin_labels`.
    pub fn histogram(
        &mut self,
        name: Cow<'a, str>,
        histogram: NativeHistogram,
        timestamp: Option<i64>,
    ) -> Result<(), Fault> {
        let name = self.metric_name(name)?;
        if self.page.samples.len() + self.page.histograms.len() >= self.limits.samples {
            return Err(Fault::TooManySamples { limit: self.limits.samples });
        }
        let labels = self.labels_from as u32..self.page.labels.len() as u32;
        let histogram = Arc::new(histogram);
        self.page.histograms.push(HistogramSample { name, histogram, timestamp, labels });
        Ok(())
    }

    /// Gives the last sample its timestamp.
    pub fn timestamp(&mut self, millis: i64) {
        if let Some(sample) = self.page.samples.last_mut() {
            sample.timestamp = Some(millis);
        }
    }

    /// Gives the last sample an exemplar with the labels since `begin_exemplar`.
    pub fn exemplar(&mut self, value: f64, timestamp: Option<i64>) {
        let labels = self.labels_from as u32..self.page.labels.len() as u32;
        if let Some(sample) = self.page.samples.last_mut() {
            sample.exemplar = Some(self.page.exemplars.len() as u32);
            self.page.exemplars.push(Exemplar { value, timestamp, labels });
        }
    }

    fn check_label(&self, bytes: usize) -> Result<(), Fault> {
        if bytes > self.limits.label_bytes {
            return Err(Fault::LabelTooLong { limit: self.limits.label_bytes });
        }
        Ok(())
    }

    /// Tells when a counter of the page began to count.
    pub fn created(&mut self, seconds: f64) {
        if seconds.is_finite() {
            self.page.oldest_created =
                Some(self.page.oldest_created.map_or(seconds, |oldest| oldest.min(seconds)));
        }
    }

    /// Whether the sample says when its family began to count.
    fn is_created(&self, name: &str) -> bool {
        let Some(stem) = name.strip_suffix("_created") else { return false };
        let counts = |kind| matches!(kind, MetricType::Counter | MetricType::Histogram | MetricType::Summary);
        self.declared.is_some_and(|(index, kind)| {
            counts(kind) && self.page.families.get(index).is_some_and(|family| family.name == stem)
        })
    }

    fn is_cumulative(&self, name: &str) -> bool {
        let Some((index, kind)) = self.declared else { return false };
        let Some(family) = self.page.families.get(index) else { return false };
        let Some(suffix) = name.strip_prefix(family.name.as_ref()) else { return false };
        match kind {
            MetricType::Counter => matches!(suffix, "" | "_total"),
            MetricType::Histogram => matches!(suffix, "_bucket" | "_count" | "_sum"),
            MetricType::Summary => matches!(suffix, "_count" | "_sum"),
            _ => false,
        }
    }
}
