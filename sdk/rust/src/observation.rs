//! What was measured, with its quality; never a bare number.

use std::borrow::Cow;

use crate::{Attr, Duration};

/// How far a measurement can be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quality {
    /// Measured, fresh and enough of it.
    Value,
    /// The query has no answer: nothing to measure, or 0/0.
    NoData,
    /// There was an answer, and its source no longer gives one.
    Stale,
    /// Too few samples or events to say.
    Insufficient,
    Other(String),
}

/// A range query looks back `window` and has a sample every `step`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub window: Duration,
    pub step: Duration,
}

/// A PromQL query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub name: String,
    pub expr: String,
    /// Without it the query is instant: one sample a series.
    pub range: Option<Range>,
    pub attrs: Vec<Attr>,
}

/// One series, as columns of the same length.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub labels: Vec<Attr>,
    /// Milliseconds since 1970, rising.
    pub at: Vec<u64>,
    pub value: Vec<f64>,
}

/// The answer to one query.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The name of the query.
    pub query: String,
    pub quality: Quality,
    pub series: Vec<Series>,
    /// Why the quality is what it is; empty for a value.
    pub reason: String,
    pub attrs: Vec<Attr>,
}

/// One number, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading<'a> {
    Value(f64),
    Missing { quality: Quality, reason: Cow<'a, str> },
}

impl Quality {
    /// As it is shown to people.
    pub fn name(&self) -> &str {
        match self {
            Self::Value => "value",
            Self::NoData => "no data",
            Self::Stale => "stale",
            Self::Insufficient => "insufficient",
            Self::Other(name) => name,
        }
    }
}

impl Query {
    /// A query for the value now.
    pub fn instant(name: impl Into<String>, expr: impl Into<String>) -> Self {
        Self { name: name.into(), expr: expr.into(), range: None, attrs: Vec::new() }
    }

    /// A query for the values over a window.
    pub fn range(name: impl Into<String>, expr: impl Into<String>, range: Range) -> Self {
        Self { range: Some(range), ..Self::instant(name, expr) }
    }

    /// So many events its answer is to rest on, by an expression that counts them; with fewer it is insufficient.
    #[must_use]
    pub fn of_at_least(mut self, least: u64, events: impl Into<String>) -> Self {
        self.attrs.push(Attr::new("events", events));
        self.attrs.push(Attr::new("min-events", least.to_string()));
        self
    }

    /// Looks back for `window`, which both expressions call `$window`, and where there are too few events for longer:
    /// twice as long each time, up to `most`, and not from before the step.
    #[must_use]
    pub fn over(mut self, window: Duration, most: Duration) -> Self {
        self.attrs.push(Attr::new("window-ms", window.as_millis().to_string()));
        self.attrs.push(Attr::new("max-window-ms", most.as_millis().to_string()));
        self
    }
}

impl Series {
    /// The newest sample.
    pub fn last(&self) -> Option<f64> {
        self.value.last().copied()
    }
}

impl Observation {
    /// Samples that were read for it, where that is known.
    pub fn samples(&self) -> Option<u64> {
        self.number("samples")
    }

    /// The events that the query counted for it.
    pub fn events(&self) -> Option<u64> {
        self.number("events")
    }

    /// The window that was asked, of a query that names one.
    pub fn window(&self) -> Option<Duration> {
        self.number("window-ms").map(Duration::millis)
    }

    /// How much of its window the least covered series has, 0 to 100.
    pub fn coverage_percent(&self) -> Option<u64> {
        self.number("coverage-percent")
    }

    /// How often counters fell within its windows.
    pub fn resets(&self) -> u64 {
        self.number("resets").unwrap_or(0)
    }

    /// How often processes that were read began anew within its windows.
    pub fn restarts(&self) -> u64 {
        self.number("restarts").unwrap_or(0)
    }

    /// How old the newest sample is that it rests on.
    pub fn newest_age(&self) -> Option<Duration> {
        self.number("newest-age-ms").map(Duration::millis)
    }

    fn number(&self, key: &str) -> Option<u64> {
        self.attrs.iter().find(|one| one.key == key)?.value.parse().ok()
    }

    /// The newest number of an answer with one series. Several series are no one number, and NaN is none.
    pub fn reading(&self) -> Reading<'_> {
        if self.quality != Quality::Value {
            return Reading::Missing { quality: self.quality.clone(), reason: Cow::Borrowed(&self.reason) };
        }
        match self.series.as_slice() {
            [] => Reading::no_data("the answer is empty".into()),
            [one] => match one.last() {
                None => Reading::no_data("the series has no sample".into()),
                Some(value) if value.is_nan() => Reading::no_data("the value is not a number".into()),
                Some(value) => Reading::Value(value),
            },
            many => Reading::Missing {
                quality: Quality::Other("several".into()),
                reason: format!("the answer has {} series, not one", many.len()).into(),
            },
        }
    }
}

impl<'a> Reading<'a> {
    pub(crate) fn no_data(reason: Cow<'a, str>) -> Self {
        Self::Missing { quality: Quality::NoData, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::{Observation, Quality, Reading};
    use crate::testing;

    fn missing(observation: &Observation) -> Quality {
        match observation.reading() {
            Reading::Missing { quality, .. } => quality,
            Reading::Value(value) => panic!("read {value}"),
        }
    }

    #[test]
    fn a_number_is_read_only_when_there_is_exactly_one() {
        assert_eq!(testing::value("q", 0.5).reading(), Reading::Value(0.5));
        assert_eq!(missing(&testing::value("q", f64::NAN)), Quality::NoData);
        assert_eq!(missing(&testing::missing("q", Quality::Stale, "gone")), Quality::Stale);
        assert_eq!(missing(&Observation { series: Vec::new(), ..testing::value("q", 1.0) }), Quality::NoData);
        let mut several = testing::value("q", 1.0);
        several.series.push(several.series[0].clone());
        assert_eq!(missing(&several), Quality::Other("several".into()));
    }
}
