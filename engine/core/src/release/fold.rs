//! The one transition function: state and record in, state out. An illegal pair is an error.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use thiserror::Error;

use crate::model::policy::{Moment, RuleOutcome};
use crate::model::shape::Shape;
use crate::plan::{Kind, Plan};

use super::decision::{Decision, DecisionKind, OVERRIDE, Outcome, Reason};
use super::due::refusals;
use super::event::{Event, Proposal, Purpose, Record, RollbackAnswer, Signal};
use super::outline::lacks;
use super::state::{
    Abort, Answer, Between, NextUp, Pause, Phase, Retreating, Round, State, Word, stable_shape,
};

/// A record that can not follow the ones before it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("record {seq} can not be: {why}")]
pub struct Illegal {
    pub seq: u64,
    pub why: String,
}

/// How long a refused or failed question rests at the least.
const RETRY_MS: u64 = 5_000;

impl State {
    /// The state after the first record.
    pub fn begin(record: &Record) -> Result<Self, Illegal> {
        match (&record.event, record.seq) {
            (Event::Planned { release, plan }, 0) => Ok(Self::planned(release, plan, record.at)),
            _ => Err(illegal(record, "a journal begins with the plan, numbered 0")),
        }
    }

    /// Folds one more record in.
    pub fn apply(&mut self, record: &Record) -> Result<(), Illegal> {
        if record.seq != self.records {
            return Err(illegal(record, format!("record {} was expected", self.records)));
        }
        if matches!(self.phase, Phase::Ended { .. }) {
            return Err(illegal(record, "the release has ended"));
        }
        // A clock that was set back does not turn the release's time back.
        let at = record.at.max(self.at);
        self.fold(&record.event, at).map_err(|why| illegal(record, why))?;
        self.records += 1;
        self.at = at;
        Ok(())
    }

    pub(super) fn planned(release: &str, plan: &Plan, at: u64) -> Self {
        Self {
            release: release.to_owned(),
            plan: Arc::new(plan.clone()),
            records: 1,
            started_at: at,
            at,
            phase: beginning(plan),
            generation: 0,
            shape: stable_shape(plan),
            step: None,
            completed: 0,
            round: Round::default(),
            before: BTreeMap::new(),
            observed_ms: 0,
            strategy_state: Vec::new(),
            rollback_state: Vec::new(),
            check_states: BTreeMap::new(),
            restarts: None,
            paused: None,
            abort: None,
            abandoned: None,
            overrides: Vec::new(),
            decision: None,
            idle_ms: 0,
            jobs: BTreeMap::new(),
            after: false,
            told: BTreeSet::new(),
            told_waiting: String::new(),
            recent: Vec::new(),
            approvals: Vec::new(),
        }
    }

    fn fold(&mut self, event: &Event, at: u64) -> Result<(), String> {
        match event {
            Event::Planned { .. } => Err("a release is planned once".to_owned()),
            Event::EngineStarted { .. } => {
                self.engine_started(at);
                Ok(())
            }
            Event::PoliciesEvaluated { moment, outcomes, seen } => {
                if let (Moment::Admission, Some(seen)) = (moment, seen) {
                    self.recent.clone_from(&seen.recent);
                }
                self.policies_evaluated(*moment, outcomes, at)
            }
            Event::StrategyAnswered { proposal, state } => self.strategy_answered(proposal, state, at),
            Event::PluginFailed { place, error } => self.plugin_failed(place, error, at),
            Event::ShapeIntended { generation, key, shape, purpose } => {
                self.shape_intended(*generation, key, shape, purpose, at)
            }
            Event::ShapeAccepted { generation } => self.shape_accepted(*generation, at),
            Event::ShapeApplied { generation } => self.shape_applied(*generation, at),
            Event::ShapeFailed { generation, error, last } => {
                self.shape_failed(*generation, error, *last, at)
            }
            Event::ShapeAwaited { generation, waits_for } => self.shape_awaited(*generation, waits_for),
            Event::Observed { set } => self.observed(set),
            Event::Judged { judgement } => self.judged(judgement),
            Event::RollbackAnswered { answer, state } => self.rollback_answered(answer, state),
            Event::Decided { decision } => self.decided(decision, at),
            Event::Prepared { findings } => self.prepared(findings),
            Event::Notified { occasion, text, told } => self.notified(*occasion, text, told),
            Event::JobStarted { stage, job, attempt } => self.job_started(*stage, job, *attempt, at),
            Event::JobEnded { stage, job, attempt, result } => {
                self.job_ended(*stage, job, *attempt, result, at)
            }
            Event::Signalled { signal, who, comment } => {
                self.signalled(signal, Word { who: who.clone(), comment: comment.clone(), at });
                Ok(())
            }
            Event::Ended { outcome, reason } => self.ended(*outcome, reason),
        }
    }

