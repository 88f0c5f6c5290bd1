//! Asking: policies, strategy, health checks, rollback. Each answer, and each failure to answer, is a fact.

use std::sync::Arc;

use sluice_core::model::observation::{Observation, ObservationSet};
use sluice_core::model::policy::{Moment, Seen};
use sluice_core::model::shape::Shape;
use sluice_core::model::verdict::{Judgement, Verdict};
use sluice_core::release::event::{Event, RollbackAnswer};
use sluice_core::release::instances::INSTANCES;
use sluice_core::snapshot::Snapshot;

use super::plugins::Placed;
use super::surroundings;
use super::{Engine, EngineError, Listener};
use crate::ports::plugins::{Answered, Call, Further, Judged, PluginError};
use crate::ports::rules::Question;

impl Engine {
    pub(super) fn evaluate(
        &mut self,
        moment: Moment,
        proposed: Option<&Shape>,
        listener: &mut dyn Listener,
    ) -> Result<(), EngineError> {
        let (store, plan) = (self.parts.store.as_ref(), &self.state.plan);
        let recent = match moment {
            Moment::Admission => surroundings::recent(store, &plan.about.service, &self.release)?,
            _ => Vec::new(),
        };
        let others = surroundings::others(store, &plan.about.service)?;
        let seen = Seen { now: self.now(), proposed: proposed.cloned(), recent, others };
        let question = Question { moment, state: &self.state, seen: &seen };
        let outcomes = self.state.waived(moment, self.parts.rules.evaluate(question));
        let seen = Some(Box::new(seen));
        self.append(vec![Event::PoliciesEvaluated { moment, outcomes, seen }], None, listener)
    }

    pub(super) fn ask_strategy(&mut self, listener: &mut dyn Listener) -> Result<(), EngineError> {
        let input = self.input("strategy");
        let placed = self.loaded.strategy.as_ref().map_err(Clone::clone);
        let kept = &self.state.strategy_state;
        let answer = placed.and_then(|placed| blocking(|| placed.plugin.next(input.call(placed, kept))));
        let event = match answer {
            Ok(answered) => {
                tell_log("strategy", &answered);
                let with_state = answered.answer;
                Event::StrategyAnswered { proposal: with_state.answer, state: with_state.state }
            }
            Err(error) => failed("strategy", &error),
        };
        self.append(vec![event], None, listener)
    }

    pub(super) fn ask_rollback(&mut self, listener: &mut dyn Listener) -> Result<(), EngineError> {
        let input = self.input("rollback");
        let placed = self.loaded.rollback.as_ref().map_err(Clone::clone);
        let kept = &self.state.rollback_state;
        let answer = placed.and_then(|placed| blocking(|| placed.plugin.decide(input.call(placed, kept))));
        let event = match answer {
            Ok(answered) => {
                tell_log("rollback", &answered);
                let (answer, state): (RollbackAnswer, _) = (answered.answer.answer, answered.answer.state);
                Event::RollbackAnswered { answer, state }
            }
            Err(error) => failed("rollback", &error),
        };
        self.append(vec![event], None, listener)
    }

    /// Asks every check in scope that has no verdict in this round yet.
    pub(super) fn judge(&mut self, listener: &mut dyn Listener) -> Result<(), EngineError> {
        let unjudged: Vec<String> = self.state.unjudged().iter().map(|name| (*name).to_owned()).collect();
        let events = unjudged.into_iter().map(|check| self.judge_one(check)).collect();
        self.append(events, None, listener)
    }

    fn judge_one(&self, check: String) -> Event {
        if check == INSTANCES && !self.loaded.checks.contains_key(INSTANCES) {
            return Event::Judged { judgement: self.state.judge_instances() };
        }
        let input = self.input(&check);
        let kept = self.state.check_states.get(&check).map_or(&[][..], Vec::as_slice);
        let answer = match self.loaded.checks.get(&check) {
            Some(Ok(placed)) => blocking(|| placed.plugin.judge(input.call(placed, kept))),
            Some(Err(error)) => Err(error.clone()),
            None => return Event::Judged { judgement: no_verdict(check, &input, "it is not loaded", kept) },
        };
        let judgement = match answer {
            Ok(answered) => {
                tell_log(&check, &answered);
                given(check, &input, answered)
            }
            Err(error) => no_verdict(check, &input, &error.to_string(), kept),
        };
        Event::Judged { judgement }
    }

    fn input(&self, place: &str) -> Input {
        Input {
            snapshot: self.state.snapshot(self.now()),
            observed: self.state.round.observed.clone(),
            place: place.to_owned(),
            further: self.parts.observer.further(),
        }
    }
}

/// What a call takes, owned for its time.
#[derive(Debug)]
struct Input {
    snapshot: Snapshot,
    observed: Option<Arc<ObservationSet>>,
    place: String,
    further: Arc<dyn Further>,
}

impl Input {
    fn call<'a>(&'a self, placed: &'a Placed, state: &'a [u8]) -> Call<'a> {
        let observations: &[Observation] = self
            .observed
            .as_ref()
            .and_then(|set| set.observations.get(&self.place))
            .map_or(&[], Vec::as_slice);
        let (snapshot, config) = (&self.snapshot, placed.config.as_str());
        Call { snapshot, config, state, observations, metrics: &self.further }
    }
}

fn given(check: String, input: &Input, answered: Answered<Judged>) -> Judgement {
    let judged = answered.answer;
    Judgement {
        check,
        verdict: judged.verdict,
        score: judged.score,
        reason: judged.reason,
        measurements: judged.measurements,
        observed: input.snapshot.id.clone(),
        further: answered.further,
        state: judged.state,
    }
}

/// A plugin that gave no verdict gave none: `error`, never a pass. It keeps the state it had.
fn no_verdict(check: String, input: &Input, why: &str, state: &[u8]) -> Judgement {
    Judgement {
        check,
        verdict: Verdict::Error,
        score: None,
        reason: why.to_owned(),
        measurements: Vec::new(),
        observed: input.snapshot.id.clone(),
        further: Vec::new(),
        state: state.to_vec(),
    }
}

fn failed(place: &str, error: &PluginError) -> Event {
    Event::PluginFailed { place: place.to_owned(), error: error.to_string() }
}

fn tell_log<T>(place: &str, answered: &Answered<T>) {
    for line in &answered.log {
        tracing::info!(target: "sluice::plugin", place, "{line}");
    }
}

/// Runs a bounded call of a plugin without stopping the other tasks.
fn blocking<T>(call: impl FnOnce() -> T) -> T {
    match tokio::runtime::Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(tokio::runtime::RuntimeFlavor::MultiThread) => tokio::task::block_in_place(call),
        _ => call(),
    }
}
