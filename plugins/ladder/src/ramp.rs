//! A share that rises by steps of its own: larger while checks pass, the surer the larger; the least after a warning.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_sdk::{Call, Problem, Verdict, Weight};

use crate::Step;

/// A share that rises faster the surer the checks are, and slowly after a warning.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Ramp {
    /// The candidate's first share.
    pub from: Weight,
    /// The candidate's last share.
    #[serde(default = "all")]
    pub to: Weight,
    /// The least percentage points of one step: the first one, and each after a warning.
    pub least: Weight,
    /// The most percentage points of one step.
    pub most: Weight,
}

/// How far a ramp is: kept between the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ramped {
    weight: u16,
    size: u16,
}

/// The most steps that a ramp may come to if every check warns.
const MOST_STEPS: u16 = 200;

fn all() -> Weight {
    Weight::ALL
}

impl Ramp {
    /// The step after so many, and why it is as large as it is; nothing after the last.
    pub(crate) fn next(&self, climbed: usize, call: &Call, ramped: &mut Ramped) -> Option<(Step, String)> {
        if climbed == 0 {
            *ramped = Ramped { weight: self.from.get(), size: self.least.get() };
            return Some((Step::bare(self.from), format!("the ramp begins with {}", self.from)));
        }
        if ramped.weight >= self.to.get() {
            return None;
        }
        let (size, why) = self.size(ramped.size, call);
        let weight = ramped.weight.saturating_add(size).min(self.to.get());
        let rise = Weight::per_mille(weight - ramped.weight);
        *ramped = Ramped { weight, size };
        let points = rise.to_string().replace(" %", "");
        Some((Step::bare(Weight::per_mille(weight)), format!("by {points} points: {why}")))
    }

    /// The size of the next step, within both bounds.
    fn size(&self, before: u16, call: &Call) -> (u16, String) {
        let (least, most) = (self.least.get(), self.most.get());
        let judged = call.judgements();
        let warns = judged.iter().find(|one| one.verdict == Verdict::Warn);
        if let Some(warns) = warns {
            return (least, format!("the least, as check {} warns: {}", warns.check, warns.reason));
        }
        if judged.is_empty() {
            return (least, "the least, as there is no check to be sure by".into());
        }
        // From the same size with no confidence at all to the double with a full one.
        let sure = judged.iter().filter_map(|one| one.score).fold(1.0_f64, f64::min).clamp(0.0, 1.0);
        let size = ((f64::from(before) * (1.0 + sure)).round() as u16).clamp(least, most);
        let score = if sure < 1.0 { format!(", the least score is {sure:.2}") } else { String::new() };
        let bound = if size == most { ", the most" } else { "" };
        (size, format!("{} passed{score}{bound}", checks(judged.len())))
    }

    pub(crate) fn problems(&self, place: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut problem = |key: &str, message: String| {
            problems.push(Problem::new(format!("{place}/{key}"), message));
        };
        if self.from == Weight::NONE {
            problem("from", "the first step must give the candidate some traffic".into());
        }
        if self.to <= self.from {
            problem("to", format!("{} is not above the {} that it begins with", self.to, self.from));
        }
        if self.least == Weight::NONE {
            problem("least", "a step must be above 0".into());
        }
        if self.most < self.least {
            problem("most", format!("{} is below the least of {}", self.most, self.least));
        }
        let steps = self.to.get().saturating_sub(self.from.get()) / self.least.get().max(1);
        if steps > MOST_STEPS {
            let message =
                format!("the ramp may take {steps} steps of {}, more than {MOST_STEPS}", self.least);
            problem("least", message);
        }
        problems
    }
}

fn checks(count: usize) -> String {
    if count == 1 { "the check".into() } else { format!("all {count} checks") }
}
