//! The record of a release, as a fold over its events: every verdict with its values, every decision with its
//! reasons.

pub mod charts;
mod collect;
mod compare;
mod html;
mod markdown;
mod stages;
pub mod time;
mod timeline;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::difference::Difference;
use crate::model::policy::{Moment, RuleOutcome};
use crate::model::shape::Shape;
use crate::model::verdict::Judgement;
use crate::plan::{Occasion, Stage};
use crate::release::decision::{Decision, Outcome};
use crate::release::event::{Purpose, Record, Signal};
use crate::release::jobs::JobResult;
use crate::release::prepared::{Finding, Told};
use crate::release::replay::ReplayError;

pub use compare::{Comparison, Measured, PlanDifference, Side, Spread, StepTimes, Verdicts};

/// The record of one release.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    pub release: String,
    pub service: String,
    pub environment: String,
    pub labels: BTreeMap<String, String>,
    pub candidate: String,
    pub stable: Option<String>,
    pub who: String,
    pub comment: String,
    /// Whether it only tried the first step's instances and the way back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub rehearsal: bool,
    /// Where to read what has changed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub changelog: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tickets: Vec<String>,
    pub plan_digest: String,
    /// Each plugin by its place, as pinned.
    pub plugins: Vec<PluginLine>,
    pub policies: Vec<String>,
    pub started_at: u64,
    /// Time of the last record.
    pub last_at: u64,
    /// Nothing while the release is open.
    pub outcome: Option<Outcome>,
    pub reason: String,
    /// What the release waits for, while it is open.
    pub waiting_for: Option<String>,
    /// What the release was busy with, one after the other.
    pub phases: Vec<PhaseLine>,
    pub shapes: Vec<ShapeLine>,
    pub verdicts: Vec<VerdictLine>,
    pub decisions: Vec<DecisionLine>,
    pub rules: Vec<RulesLine>,
    /// Why rules refused: each the last time that it did. Whoever can ask them again fills it in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub explanations: Vec<ExplanationLine>,
    pub signals: Vec<SignalLine>,
    pub failures: Vec<FailureLine>,
    /// The last examples of differences between stable's answers and the shadow's.
    pub differences: Vec<DifferenceLine>,
    /// What was looked at before anything was done.
    pub findings: Vec<Finding>,
    /// Every try of every job that has ended.
    pub jobs: Vec<JobLine>,
    pub notices: Vec<NoticeLine>,
    /// What the checks saw over time; the journal has it value by value.
    #[serde(skip)]
    pub charts: charts::Charts,
}

/// A time in which the release was busy with one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PhaseLine {
    pub name: &'static str,
    pub from: u64,
    pub to: u64,
}

/// A try of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct JobLine {
    pub at: u64,
    pub stage: Stage,
    pub job: String,
    pub kind: String,
    pub attempt: u32,
    pub result: JobResult,
}

/// Somebody who was told of something, or was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct NoticeLine {
    pub at: u64,
    pub occasion: Occasion,
    pub told: Told,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PluginLine {
    pub place: String,
    pub name: String,
    pub version: String,
    pub digest: String,
    pub source: String,
}

/// A shape that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ShapeLine {
    pub intended_at: u64,
    /// Nothing if it never was in effect.
    pub in_effect_at: Option<u64>,
    pub purpose: Purpose,
    /// The step that it is for; empty on the way back, and where it is promoted.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub step: String,
    pub shape: Shape,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct VerdictLine {
    pub at: u64,
    /// The step in effect.
    pub step: String,
    pub judgement: Judgement,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DecisionLine {
    pub at: u64,
    pub decision: Decision,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RulesLine {
    pub at: u64,
    pub moment: Moment,
    pub outcomes: Vec<RuleOutcome>,
}

/// A rule that refused, with the values of its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExplanationLine {
    pub at: u64,
    pub moment: Moment,
    pub outcome: RuleOutcome,
    /// The rule as it is written, with what each part of it came to underneath.
    pub drawn: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct SignalLine {
    pub at: u64,
    pub signal: Signal,
    pub who: String,
    pub comment: String,
}

/// Something that went wrong outside: a plugin, the target, a source of metrics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct FailureLine {
    pub at: u64,
    pub of: String,
    pub what: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DifferenceLine {
    pub at: u64,
    pub difference: Difference,
}

impl Report {
    /// Folds a journal.
    pub fn of(records: &[Record]) -> Result<Self, ReplayError> {
        collect::report(records)
    }

    /// As Markdown; with the pictures that lie beside it, by their names, where there are some.
    pub fn markdown(&self, pictures: &[&str]) -> String {
        markdown::write(self, pictures)
    }

    /// As a page for a browser, with its pictures in it.
    pub fn html(&self) -> String {
        html::write(self)
    }

    /// A picture of what the checks saw over time, as SVG.
    pub fn plots(&self) -> String {
        timeline::plots(self)
    }

    /// A picture of the release over time, as SVG.
    pub fn timeline(&self) -> String {
        timeline::draw(self)
    }
}
