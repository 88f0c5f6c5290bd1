//! Acting: observing the world, and asking the target for a shape.

use sluice_core::model::shape::Shape;
use sluice_core::release::effect::Effect;
use sluice_core::release::event::{Event, Purpose};

use super::{Engine, EngineError, Listener, desired, faults};
use crate::ports::observer::Look;
use crate::ports::target::{Desired, TargetError};

impl Engine {
    /// Does one effect other than waiting and judging, and appends what came of it.
    pub(super) async fn act(
        &mut self,
        effect: Effect,
        listener: &mut dyn Listener,
    ) -> Result<(), EngineError> {
        match effect {
            Effect::EvaluatePolicies { moment, proposed } => {
                self.evaluate(moment, proposed.as_ref(), listener)
            }
            Effect::AskStrategy => self.ask_strategy(listener),
            Effect::AskRollback => self.ask_rollback(listener),
            Effect::Observe => self.observe(listener).await,
            Effect::Apply { generation, key, shape, purpose } => {
                self.apply(generation, &key, &shape, &purpose, listener).await
            }
            Effect::Record(event) => self.append(vec![*event], None, listener),
            Effect::Judge { .. } => self.judge(listener),
            Effect::AwaitShape { .. } | Effect::Wait { .. } => Ok(()),
            // The turn sees to these, as they take a while.
            Effect::Prepare | Effect::Notify { .. } | Effect::RunJobs { .. } => Ok(()),
        }
    }

    async fn observe(&mut self, listener: &mut dyn Listener) -> Result<(), EngineError> {
        let status = self.parts.target.observe().await;
        let entered = self.state.step.as_ref().map_or(0, |step| step.entered_at);
        let found = self.found(&status);
        let look = Look {
            plan: &self.state.plan,
            status: &status,
            found: &found,
            now_ms: self.now(),
            events_since_ms: entered.max(self.started_at),
        };
        let set = Box::new(self.parts.observer.observe(look).await);
        self.append(vec![Event::Observed { set }], None, listener)
    }

    async fn apply(
        &mut self,
        generation: u64,
        key: &str,
        shape: &Shape,
        purpose: &Purpose,
        listener: &mut dyn Listener,
    ) -> Result<(), EngineError> {
        let event = match desired(&self.state.plan, &self.release, (generation, key), shape, purpose) {
            Err(error) => Event::ShapeFailed { generation, error, last: true },
            Ok(desired) => match self.hand_over(&desired).await {
                Ok(()) => Event::ShapeAccepted { generation },
                Err(error) => {
                    let last = matches!(error, TargetError::Refused(_));
                    Event::ShapeFailed { generation, error: error.to_string(), last }
                }
            },
        };
        self.append(vec![event], None, listener)
    }

    async fn hand_over(&self, desired: &Desired) -> Result<(), TargetError> {
        if self.parts.faults.fails_now() {
            return Err(TargetError::Unreachable(faults::WANTED.to_owned()));
        }
        self.parts.target.apply(desired).await?;
        if self.parts.faults.repeats() {
            self.parts.target.apply(desired).await?;
        }
        Ok(())
    }

    /// Looks whether the shape on its way is in effect; whether something was appended.
    pub(super) async fn await_shape(
        &mut self,
        generation: u64,
        listener: &mut dyn Listener,
    ) -> Result<bool, EngineError> {
        let seen = self.parts.target.observe().await;
        if let Ok(status) = &seen {
            listener.looked(&status.ready(&self.state.plan.candidate.id));
        }
        match self.seen(generation, seen) {
            Some(event) => self.append(vec![event], None, listener).map(|()| true),
            None => Ok(false),
        }
    }
}
