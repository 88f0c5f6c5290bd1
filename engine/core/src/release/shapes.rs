//! The part of the fold that is about shapes: intended, accepted, in effect, failed.

use crate::model::shape::Shape;

use super::decision::Outcome;
use super::event::Purpose;
use super::rehearsal::rehearsed;
use super::state::{Between, Move, NextUp, Phase, Restarts, Retreating, Round, State, StepState};

/// The longest pause between two tries.
const MAX_BACKOFF_MS: u64 = 30_000;

impl State {
    pub(super) fn shape_intended(
        &mut self,
        generation: u64,
        key: &str,
        shape: &Shape,
        purpose: &Purpose,
        at: u64,
    ) -> Result<(), String> {
        if generation != self.generation + 1 {
            return Err(format!("generation {} was expected", self.generation + 1));
        }
        // A repair gives what is in effect already; whether it may is looked at with it.
        let objections = if *purpose == Purpose::Repair { Vec::new() } else { self.objections_to(shape, at) };
        if let Some(objection) = objections.first() {
            return Err(format!("exposure would rise although {objection}"));
        }
        if self.plan.stages.rehearsal && matches!(purpose, Purpose::Step | Purpose::Promote) {
            return Err("a rehearsal exposes nobody".to_owned());
        }
        if *purpose == Purpose::Step && self.previews() {
            return Err("the smoke tests before exposure have not passed".to_owned());
        }
        let (step, back) = self.expected(shape, purpose, at)?;
        self.generation = generation;
        let since = self.clock(at);
        let then = (*purpose == Purpose::Repair).then(|| self.interrupted_by_repair(since));
        self.phase = Phase::Moving(Move {
            generation,
            key: key.to_owned(),
            shape: shape.clone(),
            purpose: purpose.clone(),
            step,
            accepted: false,
            since,
            failures: 0,
            failed: None,
            retry_at: since,
            waits: None,
            back,
            then,
        });
        Ok(())
    }

    /// Whether this shape is the one that is due, and what goes with it.
    #[allow(clippy::type_complexity, reason = "the two halves of one move, taken apart at once")]
    fn expected(
        &self,
        shape: &Shape,
        purpose: &Purpose,
        at: u64,
    ) -> Result<(Option<Box<crate::model::shape::Step>>, Option<Box<Retreating>>), String> {
        match (&self.phase, purpose) {
            (Phase::Cleared { shape: cleared, purpose: due, step }, _)
                if cleared == shape && due == purpose =>
            {
                Ok((step.clone(), None))
            }
            (
                Phase::Cleared { shape: cleared, purpose: Purpose::Step | Purpose::Promote, step },
                Purpose::Grow,
            ) if self.shape.grown_for(cleared).as_ref() == Some(shape) => Ok((step.clone(), None)),
            (Phase::Gated | Phase::Between(_), Purpose::Repair) if self.lost(at) && *shape == self.shape => {
                Ok((None, None))
            }
            (Phase::Retreating(back), Purpose::Retreat) => match back.queue.split_first() {
                Some((retreat, rest)) if retreat.shape == *shape => {
                    let until = retreat.min_time_ms;
                    Ok((None, Some(Box::new(Retreating { queue: rest.to_vec(), until, ..back.clone() }))))
                }
                _ => Err("this is not the next shape on the way back".to_owned()),
            },
            (Phase::Retreating(back), Purpose::Restore) if *shape == self.stable_shape() => {
                Ok((None, Some(Box::new(back.clone()))))
            }
            _ => Err("no such shape was decided on".to_owned()),
        }
    }

    pub(super) fn shape_accepted(&mut self, generation: u64, at: u64) -> Result<(), String> {
        let clock = self.clock(at);
        let moving = self.moving(generation)?;
        if moving.accepted {
            // Overdue, and handed over once more: the next time is a whole deadline later.
            moving.since = clock;
        }
        (moving.accepted, moving.failed) = (true, None);
        Ok(())
    }

    pub(super) fn shape_awaited(&mut self, generation: u64, waits_for: &str) -> Result<(), String> {
        let moving = self.moving(generation)?;
        let told = moving.waits.as_ref().map_or(0, |(_, times)| *times);
        moving.waits = Some((waits_for.to_owned(), told.saturating_add(1)));
        Ok(())
    }

    pub(super) fn shape_failed(
        &mut self,
        generation: u64,
        error: &str,
        last: bool,
        at: u64,
    ) -> Result<(), String> {
        let clock = self.clock(at);
        let interval = self.plan.metrics.interval_ms;
        let moving = self.moving(generation)?;
        moving.failures += 1;
        moving.accepted = false;
        moving.failed = Some((error.to_owned(), last));
        let doublings = moving.failures.min(8) - 1;
        moving.retry_at = clock + (interval << doublings).min(MAX_BACKOFF_MS);
        // A retreat that fails is skipped: the way back goes straight to stable.
        if let (Purpose::Retreat, Some(back)) = (&moving.purpose, &moving.back) {
            self.phase = Phase::Retreating(Retreating { queue: Vec::new(), until: 0, ..(**back).clone() });
        }
        Ok(())
    }

    pub(super) fn shape_applied(&mut self, generation: u64, at: u64) -> Result<(), String> {
        let clock = self.clock(at);
        let moving = self.moving(generation)?.clone();
        if !moving.accepted {
            return Err("the target did not take the order yet".to_owned());
        }
        self.shape = moving.shape;
        if moving.purpose != Purpose::Grow {
            // Verdicts on the shape before say nothing of this one.
            self.round = Round::default();
            self.before.clear();
        }
        if let Some(then) = moving.then {
            self.phase = *then;
            return Ok(());
        }
        self.phase = match (moving.purpose, moving.step, moving.back) {
            (Purpose::Grow, Some(step), _) if self.plan.stages.rehearsal => {
                Phase::Retreating(rehearsed(&step.name))
            }
            // Smoke tests come before anybody sees the candidate; the rules are asked again after them.
            (Purpose::Grow, Some(step), _) if self.previews() => {
                Phase::Between(Between::new(NextUp::Step(step), clock))
            }
            (Purpose::Grow, Some(step), _) => {
                Phase::Cleared { shape: step.shape.clone(), purpose: Purpose::Step, step: Some(step) }
            }
            (Purpose::Grow, None, _) => {
                Phase::Cleared { shape: self.promoted_shape(), purpose: Purpose::Promote, step: None }
            }
            (Purpose::Step, Some(step), _) => {
                self.approvals.clear();
                self.step = Some(StepState {
                    step: *step,
                    entered_at: at,
                    entered_clock: clock,
                    watched_ms: 0,
                    watched_until: at,
                    events_before: 0,
                    events: None,
                    restarts: Restarts::default(),
                    repaired_at: None,
                    approved: None,
                    awaiting_since: None,
                    awaited_ms: 0,
                });
                Phase::Gated
            }
            (Purpose::Retreat, _, Some(back)) => {
                Phase::Retreating(Retreating { until: clock + back.until, ..*back })
            }
            (Purpose::Restore, _, Some(back)) => {
                Phase::Finishing { outcome: back.outcome, reason: back.reason }
            }
            (Purpose::Promote, _, _) => {
                Phase::Finishing { outcome: Outcome::Promoted, reason: self.why_promoted() }
            }
            _ => return Err("the move lost its step or its way back".to_owned()),
        };
        Ok(())
    }

    fn moving(&mut self, generation: u64) -> Result<&mut Move, String> {
        match &mut self.phase {
            Phase::Moving(moving) if moving.generation == generation => Ok(moving),
            _ => Err(format!("no shape of generation {generation} is on its way")),
        }
    }
}
