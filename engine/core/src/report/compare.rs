//! Two releases beside one another: what their plans have not in common, how long each step took, what was measured
//! and said in it, what was decided.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::{Report, ShapeLine};
use crate::plan::Plan;
use crate::release::decision::{Outcome, Reason};
use crate::release::event::{Event, Purpose, Record};
use crate::release::replay::ReplayError;

/// Two releases beside one another. Each pair is of the first and of the second.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Comparison {
    pub releases: [Side; 2],
    /// Places in the plan that differ.
    pub plan: Vec<PlanDifference>,
    /// Differences of the plan beyond those that are told.
    pub plan_left_out: usize,
    /// Steps in the order of the first release, then those that only the second has.
    pub steps: Vec<StepTimes>,
    pub verdicts: Vec<Verdicts>,
    pub measured: Vec<Measured>,
    /// Every decision with what came first among its reasons.
    pub decisions: [Vec<String>; 2],
}

/// One of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Side {
    pub release: String,
    pub service: String,
    pub candidate: String,
    pub stable: Option<String>,
    pub who: String,
    pub started_at: u64,
    pub took_ms: u64,
    /// Nothing while it is open.
    pub outcome: Option<Outcome>,
    pub reason: String,
}

/// A place in the plan; nothing where a plan has no such place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanDifference {
    pub place: String,
    pub values: [Option<String>; 2],
}

/// How long a step was in effect; nothing where a release did not come to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StepTimes {
    pub step: String,
    pub took_ms: [Option<u64>; 2],
}

/// How often a check gave which verdict in a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdicts {
    pub step: String,
    pub check: String,
    pub counts: [BTreeMap<String, u64>; 2],
}

/// What one check measured under one name in a step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    pub step: String,
    pub check: String,
    pub name: String,
    pub values: [Option<Spread>; 2],
}

/// The values of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    pub least: f64,
    pub mean: f64,
    pub most: f64,
    pub rounds: u64,
}

/// What follows from the rest, or is another in every plan and says nothing.
const IN_EVERY_PLAN: [&str; 3] = ["seed", "candidate.id", "stable.id"];
const MAX_DIFFERENCES: usize = 100;
const MAX_VALUE: usize = 120;

impl Comparison {
    /// Compares two journals.
    pub fn of(one: &[Record], other: &[Record]) -> Result<Self, ReplayError> {
        let reports = [Report::of(one)?, Report::of(other)?];
        let mut plan = differences(plan(one), plan(other));
        let plan_left_out = plan.len().saturating_sub(MAX_DIFFERENCES);
        plan.truncate(MAX_DIFFERENCES);
        let steps = step_times(&reports);
        let order: Vec<&str> = steps.iter().map(|one| one.step.as_str()).collect();
        let (verdicts, measured) = (verdicts(&reports, &order), measured(&reports, &order));
        let decisions = [decisions(&reports[0]), decisions(&reports[1])];
        let releases = reports.map(side);
        Ok(Self { releases, plan, plan_left_out, steps, verdicts, measured, decisions })
    }
}

fn side(report: Report) -> Side {
    let waits = report.waiting_for.map(|waiting| format!("waits for {waiting}"));
    Side {
        release: report.release,
        service: report.service,
        candidate: report.candidate,
        stable: report.stable,
        who: report.who,
        started_at: report.started_at,
        took_ms: report.last_at.saturating_sub(report.started_at),
        outcome: report.outcome,
        reason: waits.unwrap_or(report.reason),
    }
}

fn plan(records: &[Record]) -> Option<&Plan> {
    records.first().and_then(|record| match &record.event {
        Event::Planned { plan, .. } => Some(plan.as_ref()),
        _ => None,
    })
}

fn differences(one: Option<&Plan>, other: Option<&Plan>) -> Vec<PlanDifference> {
    let leaves = |plan: Option<&Plan>| {
        let mut leaves = BTreeMap::new();
        let value = plan.and_then(|plan| serde_json::to_value(plan).ok()).unwrap_or_default();
        flatten(&value, String::new(), &mut leaves);
        leaves
    };
    let (one, other) = (leaves(one), leaves(other));
    let places: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let told = |place: &&String| !IN_EVERY_PLAN.contains(&place.as_str());
    let differ = places.into_iter().filter(told).filter(|place| one.get(*place) != other.get(*place));
    let value = |leaves: &BTreeMap<String, String>, place: &String| leaves.get(place).map(|text| whole(text));
    differ
        .map(|place| PlanDifference {
            place: place.clone(),
            values: [value(&one, place), value(&other, place)],
        })
        .collect()
}

