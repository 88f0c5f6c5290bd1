//! The loop: fold the journal, ask the core what to do, do it, append what came of it.

mod abandon;
mod act;
mod append;
mod aside;
mod ask;
mod desired;
mod error;
mod faults;
mod found;
mod listener;
mod plugins;
mod surroundings;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use sluice_core::release::decision::Outcome;
use sluice_core::release::effect::Effect;
use sluice_core::release::event::{Event, Signal};
use sluice_core::release::next::next;
use sluice_core::release::replay::fold;
use sluice_core::release::state::{Phase, State};
use sluice_core::release::waiting::{On, Waiting};
use tokio::sync::watch;

pub use abandon::{abandon, needs_no_plugin};
pub use desired::desired;
pub use error::EngineError;
pub use faults::Faults;
pub use listener::{Although, Listener};
#[cfg(test)]
pub(crate) use tests::plan::plan as sample_plan;

use crate::clock::Clock;
use crate::journal::{JournalStore, Lease};
use crate::ports::observer::Observer;
use crate::ports::plugins::Plugins;
use crate::ports::rules::Rules;
use crate::ports::stages::{Herald, Inspector, Workshop};
use crate::ports::target::Target;
use aside::Aside;
use plugins::Loaded;

/// The parts that an engine works with.
#[derive(Debug)]
pub struct Parts {
    pub store: Arc<dyn JournalStore>,
    pub plugins: Arc<dyn Plugins>,
    pub target: Arc<dyn Target>,
    pub observer: Arc<dyn Observer>,
    pub rules: Arc<dyn Rules>,
    pub clock: Arc<dyn Clock>,
    pub inspector: Arc<dyn Inspector>,
    pub herald: Arc<dyn Herald>,
    pub workshop: Arc<dyn Workshop>,
    pub faults: Faults,
}

/// How the loop is to end before the release does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Until {
    /// Leave the release as soon as it waits for a person.
    pub person: bool,
    /// Leave it at this time, or once a way back that is under way then is finished.
    pub at_ms: Option<u64>,
}

/// How often somebody pressed Ctrl-C or sent SIGTERM.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Interrupt {
    #[default]
    None,
    /// Pause, and leave a release that can be resumed.
    Pause,
    /// Go back to stable, and end.
    Abort,
    /// Leave it as it is, at once.
    Stop,
}

/// How the loop ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    Ended {
        outcome: Outcome,
        reason: String,
    },
    /// The release waits, and can be resumed.
    Waiting(Waiting),
    /// Stopped in the middle; it can be resumed.
    Stopped,
}

/// One release, taken care of.
#[derive(Debug)]
pub struct Engine {
    parts: Parts,
    lease: Lease,
    release: String,
    state: State,
    loaded: Loaded,
    signals_seen: i64,
    /// Since when this engine sees events of the current step.
    started_at: u64,
    /// In spite of what it was told that a way back goes on.
    told_going_back: Vec<Although>,
    /// How far the journal is ahead of this machine's clock, which was set back since.
    ahead_ms: u64,
    aside: Aside,
}

/// How long a wait lasts before persons are listened to again.
const LISTEN_EVERY: Duration = Duration::from_millis(100);
/// How often a target is looked at while a shape is on its way.
const LOOK_EVERY: Duration = Duration::from_millis(50);

