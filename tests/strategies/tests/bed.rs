//! A release on a made-up target: the core decides, the components answer, the fleet follows.

use std::collections::BTreeMap;
use std::sync::Arc;

use sluice_core::model::observation::ObservationSet;
use sluice_core::model::verdict::{Judgement, Verdict};
use sluice_core::release::effect::Effect;
use sluice_core::release::event::{Event, Record, Signal};
use sluice_core::release::instances::INSTANCES;
use sluice_core::release::next::next;
use sluice_core::release::state::State;
use sluice_runner::ports::plugins::{Call, Further, Plugin, PluginKind};

use crate::components::{self, Unasked};
use crate::fleet::Fleet;
use crate::plan::Setup;

/// What happens beside what the release does. Each is asked with the state as it is.
pub trait Chance {
    fn verdict(&mut self, check: &str, state: &State) -> Verdict;
    /// Before each turn: how long it takes.
    fn pace(&mut self, state: &State) -> u64;
    /// What becomes of instances in a turn.
    fn fleet(&mut self, fleet: &mut Fleet, state: &State);
    fn signal(&mut self, state: &State) -> Option<Signal>;
}

pub struct Bed<C> {
    pub state: State,
    pub records: Vec<Record>,
    pub fleet: Fleet,
    pub chance: C,
    now: u64,
    looks: u64,
    strategy: Arc<dyn Plugin>,
    rollback: Arc<dyn Plugin>,
    configs: [String; 2],
    metrics: Arc<dyn Further>,
}

const BEGIN: u64 = 1_000_000;
/// A hurried release may go through all its steps in one turn; more than that is a loop.
const MOST_RECORDS_A_TURN: usize = 400;

impl<C: Chance> Bed<C> {
    pub fn new(setup: &Setup, chance: C) -> Self {
        let plan = setup.plan();
        let planned = Event::Planned { release: "shop-1".to_owned(), plan: Box::new(plan) };
        let first = Record { seq: 0, at: BEGIN, event: planned };
        let state = State::begin(&first).unwrap();
        let fleet = Fleet::new(state.stable_shape());
        Self {
            state,
            records: vec![first],
            fleet,
            chance,
            now: BEGIN,
            looks: 0,
            strategy: components::load(PluginKind::Strategy, &setup.strategy),
            rollback: components::load(PluginKind::Rollback, "on-failure"),
            configs: [setup.config.to_string(), setup.rollback.to_string()],
            metrics: Arc::new(Unasked),
        }
    }

    /// One turn of the loop; `look` sees everything after each record.
    pub fn turn(&mut self, look: &mut dyn FnMut(&State, &Record, &mut Fleet)) {
        self.now += self.chance.pace(&self.state);
        self.chance.fleet(&mut self.fleet, &self.state);
        if let Some(signal) = self.chance.signal(&self.state) {
            self.append(Event::Signalled { signal, who: "anna".to_owned(), comment: String::new() }, look);
        }
        for _ in 0..MOST_RECORDS_A_TURN {
            let before = self.records.len();
            for effect in next(&self.state, self.now) {
                if let Some(event) = self.done(effect) {
                    self.append(event, look);
                    break;
                }
            }
            if self.records.len() == before {
                return;
            }
        }
        panic!("{MOST_RECORDS_A_TURN} records in one turn: {:#?}", self.records.last());
    }

    fn append(&mut self, event: Event, look: &mut dyn FnMut(&State, &Record, &mut Fleet)) {
        let record = Record { seq: self.state.records, at: self.now, event };
        self.state.apply(&record).unwrap_or_else(|error| panic!("{error}\n{record:#?}"));
        look(&self.state, &record, &mut self.fleet);
        self.records.push(record);
    }

    fn done(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::Record(event) => Some(*event),
            Effect::EvaluatePolicies { moment, .. } => {
                Some(Event::PoliciesEvaluated { moment, outcomes: Vec::new(), seen: None })
            }
            Effect::AskStrategy => Some(self.ask_strategy()),
            Effect::AskRollback => Some(self.ask_rollback()),
            Effect::Apply { generation, shape, .. } => {
                self.fleet.apply(generation, &shape);
                Some(Event::ShapeAccepted { generation })
            }
            Effect::AwaitShape { generation } => {
                self.fleet.is_settled(generation).then_some(Event::ShapeApplied { generation })
            }
            Effect::Observe => Some(self.observe()),
            Effect::Judge { check } => Some(self.judge(check)),
            // No plan here has stages around its steps.
            Effect::Prepare | Effect::Notify { .. } | Effect::RunJobs { .. } => None,
            Effect::Wait { until } => {
                assert!(until > self.now, "a wait that is over");
                None
            }
        }
    }

    fn ask_strategy(&self) -> Event {
        let snapshot = self.state.snapshot(self.now);
        match self.strategy.next(self.call(&snapshot, 0, &self.state.strategy_state)) {
            Ok(answered) => {
                let (proposal, state) = (answered.answer.answer, answered.answer.state);
                Event::StrategyAnswered { proposal, state }
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn ask_rollback(&self) -> Event {
        let snapshot = self.state.snapshot(self.now);
        match self.rollback.decide(self.call(&snapshot, 1, &self.state.rollback_state)) {
            Ok(answered) => {
                let (answer, state) = (answered.answer.answer, answered.answer.state);
                Event::RollbackAnswered { answer, state }
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn call<'a>(
        &'a self,
        snapshot: &'a sluice_core::snapshot::Snapshot,
        place: usize,
        state: &'a [u8],
    ) -> Call<'a> {
        let config = self.configs[place].as_str();
        Call { snapshot, config, state, observations: &[], metrics: &self.metrics }
    }

    fn observe(&mut self) -> Event {
        self.looks += 1;
        let roles = sluice_core::model::shape::Role::ALL;
        let ready = roles.map(|role| (role.name().to_owned(), self.fleet.ready(role)));
        let moving = matches!(self.state.phase, sluice_core::release::state::Phase::Moving(_));
        let set = ObservationSet {
            id: format!("look-{}", self.looks),
            at: self.now,
            events: Some(1_000),
            ready: ready.into_iter().collect(),
            observations: BTreeMap::new(),
            found: Some(self.fleet.found()).filter(|_| !moving),
            failures: Vec::new(),
            differences: Default::default(),
        };
        Event::Observed { set: Box::new(set) }
    }

    fn judge(&mut self, check: String) -> Event {
        if check == INSTANCES {
            return Event::Judged { judgement: self.state.judge_instances() };
        }
        let verdict = self.chance.verdict(&check, &self.state);
        let observed = self.state.round.observed.as_ref().map_or(String::new(), |set| set.id.clone());
        let judgement = Judgement {
            check,
            verdict,
            score: None,
            reason: "as it happened".to_owned(),
            measurements: Vec::new(),
            observed,
            further: Vec::new(),
            state: Vec::new(),
        };
        Event::Judged { judgement }
    }
}
