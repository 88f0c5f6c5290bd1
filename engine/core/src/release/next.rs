//! What to do next: a pure function of the state and the time.
//!
//! A record that the core itself decides comes alone, and first. Otherwise the effects are in order of
//! urgency; after any that led to an event the rest is to be asked for anew.

use crate::model::policy::{Moment, RuleResult};
use crate::model::shape::Shape;
use crate::plan::{Kind, Stage};

use super::decision::{Decision, DecisionKind, Outcome, Reason};
use super::due::{allowed_by, due};
use super::effect::Effect;
use super::event::{Event, Purpose};
use super::first;
use super::state::{Between, Move, NextUp, Phase, Retreating, State, Word};

/// What to do next.
pub fn next(state: &State, now: u64) -> Vec<Effect> {
    if let (Some(word), None) = (&state.abandoned, state.outcome()) {
        return record(abandoned(word));
    }
    if let Some(decision) = due(state, now) {
        return decide(decision);
    }
    if state.turnable() && state.override_to_judge().is_some() {
        let proposed = Some(state.promoted_shape());
        return vec![Effect::EvaluatePolicies { moment: Moment::Override, proposed }];
    }
    if let Some(event) = state.job_to_start() {
        return record(event);
    }
    let mut effects = state.aside();
    let rest = in_phase(state, now);
    // The end is recorded once those who want to know of it were told.
    let ends = matches!(rest.as_slice(), [Effect::Record(event)] if matches!(**event, Event::Ended { .. }));
    match rest.as_slice() {
        [Effect::Record(_)] if !ends || effects.is_empty() => rest,
        _ if ends => effects,
        _ => {
            effects.extend(rest);
            effects
        }
    }
}

fn in_phase(state: &State, now: u64) -> Vec<Effect> {
    match &state.phase {
        Phase::Admission { outcomes: None } => {
            vec![Effect::EvaluatePolicies { moment: Moment::Admission, proposed: None }]
        }
        // With outcomes the decision is due, and was returned above.
        Phase::Admission { outcomes: Some(_) } | Phase::Ended { .. } => Vec::new(),
        Phase::Preparing(preparing) if preparing.findings.is_none() => vec![Effect::Prepare],
        Phase::Preparing(_) => Vec::new(),
        Phase::Testing => vec![Effect::Wait { until: now + state.plan.metrics.interval_ms }],
        Phase::Between(between) => next_between(state, between, now),
        Phase::Cleared { shape, purpose, .. } => next_cleared(state, shape, purpose, now),
        Phase::Moving(moving) => next_moving(state, moving, now),
        Phase::Gated => next_gated(state, now),
        Phase::Retreating(back) => next_retreating(state, back, now),
        Phase::Finishing { outcome, reason } => {
            record(Event::Ended { outcome: *outcome, reason: reason.clone() })
        }
    }
}

fn abandoned(word: &Word) -> Event {
    let why = if word.comment.is_empty() { "asked to abandon it" } else { &word.comment };
    let reason = format!("operator {}: {why}; the target was left as it is", word.who);
    Event::Ended { outcome: Outcome::Abandoned, reason }
}

fn next_between(state: &State, between: &Between, now: u64) -> Vec<Effect> {
    let about = between.about();
    if let Some(effects) = round_under_way(state, now) {
        return effects;
    }
    if let Some(effects) = repair(state, about, now) {
        return effects;
    }
    if state.stage().is_some() {
        return idle(state, now, now + state.plan.metrics.interval_ms);
    }
    if state.paused.is_some() || state.clock(now) < between.retry_at {
        if !between.held.is_empty() && !state.already_held(about, &between.held) {
            return decide(hold(about, between.held.clone()));
        }
        let retry_at = between.retry_at + state.idle_ms;
        let until = if state.paused.is_some() { now + state.plan.metrics.interval_ms } else { retry_at };
        return idle(state, now, until);
    }
    let shape = match &between.next {
        NextUp::Strategy if state.plan.kind == Kind::First => return record(first::answer(state)),
        NextUp::Strategy => return vec![Effect::AskStrategy],
        NextUp::Step(step) => step.shape.clone(),
        NextUp::Promotion => state.promoted_shape(),
    };
    let objections = state.objections_to(&shape, now);
    if !objections.is_empty() {
        return stand_still(state, about, objections, now);
    }
    match &between.allowed {
        None => vec![Effect::EvaluatePolicies { moment: between.moment(), proposed: Some(shape) }],
        Some(_) => decide(proceed(about, state.grounds())),
    }
}

