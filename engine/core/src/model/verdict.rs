//! Verdicts of health checks, with what they rest on.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::number;
use super::observation::{Observation, Quality};

/// A health check's answer; the engine adds `error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Pass,
    Warn,
    Inconclusive,
    Error,
    Fail,
}

/// A value that a verdict rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    pub name: String,
    #[serde(with = "number::optional")]
    pub value: Option<f64>,
    pub quality: Quality,
    /// The bound it was held against, as shown to people: `<= 0.01`.
    pub bound: String,
    pub verdict: Verdict,
}

/// The verdict of one check over one observation set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    pub check: String,
    pub verdict: Verdict,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    pub reason: String,
    pub measurements: Vec<Measurement>,
    /// Id of the observation set.
    pub observed: String,
    /// Answers to queries the plugin asked beyond its declared ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<Observation>,
    /// The plugin's state after the call, to be given to the next.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "super::bytes")]
    pub state: Vec<u8>,
}

impl Verdict {
    /// Whether a gate may close on it.
    pub fn passes(self) -> bool {
        matches!(self, Self::Pass | Self::Warn)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Inconclusive => "inconclusive",
            Self::Error => "error",
            Self::Fail => "fail",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
