//! Acting: observing the world, and asking the target for a shape.

use sluice_core::model::shape::{Shape, Weight};
use sluice_core::release::effect::Effect;
use sluice_core::release::event::{Event, Purpose};
use sluice_core::release::state::Phase;

use super::{Engine, EngineError, Listener, desired, faults};
use crate::ports::observer::Look;
use crate::ports::target::{Desired, Progress, TargetError, TargetStatus};

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
        }
    }

    async fn observe(&mut self, listener: &mut dyn Listener) -> Result<(), EngineError> {
        let status = self.parts.target.observe().await;
        let entered = self.state.step.as_ref().map_or(0, |step| step.entered_at);
        let look = Look {
            plan: &self.state.plan,
            status: &status,
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
        match self.seen(generation, seen) {
            Some(event) => self.append(vec![event], None, listener).map(|()| true),
            None => Ok(false),
        }
    }

    /// What a look at the target says of the shape on its way; nothing while it is still on its way.
    fn seen(&self, generation: u64, status: Result<TargetStatus, TargetError>) -> Option<Event> {
        let Phase::Moving(moving) = &self.state.phase else { return None };
        let failed = |error: String, last: bool| Some(Event::ShapeFailed { generation, error, last });
        let status = match status {
            Ok(status) => status,
            Err(error) => return failed(error.to_string(), false),
        };
        if (status.release.as_str(), status.generation) != (self.release.as_str(), generation) {
            let error = format!(
                "the target has generation {} of release `{}`, not what it was asked for",
                status.generation, status.release
            );
            return failed(error, false);
        }
        match &status.progress {
            Progress::Settling { .. } => None,
            Progress::Failed { error } => failed(error.clone(), true),
            Progress::Settled => match self.differs(&status, &moving.shape, &moving.purpose) {
                Some(difference) => failed(difference, false),
                None => Some(Event::ShapeApplied { generation }),
            },
        }
    }

    /// Where a settled target is not what was asked for.
    fn differs(&self, status: &TargetStatus, shape: &Shape, purpose: &Purpose) -> Option<String> {
        let wanted =
            desired(&self.state.plan, &self.release, (status.generation, ""), shape, purpose).ok()?;
        let missing = wanted.revisions.iter().find_map(|wanted| {
            let seen = status.revisions.iter().find(|seen| seen.revision.id == wanted.revision.id);
            let version = &wanted.revision.version;
            match seen {
                None if wanted.instances > 0 => Some(format!("revision `{version}` is not there")),
                Some(seen) if seen.weight != wanted.weight => Some(format!(
                    "revision `{version}` has {} of the traffic, not {}",
                    seen.weight, wanted.weight
                )),
                _ => None,
            }
        });
        missing.or_else(|| unwanted(status, &wanted)).or_else(|| other_stable(status, &wanted))
    }
}

/// A revision that users still reach and should not.
fn unwanted(status: &TargetStatus, wanted: &Desired) -> Option<String> {
    let is_wanted = |id: &str| wanted.revisions.iter().any(|one| one.revision.id == id);
    let mut reached = status.revisions.iter().filter(|seen| seen.weight > Weight::NONE);
    let seen = reached.find(|seen| !is_wanted(&seen.revision.id))?;
    Some(format!("revision `{}` still has {} of the traffic", seen.revision.version, seen.weight))
}

/// What the next release would start from, if it is not what this one leaves.
fn other_stable(status: &TargetStatus, wanted: &Desired) -> Option<String> {
    let seen = status.stable.as_ref().map(|revision| revision.id.as_str());
    let named = |id: Option<&str>| id.map_or("nothing".to_owned(), |id| format!("`{id}`"));
    let wanted = wanted.stable.as_deref();
    (seen != wanted).then(|| format!("the target keeps {} as stable, not {}", named(seen), named(wanted)))
}
