//! Verdicts, and the values that they rest on.

use crate::{Attr, Quality};

/// A health check's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    Warn,
    Fail,
    Inconclusive,
    /// `error` when the check itself failed: the engine adds it, a plugin never answers it.
    Other(String),
}

/// A verdict of the last round, as strategies and rollback plugins see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub check: String,
    pub verdict: Verdict,
    pub score: Option<f64>,
    pub reason: String,
}

/// A value that a verdict rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    pub name: String,
    /// Nothing when it could not be measured.
    pub value: Option<f64>,
    pub quality: Quality,
    /// The bound it was held against, as shown to people: `<= 0.01`.
    pub bound: String,
    pub verdict: Verdict,
    pub attrs: Vec<Attr>,
}

impl Verdict {
    /// What the engine says of a check that trapped, ran out of time or answered nonsense.
    pub fn error() -> Self {
        Self::Other("error".into())
    }

    pub fn is_error(&self) -> bool {
        matches!(self, Self::Other(name) if name == "error")
    }

    /// Whether a gate may close on it.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Pass | Self::Warn)
    }

    /// The worse of two: fail, then anything unknown, then inconclusive, warn, pass.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        if other.badness() > self.badness() { other } else { self }
    }

    fn badness(&self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Warn => 1,
            Self::Inconclusive => 2,
            Self::Other(_) => 3,
            Self::Fail => 4,
        }
    }
}