fn next_cleared(state: &State, shape: &Shape, purpose: &Purpose, now: u64) -> Vec<Effect> {
    // Too long ago, or the engine was away: the clearance falls with the next observation.
    if !state.objections_to(shape, now).is_empty() {
        return vec![Effect::Observe];
    }
    // Instances take their time to start, in which a verdict may change: traffic moves only once they are there.
    if let (Purpose::Step | Purpose::Promote, Some(grown)) = (purpose, state.shape.grown_for(shape)) {
        return record(intent(state, grown, Purpose::Grow));
    }
    record(intent(state, shape.clone(), purpose.clone()))
}

fn next_moving(state: &State, moving: &Move, now: u64) -> Vec<Effect> {
    let clock = state.clock(now);
    if moving.failed.is_some() && clock < moving.retry_at {
        return watch(state, now, moving.retry_at + state.idle_ms, state.turnable());
    }
    // The order may be an old one: it failed, or the engine was away. What it was decided on must still hold.
    if !moving.accepted && kept_back(state, moving, now) {
        return watch(state, now, now + state.plan.metrics.interval_ms, true);
    }
    let overdue = clock > moving.since.saturating_add(state.plan.deadlines.apply_ms);
    let mut effects = Vec::new();
    if !moving.accepted || overdue {
        let (key, shape) = (moving.key.clone(), moving.shape.clone());
        effects.push(Effect::Apply {
            generation: moving.generation,
            key,
            shape,
            purpose: moving.purpose.clone(),
        });
    }
    if moving.accepted {
        effects.push(Effect::AwaitShape { generation: moving.generation });
        if state.turnable() && state.step.is_some() {
            effects.extend(
                round_under_way(state, now).or_else(|| round_if_due(state, now)).into_iter().flatten(),
            );
        }
    }
    effects
}

/// Whether an order that goes forward must wait: somebody paused, or no good and fresh verdicts carry it.
fn kept_back(state: &State, moving: &Move, now: u64) -> bool {
    let forward = moving.purpose == Purpose::Promote || moving.shape.exposes_more_than(&state.shape);
    forward && (state.paused.is_some() || !state.objections(now).is_empty())
}

fn next_gated(state: &State, now: u64) -> Vec<Effect> {
    if let Some(effects) = round_under_way(state, now) {
        return effects;
    }
    let (Some(gate), Some(step)) = (state.gate(now), state.step.as_ref()) else { return Vec::new() };
    let name = step.step.name.as_str();
    if let Some(effects) = repair(state, name, now) {
        return effects;
    }
    if state.paused.is_none() && gate.closed() {
        return decide(proceed(name, state.grounds()));
    }
    let waits = gate.only_approval_missing() && gate.approval_missing && state.paused.is_none();
    if waits && !state.already_awaits(name) {
        let message =
            step.step.gate.approval.as_ref().map_or(String::new(), |approval| approval.message.clone());
        let reasons = vec![Reason::new("gate", message)];
        return decide(Decision { kind: DecisionKind::AwaitApproval, about: name.to_owned(), reasons });
    }
    let failing = state.failing();
    if state.round_fresh(now) && !failing.is_empty() {
        return stand_still(state, name, failing, now);
    }
    idle(state, now, gate.deadline_at)
}

