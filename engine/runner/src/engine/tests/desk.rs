//! A release with everything it needs, and engines that take it up one after another.

use std::sync::Arc;

use sluice_core::release::event::{Event, Record, Signal};
use sluice_core::release::replay::{fold, replay};
use sluice_core::release::state::State;
use tempfile::TempDir;
use tokio::sync::watch;

use super::observer::{BEGAN_MS, FakeObserver, RuntimeClock};
use super::plan::{RELEASE, plan};
use super::plugins::{FakePlugins, FakeRules, LostPlugins, Script};
use super::target::{FakeTarget, Manners};
use super::workshop::{Aside, FakeWorkshop};
use crate::clock::Clock;
use crate::engine::{Engine, EngineError, Faults, Interrupt, Left, Listener, Parts, Until, abandon};
use crate::journal::faulty::{Fault, FaultyStore};
use crate::journal::sqlite::SqliteStore;
use crate::journal::{JournalStore, Lease};
use crate::ports::plugins::Plugins;
use crate::ports::rules::Rules;
use sluice_core::plan::Plan;

pub struct Desk {
    pub store: Arc<FaultyStore<SqliteStore>>,
    pub target: Arc<FakeTarget>,
    pub clock: Arc<RuntimeClock>,
    pub workshop: Arc<FakeWorkshop>,
    script: Script,
    rules: Arc<dyn Rules>,
    state: TempDir,
}

/// Does something on records; what it does, it does in the middle of the loop.
pub struct OnRecord<F>(pub F);

impl<F: FnMut(&Record, &State) + Send> Listener for OnRecord<F> {
    fn recorded(&mut self, record: &Record, state: &State) {
        (self.0)(record, state);
    }

    fn ticked(&mut self, _: &State, _: u64) {}
}

impl Desk {
    pub fn new(script: Script) -> Self {
        Self::with(&plan(), script, Manners::default())
    }

    pub fn with(plan: &Plan, script: Script, manners: Manners) -> Self {
        Self::failing(plan, script, manners, (0, Fault::NotWritten))
    }

    /// The same under policies.
    pub fn under(self, rules: Arc<dyn Rules>) -> Self {
        Self { rules, ..self }
    }

    /// One with jobs and looks beside the loop.
    pub fn beside(plan: &Plan, script: Script, aside: Aside) -> Self {
        Self::all(plan, script, Manners::default(), (0, Fault::NotWritten), aside)
    }

    /// One whose journal fails in this write, from 1.
    pub fn failing(plan: &Plan, script: Script, manners: Manners, fault: (u64, Fault)) -> Self {
        Self::all(plan, script, manners, fault, Aside::default())
    }

    pub fn all(
        plan: &Plan,
        script: Script,
        manners: Manners,
        (failing, fault): (u64, Fault),
        aside: Aside,
    ) -> Self {
        let state = tempdir();
        let store = Arc::new(FaultyStore::new(SqliteStore::open(state.path()).unwrap(), failing, fault));
        let clock = Arc::new(RuntimeClock::new());
        let target = Arc::new(FakeTarget::new(plan, manners, (store.clone(), failing), clock.clone()));
        let event = Event::Planned { release: RELEASE.to_owned(), plan: Box::new(plan.clone()) };
        let lease = Lease::acquire(state.path(), "shop").unwrap();
        // The plan itself is not on disk where this very write is to fail.
        let _ = store.create(&lease, RELEASE, &Record { seq: 0, at: BEGAN_MS, event });
        let workshop = Arc::new(FakeWorkshop::new(aside));
        Self { store, target, clock, workshop, script, rules: Arc::new(FakeRules(script)), state }
    }

    /// An engine of its own, as after a restart.
    pub fn open(&self, faults: &str) -> Result<Engine, EngineError> {
        self.open_with(Arc::new(FakePlugins(self.script)), faults)
    }

