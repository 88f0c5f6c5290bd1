//! What an expression evaluates to at one moment.

use std::borrow::Cow;

use crate::series::{Labels, METRIC_NAME};

use super::PromqlError;

#[derive(Debug, Clone)]
pub enum Value<'s> {
    Scalar(f64),
    Text(String),
    Vector(Vec<Element>),
    Windows(Vec<Window<'s>>),
}

#[derive(Debug, Clone)]
pub struct Element {
    pub labels: Labels,
    pub value: f64,
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
    pub start: i64,
    pub end: i64,
    /// The moment of evaluation, which an offset does not move.
    pub now: i64,
}

impl Element {
    pub fn new(labels: Labels, value: f64) -> Self {
        Self { labels, value, drop_name: false }
    }

    /// The same series with another value, which is no longer what the metric's name says.
    pub fn changed(self, value: f64) -> Self {
        Self { labels: self.labels, value, drop_name: true }
    }

    pub fn finished(self) -> Self {
        if !self.drop_name {
            return self;
        }
        Self { labels: without_reserved(&self.labels), value: self.value, drop_name: false }
    }
}

impl Window<'_> {
    pub fn samples(&self) -> impl DoubleEndedIterator<Item = (i64, f64)> + ExactSizeIterator {
        self.at.iter().copied().zip(self.value.iter().copied())
    }
}

impl<'s> Value<'s> {
    pub fn into_vector(self) -> Result<Vec<Element>, PromqlError> {
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
