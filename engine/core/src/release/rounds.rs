//! The part of the fold that is about rounds: observed, judged, answered.

use std::sync::Arc;

use crate::model::observation::ObservationSet;
use crate::model::verdict::Judgement;

use super::event::Purpose;
use super::state::{Answer, Between, NextUp, Phase, Round, State};

impl State {
    pub(super) fn observed(&mut self, set: &ObservationSet) -> Result<(), String> {
        if self.round.observed.as_ref().is_some_and(|last| set.at < last.at) {
            return Err("the observation is older than the last one".to_owned());
        }
        let step = self.step.as_mut().ok_or("there is no step to observe")?;
        step.events = set.events.or(step.events);
        let before = std::mem::take(&mut self.round).judged;
        if !before.is_empty() {
            self.before = before;
        }
        self.round = Round { observed: Some(Arc::new(set.clone())), ..Round::default() };
        self.count_restarts();
        self.forget_permission(set.at);
        Ok(())
    }

    /// What was allowed was allowed on the round before.
    fn forget_permission(&mut self, at: u64) {
        let clock = self.clock(at);
        let next = match &mut self.phase {
            Phase::Between(between) => {
                between.allowed = None;
                return;
            }
            Phase::Cleared { purpose: Purpose::Promote, .. } => NextUp::Promotion,
            Phase::Cleared { step: Some(step), .. } => NextUp::Step(step.clone()),
            _ => return,
        };
        self.phase = Phase::Between(Between::new(next, clock));
    }

    pub(super) fn judged(&mut self, judgement: &Judgement) -> Result<(), String> {
        let observed = self.round.observed.as_ref().ok_or("nothing was observed to be judged")?;
        if observed.id != judgement.observed {
            return Err(format!("the verdict is about `{}`, not `{}`", judgement.observed, observed.id));
        }
        if !self.unjudged().contains(&judgement.check.as_str()) {
            return Err(format!("no verdict of check `{}` was asked for", judgement.check));
        }
        self.check_states.insert(judgement.check.clone(), judgement.state.clone());
        self.round.judged.insert(judgement.check.clone(), judgement.clone());
        Ok(())
    }

    /// The round is complete: the time since the last one was time under observation.
    pub(super) fn round_answered(&mut self, answer: Answer) -> Result<(), String> {
        let Some(set) = self.round.observed.clone() else { return Err("nothing was observed".to_owned()) };
        if !self.unjudged().is_empty() || self.round.answer.is_some() {
            return Err("the rollback plugin was not asked".to_owned());
        }
        self.round.answer = Some(answer);
        let (fresh, exposed) = (self.fresh_ms(), self.shape.exposes_candidate());
        // While the target was not as the step has it, it was something else that was observed.
        let most = if self.wrong().is_some() { 0 } else { fresh };
        if let Some(step) = &mut self.step {
            let span = set.at.saturating_sub(step.watched_until).min(most);
            step.watched_ms += span;
            step.watched_until = step.watched_until.max(set.at);
            self.observed_ms += if exposed { span } else { 0 };
        }
        Ok(())
    }
}