    /// An engine that finds none of its plugins.
    pub fn open_without_plugins(&self) -> Result<Engine, EngineError> {
        self.open_with(Arc::new(LostPlugins), "")
    }

    fn open_with(&self, plugins: Arc<dyn Plugins>, faults: &str) -> Result<Engine, EngineError> {
        let parts = Parts {
            store: self.store.clone(),
            plugins,
            target: self.target.clone(),
            observer: Arc::new(FakeObserver),
            rules: self.rules.clone(),
            clock: self.clock.clone(),
            inspector: self.workshop.clone(),
            herald: self.workshop.clone(),
            workshop: self.workshop.clone(),
            faults: Faults::parse(faults).unwrap(),
        };
        Engine::open(parts, Lease::acquire(self.state.path(), "shop").unwrap(), RELEASE)
    }

    /// Runs an engine to the end of the release.
    pub async fn run(&self) -> Left {
        self.run_until(Until::default(), &mut ()).await
    }

    pub async fn run_until(&self, until: Until, listener: &mut dyn Listener) -> Left {
        let (_sender, interrupt) = watch::channel(Interrupt::None);
        self.open("").unwrap().run(until, interrupt, listener).await.unwrap()
    }

    /// Runs to the end, with faults of the engine's own.
    pub async fn run_with(&self, faults: &str) -> Result<Left, EngineError> {
        // Nobody is there to interrupt it.
        let (_, interrupt) = watch::channel(Interrupt::None);
        self.open(faults)?.run(Until::default(), interrupt, &mut ()).await
    }

    /// Ends the release by its journal alone, where that is possible.
    pub fn abandon(&self) -> bool {
        let lease = Lease::acquire(self.state.path(), "shop").unwrap();
        let state = fold(&self.store.read(RELEASE).unwrap()).unwrap();
        abandon(self.store.as_ref(), &lease, state, self.clock.now_ms()).unwrap()
    }

    pub fn say(&self, signal: Signal) {
        self.say_as("lea", signal);
    }

    pub fn say_as(&self, who: &str, signal: Signal) {
        let at = self.clock.now_ms();
        self.store.signal(RELEASE, &signal, who, "so be it", at).unwrap();
    }

    /// The journal, once it was seen that a replay takes the same decisions.
    pub fn records(&self) -> Vec<Record> {
        let records = self.store.read(RELEASE).unwrap();
        replay(&records).unwrap();
        records
    }

    /// What the journal tells: decisions, signals, shapes and the end.
    pub fn told(&self) -> String {
        let lines: Vec<String> = self.records().iter().filter_map(line).collect();
        lines.join("\n")
    }

    /// Failed orders: generation, error, and whether another try is useless.
    pub fn failures(&self) -> Vec<(u64, String, bool)> {
        let failed = |record: Record| match record.event {
            Event::ShapeFailed { generation, error, last } => Some((generation, error, last)),
            _ => None,
        };
        self.records().into_iter().filter_map(failed).collect()
    }
}

/// In memory where the machine has such a place: that an append is durable is tested with the journal, and the
/// thousands of them here would take minutes on a disk.
fn tempdir() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap()
}

fn line(record: &Record) -> Option<String> {
    match &record.event {
        Event::Decided { decision } => {
            let from: Vec<&str> = decision.reasons.iter().map(|reason| reason.from.as_str()).collect();
            Some(format!("{} {}: {}", decision.kind, decision.about, from.join(", ")))
        }
        Event::ShapeIntended { shape, purpose, .. } => Some(format!("  {purpose:?}: {shape}")),
        Event::ShapeFailed { error, .. } => Some(format!("  failed: {error}")),
        Event::Signalled { signal, who, comment } => Some(format!("{who} says {signal:?}: {comment}")),
        Event::EngineStarted { .. } if record.seq > 1 => Some("another engine".to_owned()),
        Event::Ended { outcome, reason } => Some(format!("ended {outcome}: {reason}")),
        _ => None,
    }
}
