//! The fold itself.

use crate::plan::{Plan, Stage};
use crate::release::event::{Event, Record};
use crate::release::prepared::Told;
use crate::release::replay::ReplayError;
use crate::release::state::{Phase, State};

use super::{
    DecisionLine, DifferenceLine, FailureLine, JobLine, NoticeLine, PhaseLine, PluginLine, Report, RulesLine,
    ShapeLine, SignalLine, VerdictLine,
};

/// The report has the last ones; the journal has them all.
const MAX_DIFFERENCES: usize = 50;

pub(super) fn report(records: &[Record]) -> Result<Report, ReplayError> {
    let (first, rest) = records.split_first().ok_or(ReplayError::Empty)?;
    let mut state = State::begin(first)?;
    let mut report = empty(&state);
    for record in rest {
        add(&mut report, record, &state);
        state.apply(record)?;
        follow(&mut report.phases, &state);
    }
    report.last_at = state.at;
    report.outcome = state.outcome();
    if let Phase::Ended { reason, .. } = &state.phase {
        report.reason = reason.clone();
    }
    report.waiting_for = state.waiting().map(|waiting| waiting.what);
    Ok(report)
}

fn empty(state: &State) -> Report {
    let plan: &Plan = &state.plan;
    let plugin = |used: &crate::plan::PluginUse| PluginLine {
        place: used.name.clone(),
        name: used.pin.name.clone(),
        version: used.pin.version.clone(),
        digest: used.pin.digest.clone(),
        source: used.pin.source.clone(),
    };
    Report {
        release: state.release.clone(),
        service: plan.about.service.clone(),
        environment: plan.about.environment.clone(),
        labels: plan.about.labels.clone(),
        candidate: plan.candidate.version.clone(),
        stable: plan.stable.as_ref().map(|stable| stable.version.clone()),
        who: plan.about.who.clone(),
        comment: plan.about.comment.clone(),
        rehearsal: plan.stages.rehearsal,
        changelog: plan.stages.record.changelog.clone(),
        tickets: plan.stages.record.tickets.clone(),
        plan_digest: plan.digest(),
        plugins: plan.plugins().map(plugin).collect(),
        policies: plan.policies.documents.iter().map(|document| document.source.clone()).collect(),
        started_at: state.started_at,
        last_at: state.at,
        outcome: None,
        reason: String::new(),
        waiting_for: None,
        phases: vec![PhaseLine { name: "admission", from: state.started_at, to: state.started_at }],
        shapes: Vec::new(),
        verdicts: Vec::new(),
        decisions: Vec::new(),
        rules: Vec::new(),
        explanations: Vec::new(),
        signals: Vec::new(),
        failures: Vec::new(),
        differences: Vec::new(),
        findings: Vec::new(),
        jobs: Vec::new(),
        notices: Vec::new(),
        charts: Default::default(),
    }
}

/// Goes on with what the release is busy with, in the words of the three stages.
fn follow(phases: &mut Vec<PhaseLine>, state: &State) {
    let name = match &state.phase {
        Phase::Ended { .. } | Phase::Finishing { .. } => None,
        Phase::Admission { .. } => Some("admission"),
        Phase::Preparing(_) => Some("prepare"),
        Phase::Testing => Some(state.stage().map_or("test", Stage::name)),
        Phase::Retreating(_) => Some("way back"),
        Phase::Moving(moving) if moving.back.is_some() => Some("way back"),
        _ if state.stage() == Some(Stage::Preview) => Some("smoke tests"),
        _ if state.after => Some("monitor"),
        _ => Some("release"),
    };
    let Some(last) = phases.last_mut() else { return };
    last.to = state.at;
    if let Some(name) = name.filter(|name| *name != last.name) {
        phases.push(PhaseLine { name, from: state.at, to: state.at });
    }
}

/// The step that an intent is for; `state` is the one before it.
fn step_of(state: &State) -> String {
    match &state.phase {
        Phase::Cleared { step: Some(step), .. } => step.name.clone(),
        Phase::Gated | Phase::Between(_) => {
            state.step.as_ref().map_or_else(String::new, |step| step.step.name.clone())
        }
        _ => String::new(),
    }
}

/// Adds what one record says; `state` is the state before it.
fn add(report: &mut Report, record: &Record, state: &State) {
    let at = record.at;
    let mut fail = |of: &str, what: &str| {
        report.failures.push(FailureLine { at, of: of.to_owned(), what: what.to_owned() });
    };
    match &record.event {
        Event::PluginFailed { place, error } => fail(place, error),
        Event::ShapeFailed { error, .. } => fail("target", error),
        Event::ShapeAwaited { waits_for, .. } => fail("target", &format!("waits for {waits_for}")),
        Event::Observed { set } => {
            report.charts.observed(at, set);
            set.failures.iter().for_each(|failure| fail("observation", failure));
            let new = set.differences.iter().cloned();
            report.differences.extend(new.map(|difference| DifferenceLine { at, difference }));
            let too_many = report.differences.len().saturating_sub(MAX_DIFFERENCES);
            report.differences.drain(..too_many);
        }
        Event::ShapeIntended { shape, purpose, .. } => {
            let (shape, purpose) = (shape.clone(), purpose.clone());
            let step = step_of(state);
            report.shapes.push(ShapeLine { intended_at: at, in_effect_at: None, purpose, step, shape });
        }
        Event::ShapeApplied { .. } => {
            if let Some(line) = report.shapes.last_mut() {
                line.in_effect_at = Some(at);
            }
        }
        Event::Judged { judgement } => {
            report.charts.judged(at, judgement);
            let step = state.step.as_ref().map_or_else(String::new, |step| step.step.name.clone());
            report.verdicts.push(VerdictLine { at, step, judgement: judgement.clone() });
        }
        Event::Decided { decision } => report.decisions.push(DecisionLine { at, decision: decision.clone() }),
        Event::PoliciesEvaluated { moment, outcomes, .. } => {
            report.rules.push(RulesLine { at, moment: *moment, outcomes: outcomes.clone() });
        }
        Event::Signalled { signal, who, comment } => {
            let (signal, who, comment) = (signal.clone(), who.clone(), comment.clone());
            report.signals.push(SignalLine { at, signal, who, comment });
        }
        Event::Prepared { findings } => report.findings.extend(findings.iter().cloned()),
        Event::Notified { occasion, told, .. } => {
            let line = |told: &Told| NoticeLine { at, occasion: *occasion, told: told.clone() };
            report.notices.extend(told.iter().map(line));
        }
        Event::JobEnded { stage, job, attempt, result } => {
            let kind = state.plan.stages.job(*stage, job).map_or_else(String::new, |job| job.kind.clone());
            let (stage, job, attempt, result) = (*stage, job.clone(), *attempt, (**result).clone());
            report.jobs.push(JobLine { at, stage, job, kind, attempt, result });
        }
        Event::Planned { .. }
        | Event::JobStarted { .. }
        | Event::EngineStarted { .. }
        | Event::StrategyAnswered { .. }
        | Event::ShapeAccepted { .. }
        | Event::RollbackAnswered { .. }
        | Event::Ended { .. } => {}
    }
}