    /// An engine was away: that time counts for no deadline, and what it had in memory is gone.
    fn engine_started(&mut self, at: u64) {
        if self.paused.is_none() {
            self.idle_ms += at.saturating_sub(self.at);
        }
        if let Some(step) = &mut self.step {
            step.events_before += step.events.take().unwrap_or(0);
            step.watched_until = at;
        }
        self.begin_jobs_anew(at);
    }

    fn policies_evaluated(
        &mut self,
        moment: Moment,
        outcomes: &[RuleOutcome],
        at: u64,
    ) -> Result<(), String> {
        let refused = refusals(outcomes);
        let clock = self.clock(at);
        let retry = self.plan.metrics.interval_ms.max(RETRY_MS);
        match (moment, &mut self.phase) {
            (Moment::Override, _) => return self.override_judged(refused, clock),
            (Moment::Admission, Phase::Admission { outcomes: asked @ None }) => {
                *asked = Some(outcomes.to_vec())
            }
            (Moment::Rollback, Phase::Retreating(back)) if !back.told => back.told = true,
            (Moment::Shape, Phase::Between(between @ Between { next: NextUp::Step(_), .. }))
            | (Moment::Promotion, Phase::Between(between @ Between { next: NextUp::Promotion, .. })) => {
                between.refused = outcomes.iter().filter(|one| one.refuses()).cloned().collect();
                if refused.is_empty() {
                    (between.held, between.allowed) = (Vec::new(), Some(outcomes.to_vec()));
                } else {
                    (between.held, between.retry_at) = (refused, clock + retry);
                }
            }
            _ => return Err(format!("nobody asked the rules of {moment:?}")),
        }
        Ok(())
    }

    fn strategy_answered(&mut self, proposal: &Proposal, state: &[u8], at: u64) -> Result<(), String> {
        let clock = self.clock(at);
        let retry_at = clock + self.plan.metrics.interval_ms;
        let promoted = self.promoted_shape();
        let idle = self.nothing_to_rehearse(proposal);
        let Phase::Between(between @ Between { next: NextUp::Strategy, .. }) = &mut self.phase else {
            return Err("the strategy was not asked".to_owned());
        };
        match proposal {
            Proposal::Step(_) | Proposal::Complete(_) if idle.is_some() => {
                self.abort = Some(Abort::Strategy(idle.unwrap_or_default().to_owned()));
            }
            Proposal::Step(step) => match beyond(&self.plan, &self.shape, &step.name, &step.shape) {
                None => *between = Between::new(NextUp::Step(step.clone()), clock),
                Some(lack) => self.abort = Some(Abort::Target(lack)),
            },
            Proposal::Complete(_) => match beyond(&self.plan, &self.shape, "promotion", &promoted) {
                None => {
                    let next = self.after_the_strategy();
                    self.phase = Phase::Between(Between::new(next, clock));
                }
                Some(lack) => self.abort = Some(Abort::Target(lack)),
            },
            Proposal::Hold(reason) => {
                (between.held, between.retry_at) = (vec![Reason::new("strategy", reason)], retry_at);
            }
            Proposal::Abort(reason) => self.abort = Some(Abort::Strategy(reason.clone())),
        }
        self.forget_waived();
        self.strategy_state = state.to_vec();
        Ok(())
    }

