//! The traits of the three kinds of plugin, and their answers.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Call, Duration, Measurement, Query, Shape, Step, Verdict};

/// What every kind of plugin has. The type is the plugin's config.
pub trait Plugin: DeserializeOwned + JsonSchema {
    const NAME: &'static str;
    /// As a rule `env!("CARGO_PKG_VERSION")`.
    const VERSION: &'static str;
    /// One line on what it does.
    const SUMMARY: &'static str;

    /// What is kept between the calls of one release, at most 64 KiB of JSON; `()` for nothing.
    type State: Serialize + DeserializeOwned + Default;

    /// What is wrong in a config that has the right form.
    fn validate(&self) -> Vec<Problem> {
        Vec::new()
    }

    /// The queries whose answers each call is given.
    fn queries(&self) -> Vec<Query> {
        Vec::new()
    }
}

/// Proposes the next step.
pub trait Strategy: Plugin {
    /// Called when the gate of the last step has closed, and again after each hold.
    ///
    /// An error means that the plugin can not answer, and holds the release.
    fn next(&self, call: &Call, state: &mut Self::State) -> Result<Proposal, String>;
}

/// Turns observations into a verdict.
pub trait HealthCheck: Plugin {
    /// Called once a round. An error means that the plugin can not answer, which is never a pass.
    fn judge(&self, call: &Call, state: &mut Self::State) -> Result<Judged, String>;
}

/// Answers failures.
pub trait Rollback: Plugin {
    /// Called after each round of verdicts, good or bad.
    fn decide(&self, call: &Call, state: &mut Self::State) -> Result<RollbackAnswer, String>;
}

/// What is wrong in a config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The place as a JSON pointer: `/steps/2/weight`.
    pub path: String,
    pub message: String,
}

/// What a plugin says of itself under one config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    pub name: String,
    pub version: String,
    pub summary: String,
    /// JSON Schema (2020-12) of the config.
    pub config_schema: String,
    pub queries: Vec<Query>,
}

/// A strategy's answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Proposal {
    Step(Box<Step>),
    /// Not yet, and why.
    Hold(String),
    /// The candidate may be promoted.
    Complete(String),
    /// The release ends, back on stable.
    Abort(String),
}

/// A health check's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    pub verdict: Verdict,
    /// 0 (worst) to 1 (best), where the check has one.
    pub score: Option<f64>,
    pub reason: String,
    pub measurements: Vec<Measurement>,
}

/// A shape on the way back, kept for at least `min_time`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retreat {
    pub shape: Shape,
    pub min_time: Duration,
}

/// A rollback plugin's answer.
#[derive(Debug, Clone, PartialEq)]
pub enum RollbackAnswer {
    /// Go on as before, with the reason to show.
    Keep(String),
    /// Stay on this step and look again.
    Hold(String),
    /// Go back by these shapes, then to stable alone; none means at once.
    RollBack { reason: String, by: Vec<Retreat> },
}

impl Problem {
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl From<Step> for Proposal {
    fn from(step: Step) -> Self {
        Self::Step(Box::new(step))
    }
}

impl Judged {
    pub fn new(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self { verdict, score: None, reason: reason.into(), measurements: Vec::new() }
    }
}
