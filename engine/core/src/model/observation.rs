//! What was measured, with its quality; never a bare number.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::difference::Difference;
use super::enough::Enough;
use super::histogram::Histograms;
use super::number;
use super::shape::Weight;

/// How far a measurement can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quality {
    /// Measured, fresh and enough of it.
    Value,
    /// The query has no answer: nothing to measure, or 0/0.
    NoData,
    /// There was an answer, and its source no longer gives one.
    Stale,
    /// Too few samples or events to say.
    Insufficient,
}

/// A range query looks back `window_ms` and has a sample every `step_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Range {
    pub window_ms: u64,
    pub step_ms: u64,
}

/// A PromQL query that a plugin declares or the workflow names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Query {
    pub name: String,
    pub expr: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// How many events its answer is to rest on; nothing where none are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enough: Option<Enough>,
}

/// One series as columns of the same length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub labels: BTreeMap<String, String>,
    pub at: Vec<u64>,
    #[serde(with = "number::column")]
    pub value: Vec<f64>,
}

/// The answer to one query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// Name of the query.
    pub query: String,
    pub expr: String,
    pub quality: Quality,
    pub series: Vec<Series>,
    /// Where the answer is histograms and no numbers; no verdict can be made of those as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub histograms: Vec<Histograms>,
    /// Why the quality is what it is; empty for a value.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Age of the newest sample that the answer rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest_age_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Evidence::is_unknown")]
    pub evidence: Evidence,
}

/// How much an answer rests on; what is not known is left out.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// Samples that were read for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples: Option<u64>,
    /// The share of a window that lies between its first and its last sample, in per cent; that of the least covered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<u8>,
    /// How often counters fell within their windows, as after a restart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resets: Option<u64>,
    /// How often processes that were read began anew within their windows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restarts: Option<u64>,
    /// The events that the query counts for its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<u64>,
    /// The window that was asked, where it grows with what there is in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_ms: Option<u64>,
}

impl Evidence {
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// All that was observed at one moment. Its id is the digest of its content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObservationSet {
    pub id: String,
    pub at: u64,
    /// Events (requests, as a rule) that the candidate served since the step began, where known.
    pub events: Option<u64>,
    /// Ready instances per role.
    pub ready: BTreeMap<String, u32>,
    /// Answers per check (its name) and for the strategy and the rollback plugin.
    pub observations: BTreeMap<String, Vec<Observation>>,
    /// How the target was found; nothing where nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
    /// What went wrong meanwhile: sources that could not be read, instances that had to be restarted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<String>,
    /// What mirrored requests were answered otherwise than by stable, as examples that are new.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
}

/// How the target was found, held against the shape in effect.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Found {
    /// Where it is not as the shape has it; nothing where it is, or where another shape is on its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong: Option<Wrong>,
    /// The candidate's instances that were ever restarted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restarted: Vec<Restarted>,
}

/// Where a target is not as it was seen to be when its shape came into effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    pub what: String,
    /// Whether the shape has to be given again; else waiting is all there is to do.
    pub lost: bool,
    /// The candidate's share of the traffic as it was found, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Weight>,
}

/// An instance that ended and was started again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restarted {
    pub instance: String,
    /// Since there is such an instance.
    pub times: u32,
    /// How it last ended; empty where nobody knows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_exit: String,
}

impl Observation {
    /// The one number of an instant answer with one series; nothing when there is no such thing.
    pub fn scalar(&self) -> Option<f64> {
        match (self.quality, self.series.as_slice()) {
            (Quality::Value, [series]) => series.value.last().copied(),
            _ => None,
        }
    }
}
