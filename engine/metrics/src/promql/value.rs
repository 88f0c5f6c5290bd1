//! What an expression evaluates to at one moment.

use std::borrow::Cow;
use std::sync::Arc;

use crate::histogram::NativeHistogram;
use crate::series::{HistogramSample, Labels, METRIC_NAME};

use super::PromqlError;

#[derive(Debug, Clone)]
pub enum Value<'s> {
    Scalar(f64),
    Text(String),
    Vector(Vec<Element<Point>>),
    Windows(Vec<Window<'s>>),
}

/// What a series has at one moment.
#[derive(Debug, Clone)]
pub enum Point {
    Float(f64),
    Histogram(Arc<NativeHistogram>),
}

/// A series with its value: a `Point`, or a number where only numbers can be.
#[derive(Debug, Clone)]
pub struct Element<V = f64> {
    pub labels: Labels,
    pub value: V,
    /// The metric name no longer describes the value. It is taken off at the very end, as in
    /// Prometheus with delayed name removal, so that labels derived from it can still be kept.
    pub drop_name: bool,
}

/// The samples of one series within `start` (exclusive) and `end`, without staleness markers.
#[derive(Debug, Clone)]
pub struct Window<'s> {
    pub labels: Labels,
    pub drop_name: bool,
    pub at: Cow<'s, [i64]>,
    pub value: Cow<'s, [f64]>,
    pub histograms: Cow<'s, [HistogramSample]>,
    pub start: i64,
    pub end: i64,
    /// The moment of evaluation, which an offset does not move.
    pub now: i64,
}

/// The samples of one series of an answer: numbers, and histograms.
#[derive(Debug, Default)]
pub struct Columns {
    pub at: Vec<i64>,
    pub value: Vec<f64>,
    pub histograms: Vec<HistogramSample>,
}

impl Columns {
    pub fn push(&mut self, at: i64, point: Point) {
        match point {
            Point::Float(value) => {
                self.at.push(at);
                self.value.push(value);
            }
            Point::Histogram(histogram) => self.histograms.push((at, histogram)),
        }
    }

    pub fn last_at(&self) -> Option<i64> {
        self.at.last().copied().max(self.histograms.last().map(|(at, _)| *at))
    }
}

impl<V> Element<V> {
    pub fn new(labels: Labels, value: V) -> Self {
        Self { labels, value, drop_name: false }
    }

    /// The same series with another value, which is no longer what the metric's name says.
    pub fn changed<W>(self, value: W) -> Element<W> {
        Element { labels: self.labels, value, drop_name: true }
    }

    pub fn finished(self) -> Self {
        if !self.drop_name {
            return self;
        }
        Self { labels: without_reserved(&self.labels), value: self.value, drop_name: false }
    }
}

impl Element<Point> {
    /// The element when it is a number.
    pub fn into_float(self) -> Option<Element> {
        let Point::Float(value) = self.value else { return None };
        Some(Element { labels: self.labels, value, drop_name: self.drop_name })
    }
}

impl From<Element> for Element<Point> {
    fn from(element: Element) -> Self {
        Self { labels: element.labels, value: Point::Float(element.value), drop_name: element.drop_name }
    }
}

impl Point {
    pub fn float(&self) -> Option<f64> {
        match self {
            Self::Float(value) => Some(*value),
            Self::Histogram(_) => None,
        }
    }

    pub fn histogram(&self) -> Option<&Arc<NativeHistogram>> {
        match self {
            Self::Float(_) => None,
            Self::Histogram(histogram) => Some(histogram),
        }
    }
}

impl From<NativeHistogram> for Point {
    fn from(histogram: NativeHistogram) -> Self {
        Self::Histogram(Arc::new(histogram))
    }
}

impl Window<'_> {
    /// Its numbers.
    pub fn samples(&self) -> impl DoubleEndedIterator<Item = (i64, f64)> + ExactSizeIterator {
        self.at.iter().copied().zip(self.value.iter().copied())
    }

    /// Its numbers and its histograms, as they came.
    pub fn points(&self) -> Vec<(i64, Point)> {
        let floats = self.samples().map(|(at, value)| (at, Point::Float(value)));
        let histograms = self.histograms.iter().map(|(at, one)| (*at, Point::Histogram(one.clone())));
        let mut points: Vec<_> = floats.chain(histograms).collect();
        points.sort_by_key(|(at, _)| *at);
        points
    }

    pub fn len(&self) -> usize {
        self.at.len() + self.histograms.len()
    }

    /// Whether numbers and histograms stand side by side, of which nothing can be computed together.
    pub fn is_mixed(&self) -> bool {
        !self.at.is_empty() && !self.histograms.is_empty()
    }
}

impl<'s> Value<'s> {
    pub fn floats(elements: Vec<Element>) -> Self {
        Self::Vector(elements.into_iter().map(Element::from).collect())
    }

    pub fn into_vector(self) -> Result<Vec<Element<Point>>, PromqlError> {
        match self {
            Self::Vector(elements) => Ok(elements),
            _ => Err(mistyped("an instant vector")),
        }
    }

    pub fn into_windows(self) -> Result<Vec<Window<'s>>, PromqlError> {
        match self {
            Self::Windows(windows) => Ok(windows),
            _ => Err(mistyped("a range vector")),
        }
    }

    pub fn into_scalar(self) -> Result<f64, PromqlError> {
        match self {
            Self::Scalar(value) => Ok(value),
            _ => Err(mistyped("a scalar")),
        }
    }

    pub fn into_text(self) -> Result<String, PromqlError> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(mistyped("a string")),
        }
    }
}

/// The labels that say what a metric is, rather than what it was measured on.
pub fn is_reserved(label: &str) -> bool {
    matches!(label, METRIC_NAME | "__type__" | "__unit__")
}

pub fn without_reserved(labels: &Labels) -> Labels {
    if labels.iter().any(|(name, _)| is_reserved(name)) {
        labels.filtered(|name| !is_reserved(name))
    } else {
        labels.clone()
    }
}

fn mistyped(wanted: &str) -> PromqlError {
    PromqlError::BadParameter(format!("the argument must be {wanted}"))
}