/// Says that the target lost the shape in effect, and gives it again.
fn repair(state: &State, about: &str, now: u64) -> Option<Vec<Effect>> {
    if !state.lost(now) {
        return None;
    }
    let failing = state.failing();
    Some(match state.already_held(about, &failing) {
        false => decide(hold(about, failing)),
        true => record(intent(state, state.shape.clone(), Purpose::Repair)),
    })
}

fn next_retreating(state: &State, back: &Retreating, now: u64) -> Vec<Effect> {
    if !back.told {
        let proposed = Some(state.stable_shape());
        return vec![Effect::EvaluatePolicies { moment: Moment::Rollback, proposed }];
    }
    if state.touches_nothing() {
        return record(Event::Ended { outcome: back.outcome, reason: back.reason.clone() });
    }
    if state.clock(now) < back.until && state.abort.is_none() {
        return vec![Effect::Wait { until: back.until + state.idle_ms }];
    }
    match back.queue.first() {
        Some(retreat) if state.abort.is_none() => {
            record(intent(state, retreat.shape.clone(), Purpose::Retreat))
        }
        _ => record(intent(state, state.stable_shape(), Purpose::Restore)),
    }
}

/// Holds, and says so when that is news; looks again at the next interval.
fn stand_still(state: &State, about: &str, reasons: Vec<Reason>, now: u64) -> Vec<Effect> {
    if state.already_held(about, &reasons) || reasons.iter().all(|reason| reason.from == "engine") {
        idle(state, now, now + state.plan.metrics.interval_ms)
    } else {
        decide(hold(about, reasons))
    }
}

/// What is left of the round that has begun; nothing when it is complete.
fn round_under_way(state: &State, now: u64) -> Option<Vec<Effect>> {
    state.step.as_ref()?;
    if state.round_complete() {
        return None;
    }
    if state.round.observed.is_none() || !state.round_fresh(now) {
        return Some(vec![Effect::Observe]);
    }
    let unjudged = state.unjudged();
    if unjudged.is_empty() {
        return Some(vec![Effect::AskRollback]);
    }
    Some(unjudged.into_iter().map(|check| Effect::Judge { check: check.to_owned() }).collect())
}

/// A new round, when the last one is an interval old.
fn round_if_due(state: &State, now: u64) -> Option<Vec<Effect>> {
    state.step.as_ref()?;
    let due = state.next_round_at();
    (now >= due).then(|| vec![Effect::Observe])
}

/// Waits while a shape is on its way; what users have already is judged meanwhile, if it is to be.
fn watch(state: &State, now: u64, until: u64, judge: bool) -> Vec<Effect> {
    if !judge {
        return vec![Effect::Wait { until }];
    }
    round_under_way(state, now).unwrap_or_else(|| idle(state, now, until))
}

/// The next round when it is due, else a wait.
fn idle(state: &State, now: u64, until: u64) -> Vec<Effect> {
    if state.step.is_none() {
        return vec![Effect::Wait { until: until.max(now + 1) }];
    }
    round_if_due(state, now).unwrap_or_else(|| {
        let due = state.next_round_at();
        vec![Effect::Wait { until: if until > now { due.min(until) } else { due } }]
    })
}

fn intent(state: &State, shape: Shape, purpose: Purpose) -> Event {
    let generation = state.generation + 1;
    Event::ShapeIntended { generation, key: format!("{}/{generation}", state.release), shape, purpose }
}

fn proceed(about: &str, reasons: Vec<Reason>) -> Decision {
    Decision { kind: DecisionKind::Proceed, about: about.to_owned(), reasons }
}

fn hold(about: &str, reasons: Vec<Reason>) -> Decision {
    Decision { kind: DecisionKind::Hold, about: about.to_owned(), reasons }
}

fn decide(decision: Decision) -> Vec<Effect> {
    record(Event::Decided { decision })
}

fn record(event: Event) -> Vec<Effect> {
    vec![Effect::Record(Box::new(event))]
}

impl Between {
    /// What a decision taken here is about.
    pub(super) fn about(&self) -> &str {
        match &self.next {
            NextUp::Strategy => "strategy",
            NextUp::Step(step) => &step.name,
            NextUp::Promotion => "promotion",
        }
    }