    fn plugin_failed(&mut self, place: &str, error: &str, at: u64) -> Result<(), String> {
        let retry_at = self.clock(at) + self.plan.metrics.interval_ms.max(RETRY_MS);
        match (place, &mut self.phase) {
            ("strategy", Phase::Between(between @ Between { next: NextUp::Strategy, .. })) => {
                (between.held, between.retry_at) = (vec![Reason::new("strategy", error)], retry_at);
                Ok(())
            }
            ("rollback", _) => self.round_answered(Answer::Failed(error.to_owned())),
            _ => Err(format!("the plugin in place `{place}` was not asked")),
        }
    }

    fn rollback_answered(&mut self, answer: &RollbackAnswer, state: &[u8]) -> Result<(), String> {
        self.round_answered(Answer::Given(answer.clone()))?;
        self.rollback_state = state.to_vec();
        Ok(())
    }

    fn decided(&mut self, decision: &Decision, at: u64) -> Result<(), String> {
        let clock = self.clock(at);
        match decision.kind {
            DecisionKind::Proceed => self.proceed(clock)?,
            DecisionKind::Hold if decision.about == OVERRIDE => self.override_refused(),
            DecisionKind::Hold => {}
            DecisionKind::AwaitApproval => {
                let step = self.step.as_mut().ok_or("there is no step to approve")?;
                step.awaiting_since.get_or_insert(clock);
            }
            DecisionKind::RollBack | DecisionKind::Abort => self.turn_back(decision)?,
        }
        self.decision = Some(decision.clone());
        Ok(())
    }

    fn proceed(&mut self, clock: u64) -> Result<(), String> {
        let next = match &self.phase {
            Phase::Admission { outcomes: Some(_) } | Phase::Preparing(_) | Phase::Testing => {
                self.towards_the_steps(clock)
            }
            Phase::Gated if self.after => {
                self.forget_waived();
                Phase::Between(Between::new(NextUp::Promotion, clock))
            }
            Phase::Gated => {
                self.completed += 1;
                Phase::Between(Between::new(NextUp::Strategy, clock))
            }
            Phase::Between(Between { next: NextUp::Step(step), allowed: Some(_), .. }) => {
                let (shape, step) = (step.shape.clone(), Some(step.clone()));
                Phase::Cleared { shape, purpose: Purpose::Step, step }
            }
            Phase::Between(Between { next: NextUp::Promotion, allowed: Some(_), .. }) => {
                Phase::Cleared { shape: self.promoted_shape(), purpose: Purpose::Promote, step: None }
            }
            _ => return Err("there is nothing to go on with".to_owned()),
        };
        self.phase = next;
        Ok(())
    }

    fn turn_back(&mut self, decision: &Decision) -> Result<(), String> {
        if !self.turnable() {
            return Err("the release can not be turned back any more".to_owned());
        }
        let by = self.abort.as_ref().and_then(Abort::of_person).cloned();
        let by_person = by.is_some();
        let outcome = match (decision.kind, &self.phase) {
            (_, Phase::Preparing(_) | Phase::Testing) if !by_person => Outcome::Refused,
            (DecisionKind::Abort, Phase::Admission { outcomes: Some(_) }) if !by_person => Outcome::Refused,
            (DecisionKind::Abort, _) => Outcome::Aborted,
            (_, Phase::Between(between)) if self.generation == 0 && between.is_refused() => Outcome::Refused,
            _ => Outcome::RolledBack,
        };
        let first = decision.told();
        let reason = match (outcome, &self.phase) {
            (Outcome::Refused, Phase::Between(Between { held, .. })) => {
                let long = if self.plan.stages.rehearsal { "" } else { ", until the deadline" };
                held.first().map_or(first, |refusal| format!("{refusal}{long}"))
            }
            (Outcome::Refused, _) if decision.reasons.len() > 1 => {
                format!("{first}; and {} more", decision.reasons.len() - 1)
            }
            _ => first,
        };
        let queue = if outcome == Outcome::RolledBack { self.retreats() } else { Vec::new() };
        // The rules are told of a person's override; an automatic rollback waits for nobody.
        let told = !(by_person && self.generation > 0);
        self.abort = None;
        self.phase = Phase::Retreating(Retreating { outcome, reason, queue, until: 0, told, by });
        Ok(())
    }

