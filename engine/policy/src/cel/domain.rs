//! What is known of a value beyond its kind: the numbers or texts that it can be.

use std::collections::BTreeMap;

use super::Value;

/// Texts beyond which no more is said of what a value can be.
const MAX_TEXTS: usize = 64;

/// What a value can be.
#[derive(Debug, Clone, PartialEq)]
pub enum Domain {
    /// From one to another, both included.
    Numbers { least: f64, most: f64 },
    /// One of these.
    Texts(Vec<String>),
    /// One of these most often; there are others that nobody knows beforehand.
    Usually(Vec<String>),
}

/// What is known of names, by their paths: `time.hour`, `checks[].verdict`, `release.labels.tier`.
pub type Domains = BTreeMap<String, Domain>;

impl Domain {
    /// Texts that are all there are.
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::Texts(texts.into_iter().map(Into::into).collect())
    }

    pub fn numbers(least: f64, most: f64) -> Self {
        Self::Numbers { least, most }
    }

    pub(super) fn number(value: f64) -> Option<Self> {
        value.is_finite().then_some(Self::Numbers { least: value, most: value })
    }

    /// What one of two can be.
    pub(super) fn or(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Numbers { least, most }, Self::Numbers { least: low, most: high }) => {
                Some(Self::Numbers { least: least.min(low), most: most.max(high) })
            }
            (Self::Texts(mut one), Self::Texts(other)) => {
                for text in other {
                    if !one.contains(&text) {
                        one.push(text);
                    }
                }
                (one.len() <= MAX_TEXTS).then_some(Self::Texts(one))
            }
            _ => None,
        }
    }

    /// The numbers between the least and the most of these.
    pub(super) fn spanning(corners: &[f64]) -> Option<Self> {
        let least = corners.iter().copied().reduce(f64::min)?;
        let most = corners.iter().copied().reduce(f64::max)?;
        (!corners.iter().any(|one| one.is_nan())).then_some(Self::Numbers { least, most })
    }

    /// Whether it can be this value. What is only most often so is no ground to say no.
    pub(super) fn can_be(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Numbers { least, most }, Value::Int(number)) => {
                (*least..=*most).contains(&(*number as f64))
            }
            (Self::Numbers { least, most }, Value::Double(number)) => (*least..=*most).contains(number),
            (Self::Texts(texts), Value::String(text)) => texts.iter().any(|one| **one == **text),
            _ => true,
        }
    }
}