    fn moment(&self) -> Moment {
        match &self.next {
            NextUp::Promotion => Moment::Promotion,
            NextUp::Strategy | NextUp::Step(_) => Moment::Shape,
        }
    }
}

impl State {
    /// Objections to a shape: none unless it would raise candidate exposure or promote.
    pub(super) fn objections_to(&self, shape: &Shape, now: u64) -> Vec<Reason> {
        let promotes = matches!(&self.phase, Phase::Cleared { purpose: Purpose::Promote, .. })
            || matches!(&self.phase, Phase::Between(Between { next: NextUp::Promotion, .. }));
        if promotes || shape.exposes_more_than(&self.shape) { self.objections(now) } else { Vec::new() }
    }

    /// When the next look is due.
    pub fn next_round_at(&self) -> u64 {
        self.round.observed.as_ref().map_or(0, |set| set.at + self.plan.metrics.interval_ms)
    }

    /// Whether the release can still be turned back by a decision.
    pub fn turnable(&self) -> bool {
        match &self.phase {
            Phase::Admission { .. } | Phase::Preparing(_) | Phase::Testing => true,
            Phase::Between(_) | Phase::Cleared { .. } | Phase::Gated => true,
            Phase::Moving(moving) => {
                let forward = [Purpose::Grow, Purpose::Step, Purpose::Repair, Purpose::Promote];
                forward.contains(&moving.purpose)
            }
            Phase::Retreating(_) | Phase::Finishing { .. } | Phase::Ended { .. } => false,
        }
    }

    /// Whether a way back has nothing to take back.
    pub(super) fn touches_nothing(&self) -> bool {
        self.generation == 0 && self.plan.kind != Kind::Restore
    }

    /// What going on rests on.
    fn grounds(&self) -> Vec<Reason> {
        let check = |judgement: &crate::model::verdict::Judgement| {
            let text = format!("{}: {}", judgement.verdict, judgement.reason);
            Reason::new(format!("check {}", judgement.check), text)
        };
        let mut reasons: Vec<Reason> = self.round.judged.values().map(check).collect();
        if let (Some(step), Phase::Gated) = (&self.step, &self.phase) {
            let events = self.events().map_or(String::new(), |events| format!(", {events} events"));
            let seconds = format!("{}.{}", step.watched_ms / 1000, step.watched_ms % 1000 / 100);
            reasons.push(Reason::new("gate", format!("{seconds} s observed{events}")));
            let approved = step.approved.iter();
            reasons.extend(approved.map(|word| Reason::new(format!("operator {}", word.who), "approved")));
            if self.after {
                reasons.extend(self.passed_jobs(&[Stage::Promoted]));
            }
        }
        if let Phase::Between(Between { allowed: Some(rules), .. }) = &self.phase {
            reasons.push(allowed_by(rules));
            let waived = rules.iter().filter(|one| one.result == RuleResult::Waived);
            reasons.extend(waived.map(|one| Reason::new(one.name(), one.message.clone())));
        }
        if let Phase::Between(Between { next: NextUp::Step(step), .. }) = &self.phase
            && !step.reason.is_empty()
        {
            reasons.push(Reason::new("strategy", step.reason.clone()));
        }
        reasons.extend(
            self.hurried_by().map(|who| Reason::new(format!("operator {who}"), "promote without waiting")),
        );
        reasons
    }

    fn already_held(&self, about: &str, reasons: &[Reason]) -> bool {
        self.decision.as_ref().is_some_and(|last| {
            last.kind == DecisionKind::Hold
                && last.about == about
                && last
                    .reasons
                    .iter()
                    .map(|reason| &reason.from)
                    .eq(reasons.iter().map(|reason| &reason.from))
        })
    }

    fn already_awaits(&self, about: &str) -> bool {
        let last = self.decision.as_ref();
        last.is_some_and(|last| last.kind == DecisionKind::AwaitApproval && last.about == about)
    }
}