impl Engine {
    /// Takes a release up where its journal leaves it.
    pub fn open(parts: Parts, lease: Lease, release: &str) -> Result<Self, EngineError> {
        let records = parts.store.read(release)?;
        let state = fold(&records)?;
        let loaded = Loaded::new(parts.plugins.as_ref(), &state.plan);
        if let Some(missing) = loaded.missing().filter(|_| !needs_no_plugin(&state, parts.store.as_ref())) {
            return Err(missing.clone().into());
        }
        lease.note(release);
        let ahead_ms = state.at.saturating_sub(parts.clock.now_ms());
        let started_at = parts.clock.now_ms() + ahead_ms;
        let release = release.to_owned();
        Ok(Self {
            parts,
            lease,
            release,
            state,
            loaded,
            signals_seen: 0,
            started_at,
            told_going_back: Vec::new(),
            ahead_ms,
            aside: Aside::default(),
        })
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    /// Runs until the release has ended, waits for what `until` names, or is interrupted. No job outlives it.
    pub async fn run(
        &mut self,
        until: Until,
        interrupt: watch::Receiver<Interrupt>,
        listener: &mut dyn Listener,
    ) -> Result<Left, EngineError> {
        let left = self.take_care(until, interrupt, listener).await;
        self.parts.workshop.close().await;
        self.look_after_jobs(listener);
        left
    }

    async fn take_care(
        &mut self,
        until: Until,
        mut interrupt: watch::Receiver<Interrupt>,
        listener: &mut dyn Listener,
    ) -> Result<Left, EngineError> {
        if self.state.records == 1 && self.parts.faults.kills_after(0) {
            // The first record is written before there is an engine.
            faults::kill_self();
        }
        if self.state.outcome().is_none() {
            let version = env!("CARGO_PKG_VERSION").to_owned();
            self.append(vec![Event::EngineStarted { version }], None, listener)?;
        }
        loop {
            if let Some(left) = self.over(until, listener) {
                return Ok(left);
            }
            self.hear(listener)?;
            let asked = *interrupt.borrow_and_update();
            if let Some(left) = self.interrupted(asked, listener)? {
                return Ok(left);
            }
            let effects = self.decide(listener)?;
            // Only now: what a person said meanwhile was heard, and a deadline that passed was acted on.
            // Whoever is waited for is told first, and rules that are due may wait for nobody by now.
            let tells = effects
                .iter()
                .any(|effect| matches!(effect, Effect::Notify { .. } | Effect::EvaluatePolicies { .. }));
            if let (true, Some(waiting)) = (until.person && !tells, self.waiting_for_person()) {
                return Ok(Left::Waiting(waiting));
            }
            let pause = self.turn(effects, listener).await?;
            self.look_after_jobs(listener);
            listener.ticked(&self.state, self.now());
            if !pause.is_zero() {
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    changed = interrupt.changed() => if changed.is_err() { tokio::time::sleep(pause).await },
                }
            }
        }
    }

    fn now(&self) -> u64 {
        (self.parts.clock.now_ms() + self.ahead_ms).max(self.state.at)
    }

    /// A way back is finished first, also where it takes longer than the time that was given.
    fn over(&mut self, until: Until, listener: &mut dyn Listener) -> Option<Left> {
        if let Phase::Ended { outcome, reason } = &self.state.phase {
            return Some(Left::Ended { outcome: *outcome, reason: reason.clone() });
        }
        let at = until.at_ms.filter(|at| self.now() >= *at)?;
        if !self.state.turnable() && !self.stuck_on_the_way_back(at) {
            self.tell_going_back_first(Although::OutOfTime, listener);
            return None;
        }
        self.state.waiting().map(Left::Waiting)
    }

    /// Whether the target does not take the way back, and was given its time for that after `since_ms` too: nothing
    /// is gained by staying with a target that is gone.
    fn stuck_on_the_way_back(&self, since_ms: u64) -> bool {
        let patience = self.state.plan.deadlines.apply_ms;
        let clock = self.state.clock(self.now());
        let stuck = matches!(&self.state.phase, Phase::Moving(moving)
            if moving.failed.is_some() || clock > moving.since.saturating_add(patience));
        stuck && self.now() >= since_ms.saturating_add(patience)
    }

    /// Once of each.
    fn tell_going_back_first(&mut self, although: Although, listener: &mut dyn Listener) {
        if !self.told_going_back.contains(&although) {
            self.told_going_back.push(although);
            listener.going_back_first(although);
        }
    }

    /// The person who is waited for, and nothing else: none who has just spoken while the rules are still to be asked
    /// about it, and none where what users have was not just looked at, or something stands against going on.
    fn waiting_for_person(&self) -> Option<Waiting> {
        let spoken = self.state.override_to_judge().is_some();
        let free = !spoken && self.state.objections(self.now()).is_empty();
        self.state.waiting().filter(|waiting| waiting.on == On::Person && free)
    }