    /// The rollback plugin's way back, without what would expose anybody anew.
    fn retreats(&self) -> Vec<super::event::Retreat> {
        let Some(Answer::Given(RollbackAnswer::RollBack { by, .. })) = &self.round.answer else {
            return Vec::new();
        };
        let mut before: Shape = self.shape.clone();
        let mut way = Vec::new();
        for retreat in by {
            if !retreat.shape.exposes_more_than(&before) && retreat.shape.problems().is_empty() {
                before = retreat.shape.clone();
                way.push(retreat.clone());
            }
        }
        way
    }

    fn signalled(&mut self, signal: &Signal, word: Word) {
        match signal {
            Signal::Accept { job } => {
                self.accepted(Some(job), &word);
            }
            Signal::Approve if self.accepted(None, &word) => {}
            Signal::Approve => self.approved(word),
            Signal::Abandon => {
                self.abandoned.get_or_insert(word);
            }
            Signal::Pause => {
                self.paused.get_or_insert(Pause { by: word });
            }
            Signal::Resume => {
                if let Some(pause) = self.paused.take() {
                    self.idle_ms += word.at.saturating_sub(pause.by.at);
                }
            }
            Signal::Abort => {
                self.abort.get_or_insert(Abort::Person(word));
            }
            // A rehearsal has nothing to promote.
            Signal::Promote | Signal::PromoteFull if self.plan.stages.rehearsal => {}
            Signal::Promote => self.promote_said(word, false),
            Signal::PromoteFull => self.promote_said(word, true),
        }
    }

    fn ended(&mut self, outcome: Outcome, reason: &str) -> Result<(), String> {
        let due = match &self.phase {
            _ if self.abandoned.is_some() => Some(Outcome::Abandoned),
            Phase::Finishing { outcome, .. } => Some(*outcome),
            Phase::Retreating(back) if self.touches_nothing() => Some(back.outcome),
            _ => None,
        };
        // Journals of earlier versions have a release that was refused until its deadline as rolled back.
        // One that somebody aborted whose name was that of a part of the release, they have as refused.
        let named = (due, outcome) == (Some(Outcome::Aborted), Outcome::Refused);
        let earlier = (due, outcome) == (Some(Outcome::Refused), Outcome::RolledBack) || named;
        if due != Some(outcome) && !earlier {
            return Err(format!("the release can not end as {outcome} here"));
        }
        self.phase = Phase::Ended { outcome, reason: reason.to_owned() };
        Ok(())
    }
}

impl Between {
    /// Whether rules are what it is held by.
    pub(super) fn is_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    pub(super) fn new(next: NextUp, clock: u64) -> Self {
        Self { next, since: clock, retry_at: clock, held: Vec::new(), refused: Vec::new(), allowed: None }
    }
}

/// Where a release begins. What is stable already is restored as on a way back, which no rule refuses.
fn beginning(plan: &Plan) -> Phase {
    if plan.kind != Kind::Restore {
        return Phase::Admission { outcomes: None };
    }
    let reason = "it is stable already, and serves alone again".to_owned();
    let (outcome, queue) = (Outcome::Promoted, Vec::new());
    Phase::Retreating(Retreating { outcome, reason, queue, until: 0, told: true, by: None })
}

/// Why a step can not be: its instances start beside those there are.
fn beyond(plan: &Plan, now: &Shape, name: &str, shape: &Shape) -> Option<String> {
    let lack = lacks(plan, now, shape).into_iter().next()?;
    Some(format!("the step `{name}` can not be, as the target {lack}: {}", lack.instead()))
}

fn illegal(record: &Record, why: impl Into<String>) -> Illegal {
    Illegal { seq: record.seq, why: why.into() }
}
