//! Decisions that come before all else: a person's wish to end, a rollback, a passed deadline.

use crate::model::policy::RuleResult;
use crate::model::verdict::Verdict;
use crate::plan::Stage;

use super::decision::{DEADLINE, Decision, DecisionKind, OVERRIDE, Reason};
use super::event::RollbackAnswer;
use super::state::{Abort, Answer, Between, Move, Phase, State};

/// Tries of one shape before the release turns back.
pub const MAX_FAILURES: u32 = 5;

/// The decision that is due now, if any.
pub(super) fn due(state: &State, now: u64) -> Option<Decision> {
    if !state.turnable() {
        return None;
    }
    if let Some(wish) = &state.abort {
        return Some(abort(wish));
    }
    admission(state)
        .or_else(|| state.preparation(now))
        .or_else(|| jobs(state, now))
        .or_else(|| refused_override(state))
        .or_else(|| failed_move(state))
        .or_else(|| rollback_answer(state))
        .or_else(|| state.held_rehearsal())
        .or_else(|| deadline(state, now))
}

fn abort(wish: &Abort) -> Decision {
    let reason = match wish {
        Abort::Person(word) => {
            let text = if word.comment.is_empty() { "asked to abort" } else { &word.comment };
            Reason::new(format!("operator {}", word.who), text)
        }
        Abort::Strategy(reason) => Reason::new("strategy", reason),
        Abort::Target(reason) => Reason::new("target", reason),
    };
    Decision { kind: DecisionKind::Abort, about: "release".to_owned(), reasons: vec![reason] }
}

fn admission(state: &State) -> Option<Decision> {
    let Phase::Admission { outcomes: Some(outcomes) } = &state.phase else { return None };
    let refusals = refusals(outcomes);
    let about = "admission".to_owned();
    if refusals.is_empty() {
        let reasons = vec![allowed_by(outcomes)];
        return Some(Decision { kind: DecisionKind::Proceed, about, reasons });
    }
    Some(Decision { kind: DecisionKind::Abort, about, reasons: refusals })
}

/// A failed job ends what was not begun, and turns back what was. Tests that have passed open the way.
fn jobs(state: &State, now: u64) -> Option<Decision> {
    let testing = state.phase == Phase::Testing;
    let reasons = state.failed_jobs(now);
    let about = if testing { "test" } else { "smoke test" }.to_owned();
    if !reasons.is_empty() {
        let kind = if testing { DecisionKind::Abort } else { DecisionKind::RollBack };
        return Some(Decision { kind, about, reasons });
    }
    let reasons = state.passed_jobs(&[Stage::Approvals, Stage::Test]);
    (testing && state.stage().is_none()).then_some(Decision { kind: DecisionKind::Proceed, about, reasons })
}

fn refused_override(state: &State) -> Option<Decision> {
    let refused = &state.overrides.iter().find(|one| one.allowed == Some(false))?.refused;
    let about = OVERRIDE.to_owned();
    Some(Decision { kind: DecisionKind::Hold, about, reasons: refused.clone() })
}

fn failed_move(state: &State) -> Option<Decision> {
    let Phase::Moving(Move { failures, failed: Some((error, last)), .. }) = &state.phase else { return None };
    let hopeless = *last || *failures >= MAX_FAILURES;
    hopeless.then(|| roll_back(state, vec![Reason::new("target", error.clone())]))
}

fn rollback_answer(state: &State) -> Option<Decision> {
    if !state.round_complete() {
        return None;
    }
    let reason = match &state.round.answer {
        Some(Answer::Given(RollbackAnswer::RollBack { reason, .. })) => {
            Reason::new("rollback", reason.clone())
        }
        Some(Answer::Failed(error)) if has_failed_verdict(state) => {
            Reason::new("rollback", format!("a check failed, and nobody could be asked: {error}"))
        }
        _ => return None,
    };
    let mut reasons = vec![reason];
    reasons.extend(state.failing());
    Some(roll_back(state, reasons))
}

fn has_failed_verdict(state: &State) -> bool {
    state.round.judged.values().any(|judgement| judgement.verdict == Verdict::Fail)
}

fn deadline(state: &State, now: u64) -> Option<Decision> {
    let clock = state.clock(now);
    let deadlines = &state.plan.deadlines;
    if let Some(pause) = &state.paused {
        let passed = now >= pause.by.at.saturating_add(deadlines.pause_ms);
        let text = format!("paused by {} and not taken up again in time", pause.by.who);
        return passed.then(|| roll_back(state, vec![Reason::new(DEADLINE, text)]));
    }
    let reasons = match &state.phase {
        Phase::Moving(moving) => overdue(state, moving, clock)
            .or_else(|| moving.then.as_ref().and_then(|then| passed(state, then, now)))?,
        phase => passed(state, phase, now)?,
    };
    Some(roll_back(state, reasons))
}

/// Why the deadline of a gate or of a held step has passed, if it has.
fn passed(state: &State, phase: &Phase, now: u64) -> Option<Vec<Reason>> {
    let clock = state.clock(now);
    match phase {
        Phase::Gated => {
            let gate = state.gate(now)?;
            if now < gate.deadline_at {
                return None;
            }
            let mut reasons = vec![Reason::new(DEADLINE, "the gate did not close in time")];
            // Between two rounds, what the last one said is what held it.
            let judged = state.round_complete() || !state.round.judged.is_empty();
            reasons.extend(if judged { Vec::new() } else { state.failing_before() });
            reasons.extend(gate.waiting_for());
            Some(reasons)
        }
        Phase::Between(Between { since, held, .. })
            if clock >= since.saturating_add(state.plan.deadlines.hold_ms) =>
        {
            let mut reasons = vec![Reason::new(DEADLINE, "held for too long")];
            reasons.extend(held.iter().cloned());
            Some(reasons)
        }
        _ => None,
    }
}

fn overdue(state: &State, moving: &Move, clock: u64) -> Option<Vec<Reason>> {
    let late = clock > moving.since.saturating_add(state.plan.deadlines.apply_ms);
    let failed = moving.failed.as_ref().map(|(error, _)| Reason::new("target", error.clone()));
    let waits = moving.waits.as_ref().map(|(what, _)| Reason::new("target", format!("it waits for {what}")));
    let deadline = Reason::new(DEADLINE, "the shape was not in effect in time");
    late.then(|| [deadline].into_iter().chain(failed.or(waits)).collect())
}

fn roll_back(state: &State, reasons: Vec<Reason>) -> Decision {
    let about = state.step.as_ref().map_or("release", |step| step.step.name.as_str()).to_owned();
    Decision { kind: DecisionKind::RollBack, about, reasons }
}

/// That no rule refuses, as a reason.
pub(super) fn allowed_by(outcomes: &[crate::model::policy::RuleOutcome]) -> Reason {
    let asked = match outcomes.iter().filter(|one| one.result != RuleResult::Skipped).count() {
        0 => "no rule binds".to_owned(),
        1 => "1 rule asked, and it does not refuse".to_owned(),
        count => format!("{count} rules asked, none refuses"),
    };
    Reason::new("policy", asked)
}

/// The rules that refuse, as reasons.
pub(super) fn refusals(outcomes: &[crate::model::policy::RuleOutcome]) -> Vec<Reason> {
    let refusing = outcomes.iter().filter(|outcome| outcome.refuses());
    refusing.map(|one| Reason::new(one.name(), one.message.clone())).collect()
}