    /// The first interrupt pauses or aborts what can be turned; a way back is finished, unless there is a second.
    fn interrupted(
        &mut self,
        interrupt: Interrupt,
        listener: &mut dyn Listener,
    ) -> Result<Option<Left>, EngineError> {
        match interrupt {
            Interrupt::None => Ok(None),
            Interrupt::Stop => Ok(Some(Left::Stopped)),
            Interrupt::Pause | Interrupt::Abort if !self.state.turnable() => {
                self.tell_going_back_first(Although::Interrupted, listener);
                Ok(None)
            }
            Interrupt::Abort if self.state.abort.is_some() => Ok(None),
            Interrupt::Abort => {
                let (who, comment) = (self.state.plan.about.who.clone(), "interrupted".to_owned());
                let said = vec![Event::Signalled { signal: Signal::Abort, who, comment }];
                self.append(said, None, listener).map(|_| None)
            }
            Interrupt::Pause => {
                let comment = "interrupted".to_owned();
                let who = self.state.plan.about.who.clone();
                if self.state.paused.is_none() {
                    self.append(
                        vec![Event::Signalled { signal: Signal::Pause, who, comment }],
                        None,
                        listener,
                    )?;
                }
                Ok(Some(self.state.waiting().map_or(Left::Stopped, Left::Waiting)))
            }
        }
    }

    /// Journals what persons said since the last turn.
    fn hear(&mut self, listener: &mut dyn Listener) -> Result<(), EngineError> {
        for waiting in self.parts.store.waiting_signals(&self.release, self.signals_seen)? {
            self.signals_seen = waiting.number;
            let (signal, who, comment) = (waiting.signal, waiting.who, waiting.comment);
            self.append(vec![Event::Signalled { signal, who, comment }], Some(waiting.number), listener)?;
        }
        Ok(())
    }

    /// Does what is next, and says how long to rest before the turn after.
    async fn turn(
        &mut self,
        effects: Vec<Effect>,
        listener: &mut dyn Listener,
    ) -> Result<Duration, EngineError> {
        let mut pause = None;
        let mut rest = |time: Duration| pause = Some(pause.map_or(time, |least: Duration| least.min(time)));
        for effect in effects {
            match effect {
                Effect::Wait { until } => {
                    rest(Duration::from_millis(until.saturating_sub(self.now())).min(LISTEN_EVERY));
                }
                Effect::AwaitShape { generation } => {
                    if self.await_shape(generation, listener).await? {
                        return Ok(Duration::ZERO);
                    }
                    rest(LOOK_EVERY);
                }
                Effect::Prepare => match self.prepare(listener).await? {
                    true => return Ok(Duration::ZERO),
                    false => rest(LOOK_EVERY),
                },
                Effect::Notify { occasion, text } => match self.notify(occasion, text, listener).await? {
                    true => return Ok(Duration::ZERO),
                    false => rest(LOOK_EVERY),
                },
                Effect::RunJobs { tries } => match self.run_jobs(tries, listener).await? {
                    true => return Ok(Duration::ZERO),
                    false => rest(LOOK_EVERY),
                },
                // The core hands verdicts out together; they are appended together.
                Effect::Judge { .. } => return self.judge(listener).map(|()| Duration::ZERO),
                effect => {
                    self.act(effect, listener).await?;
                    return Ok(Duration::ZERO);
                }
            }
        }
        Ok(pause.unwrap_or_default())
    }

    /// Appends all that the core decides by itself, then returns what is to be done.
    fn decide(&mut self, listener: &mut dyn Listener) -> Result<Vec<Effect>, EngineError> {
        loop {
            let now = self.now();
            let effects = next(&self.state, now);
            match effects.first() {
                Some(Effect::Record(event)) => {
                    let event = (**event).clone();
                    self.append_at(now, vec![event], None, listener)?;
                    if self.state.outcome().is_some() {
                        return Ok(Vec::new());
                    }
                }
                _ => return Ok(effects),
            }
        }
    }
}