/// Every value that holds no others, by its place: `strategy.config.steps.0`.
fn flatten(value: &Value, place: String, leaves: &mut BTreeMap<String, String>) {
    let below = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| flatten(value, below(name), leaves)),
        Value::Array(list) => {
            let named = |(index, value): (usize, &Value)| flatten(value, below(&index.to_string()), leaves);
            list.iter().enumerate().for_each(named);
        }
        Value::String(text) => drop(leaves.insert(place, text.clone())),
        other => drop(leaves.insert(place, other.to_string())),
    }
}

/// A value as it is, or by its digest where it is long: two long ones may begin alike.
fn whole(text: &str) -> String {
    if text.chars().nth(MAX_VALUE).is_none() {
        return text.to_owned();
    }
    let digest = crate::plan::digest(text.as_bytes());
    let short: String = digest.chars().take("sha256:".len() + 12).collect();
    format!("{} letters, {short}", text.chars().count())
}

fn step_times(reports: &[Report; 2]) -> Vec<StepTimes> {
    let mut steps: Vec<StepTimes> = Vec::new();
    for (side, report) in reports.iter().enumerate() {
        for (step, took) in times(report) {
            let known = steps.iter().position(|one| one.step == step);
            let index = known.unwrap_or_else(|| {
                steps.push(StepTimes { step, took_ms: [None, None] });
                steps.len() - 1
            });
            *steps[index].took_ms[side].get_or_insert(0) += took;
        }
    }
    steps
}

/// Each step from when it was in effect until another shape took its place.
fn times(report: &Report) -> Vec<(String, u64)> {
    let places = |line: &&ShapeLine| !matches!(line.purpose, Purpose::Grow | Purpose::Repair);
    let all: Vec<&ShapeLine> = report.shapes.iter().filter(places).collect();
    let until = |index: usize| all[index + 1..].iter().find_map(|next| next.in_effect_at);
    let took = |(index, line): (usize, &&ShapeLine)| {
        let to = until(index).unwrap_or(report.last_at);
        Some((line.step.clone(), to.saturating_sub(line.in_effect_at?)))
    };
    all.iter().enumerate().filter(|(_, line)| !line.step.is_empty()).filter_map(took).collect()
}

fn verdicts(reports: &[Report; 2], order: &[&str]) -> Vec<Verdicts> {
    let mut counts: BTreeMap<(usize, String, String), [BTreeMap<String, u64>; 2]> = BTreeMap::new();
    for (side, report) in reports.iter().enumerate() {
        for line in &report.verdicts {
            let key = (rank(order, &line.step), line.step.clone(), line.judgement.check.clone());
            *counts.entry(key).or_default()[side].entry(line.judgement.verdict.to_string()).or_default() += 1;
        }
    }
    counts.into_iter().map(|((_, step, check), counts)| Verdicts { step, check, counts }).collect()
}

fn measured(reports: &[Report; 2], order: &[&str]) -> Vec<Measured> {
    let mut spreads: BTreeMap<(usize, String, String, String), [Option<Spread>; 2]> = BTreeMap::new();
    for (side, report) in reports.iter().enumerate() {
        for line in &report.verdicts {
            for one in &line.judgement.measurements {
                let Some(value) = one.value.filter(|value| value.is_finite()) else { continue };
                let check = line.judgement.check.clone();
                let key = (rank(order, &line.step), line.step.clone(), check, one.name.clone());
                let spread = &mut spreads.entry(key).or_default()[side];
                *spread = Some(spread.map_or(Spread::of(value), |spread| spread.with(value)));
            }
        }
    }
    let measured = |((_, step, check, name), values)| Measured { step, check, name, values };
    spreads.into_iter().map(measured).collect()
}

fn rank(order: &[&str], step: &str) -> usize {
    order.iter().position(|one| *one == step).unwrap_or(order.len())
}

impl Spread {
    fn of(value: f64) -> Self {
        Self { least: value, mean: value, most: value, rounds: 1 }
    }

    fn with(self, value: f64) -> Self {
        let rounds = self.rounds + 1;
        let mean = self.mean + (value - self.mean) / rounds as f64;
        Self { least: self.least.min(value), mean, most: self.most.max(value), rounds }
    }
}

fn decisions(report: &Report) -> Vec<String> {
    let decision = |line: &super::DecisionLine| {
        let decision = &line.decision;
        let reason = decision.reasons.first().map(Reason::to_string).unwrap_or_default();
        shown(&format!("{} {}: {reason}", decision.kind, decision.about))
    };
    report.decisions.iter().map(decision).collect()
}

fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(MAX_VALUE).collect();
    if text.chars().nth(MAX_VALUE).is_some() {
        shown.push('…');
    }
    shown
}
