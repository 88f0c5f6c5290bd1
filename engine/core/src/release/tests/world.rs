//! A world to run the core against: it does every effect at once, as a script says.

use std::collections::BTreeMap;

use crate::model::observation::{Found, ObservationSet, Restarted, Wrong};
use crate::model::policy::{Enforcement, Moment, RuleOutcome, RuleResult};
use crate::model::shape::{Allocation, Approval, Gate, Role, Shape, Step, Weight};
use crate::model::verdict::{Judgement, Verdict};
use crate::plan::Plan;
use crate::release::effect::Effect;
use crate::release::event::{Event, Proposal, Record, RollbackAnswer, Signal};
use crate::release::instances::INSTANCES;
use crate::release::jobs::{JobResult, Try};
use crate::release::next::next;
use crate::release::prepared::{Finding, Grade, Told};
use crate::release::state::{Phase, State};
use crate::sample;

/// Answers the question with this number, in this state.
type Ask<T> = Box<dyn FnMut(u64, &State) -> Result<T, String>>;
/// Whether a try has passed, at the look with this number; nothing while it runs.
type End = Box<dyn FnMut(u64, &Try) -> Option<bool>>;
/// Does the action with this number, or says why not, and whether for good.
type Act = Box<dyn FnMut(u64) -> Result<(), (String, bool)>>;

/// What the outside answers. Each closure gets a running number of its kind of question.
pub struct Script {
    pub verdict: Box<dyn FnMut(u64) -> Verdict>,
    pub rollback: Ask<RollbackAnswer>,
    pub policy: Box<dyn FnMut(u64, Moment) -> bool>,
    pub enforcement: Enforcement,
    pub apply: Act,
    pub settled: Box<dyn FnMut(u64) -> bool>,
    pub strategy: Ask<Proposal>,
    /// What the target is found to have lost, from then on until it is given a shape.
    pub loses: Box<dyn FnMut(u64) -> Option<Wrong>>,
    /// How often the candidate's only interesting instance was restarted by then.
    pub restarts: Box<dyn FnMut(u64) -> u32>,
    /// Asked before each round of effects.
    pub signal: Box<dyn FnMut(u64) -> Option<Signal>>,
    /// What is said with each signal.
    pub comment: &'static str,
    /// How a job's try ends, once it has been looked at this often; nothing while it runs.
    pub job: End,
    /// What is found before anything is done.
    pub found: Box<dyn FnMut(u64) -> Grade>,
    /// How long each turn of the loop takes.
    pub pace: Box<dyn FnMut(u64) -> u64>,
}

pub struct World {
    pub script: Script,
    pub records: Vec<Record>,
    pub state: State,
    pub now: u64,
    pub lost: Option<Wrong>,
    asked: BTreeMap<&'static str, u64>,
}

/// A hurried release may go through all its steps in one turn; more than that is a loop.
const MOST_RECORDS_A_TURN: usize = 100;

pub const STEPS: [u16; 4] = [50, 250, 500, 1000];

impl Default for Script {
    fn default() -> Self {
        Self {
            verdict: Box::new(|_| Verdict::Pass),
            rollback: Box::new(|_, state| Ok(plain_rollback(state))),
            policy: Box::new(|_, _| true),
            enforcement: Enforcement::Hard,
            comment: "",
            apply: Box::new(|_| Ok(())),
            settled: Box::new(|_| true),
            strategy: Box::new(|_, state| Ok(canary(state, None))),
            loses: Box::new(|_| None),
            restarts: Box::new(|_| 0),
            signal: Box::new(|_| None),
            job: Box::new(|_, _| Some(true)),
            found: Box::new(|_| Grade::Good),
            pace: Box::new(|_| 100),
        }
    }
}

/// Rolls back as soon as one check fails.
pub fn plain_rollback(state: &State) -> RollbackAnswer {
    let failed = state.round.judged.values().any(|judgement| judgement.verdict == Verdict::Fail);
    if failed {
        RollbackAnswer::RollBack { reason: "a check failed".to_owned(), by: Vec::new() }
    } else {
        RollbackAnswer::Keep(String::new())
    }
}

pub fn canary(state: &State, approval: Option<Approval>) -> Proposal {
    let Some(weight) = STEPS.get(state.completed as usize) else {
        return Proposal::Complete("all steps done".to_owned());
    };
    let gate = Gate {
        min_time_ms: 2_000,
        min_events: 10,
        checks: vec![],
        unchecked: false,
        approval,
        deadline_ms: 60_000,
    };
    let reason = String::new();
    Proposal::Step(Box::new(Step { name: format!("{weight}"), shape: split(*weight), gate, reason }))
}

pub fn split(weight: u16) -> Shape {
    let weight = Weight::per_mille(weight).unwrap();
    let allocations = vec![
        Allocation { role: Role::Stable, instances: 2, weight: weight.rest() },
        Allocation { role: Role::Candidate, instances: 2, weight },
    ];
    Shape { allocations, ..Shape::default() }
}

/// The sample plan under these checks.
pub fn plan(checks: &[&str]) -> Plan {
    Plan { checks: checks.iter().map(|name| sample::used(name)).collect(), ..sample::plan() }
}

impl World {
    pub fn new(plan: Plan, script: Script) -> Self {
        let planned = Event::Planned { release: "shop-1".to_owned(), plan: Box::new(plan) };
        let first = Record { seq: 0, at: 1_000_000, event: planned };
        let state = State::begin(&first).unwrap();
        Self { script, records: vec![first], state, now: 1_000_000, lost: None, asked: BTreeMap::new() }
    }

    /// Runs until the release has ended, or this many turns are over.
    pub fn run(&mut self, turns: usize) -> &mut Self {
        for _ in 0..turns {
            if self.state.outcome().is_some() {
                break;
            }
            self.turn();
        }
        self
    }

    pub fn turn(&mut self) {
        let number = self.count("turn");
        self.now += (self.script.pace)(number);
        if let Some(signal) = (self.script.signal)(number) {
            self.append(Event::Signalled {
                signal,
                who: "anna".to_owned(),
                comment: self.script.comment.to_owned(),
            });
        }
        for _ in 0..MOST_RECORDS_A_TURN {
            let before = self.records.len();
            for effect in next(&self.state, self.now) {
                self.act(effect);
                if self.records.len() > before {
                    break;
                }
            }
            if self.records.len() == before {
                return;
            }
        }
        panic!(
            "{MOST_RECORDS_A_TURN} records in one turn: {:#?}",
            self.records.iter().rev().take(4).collect::<Vec<_>>()
        );
    }

    pub fn append(&mut self, event: Event) {
        let record = Record { seq: self.state.records, at: self.now, event };
        self.state.apply(&record).unwrap_or_else(|error| panic!("{error}\n{record:#?}\n{:#?}", self.state));
        self.records.push(record);
    }

    pub fn decisions(&self) -> Vec<String> {
        let decided = |record: &Record| match &record.event {
            Event::Decided { decision } => {
                let from: Vec<&str> = decision.reasons.iter().map(|reason| reason.from.as_str()).collect();
                Some(format!("{} {}: {}", decision.kind, decision.about, from.join(", ")))
            }
            Event::ShapeApplied { .. } => Some("  applied".to_owned()),
            Event::Ended { outcome, .. } => Some(format!("ended {outcome}")),
            _ => None,
        };
        self.records.iter().filter_map(decided).collect()
    }

    fn count(&mut self, what: &'static str) -> u64 {
        let count = self.asked.entry(what).or_default();
        *count += 1;
        *count - 1
    }

    pub fn act(&mut self, effect: Effect) {
        match effect {
            Effect::Record(event) => self.append(*event),
            Effect::EvaluatePolicies { moment, .. } => self.evaluate(moment),
            Effect::AskStrategy => self.ask_strategy(),
            Effect::Apply { generation, .. } => self.apply(generation),
            Effect::AwaitShape { generation } => {
                let number = self.count("settled");
                if (self.script.settled)(number) {
                    self.append(Event::ShapeApplied { generation });
                }
            }
            Effect::Observe => self.observe(),
            Effect::Judge { check } => self.judge(check),
            Effect::AskRollback => self.ask_rollback(),
            Effect::Prepare => self.prepare(),
            Effect::Notify { occasion, text } => {
                let told = vec![Told { name: "team".to_owned(), error: String::new() }];
                self.append(Event::Notified { occasion, text, told });
            }
            Effect::RunJobs { tries } => self.run_jobs(&tries),
            Effect::Wait { until } => assert!(until > self.now, "a wait that is over"),
        }
    }

    fn prepare(&mut self) {
        let number = self.count("prepare");
        let (of, text) = ("tool make".to_owned(), "as scripted".to_owned());
        let findings = vec![Finding { of, grade: (self.script.found)(number), text }];
        self.append(Event::Prepared { findings });
    }

    fn run_jobs(&mut self, tries: &[Try]) {
        for one in tries {
            let number = self.count("job");
            let Some(passed) = (self.script.job)(number, one) else { continue };
            let how = if passed { "exited with status 0" } else { "exited with status 1" }.to_owned();
            let result = Box::new(JobResult { passed, how, ..JobResult::default() });
            let (stage, job, attempt) = (one.stage, one.job.name.clone(), one.attempt);
            return self.append(Event::JobEnded { stage, job, attempt, result });
        }
    }

    fn evaluate(&mut self, moment: Moment) {
        let number = self.count("policy");
        let result = if (self.script.policy)(number, moment) { RuleResult::Pass } else { RuleResult::Fail };
        let (policy, rule) = ("guard".to_owned(), "rule".to_owned());
        let (enforcement, message) = (self.script.enforcement, "no".to_owned());
        let outcome = RuleOutcome { policy, rule, enforcement, result, message, awaits: None };
        let outcomes = self.state.waived(moment, vec![outcome]);
        self.append(Event::PoliciesEvaluated { moment, outcomes, seen: None });
    }

    fn ask_strategy(&mut self) {
        let number = self.count("strategy");
        let event = match (self.script.strategy)(number, &self.state) {
            Ok(proposal) => Event::StrategyAnswered { proposal, state: vec![] },
            Err(error) => Event::PluginFailed { place: "strategy".to_owned(), error },
        };
        self.append(event);
    }

    fn apply(&mut self, generation: u64) {
        let number = self.count("apply");
        let event = match (self.script.apply)(number) {
            Ok(()) => {
                self.lost = None;
                Event::ShapeAccepted { generation }
            }
            Err((error, last)) => Event::ShapeFailed { generation, error, last },
        };
        self.append(event);
    }

    fn observe(&mut self) {
        let number = self.count("observe");
        let id = format!("obs-{number}");
        let found = self.found(number);
        let set = ObservationSet {
            id,
            at: self.now,
            events: Some(1_000),
            ready: BTreeMap::new(),
            observations: BTreeMap::new(),
            found: Some(found),
            failures: vec![],
            differences: Vec::new(),
        };
        self.append(Event::Observed { set: Box::new(set) });
    }

    fn found(&mut self, number: u64) -> Found {
        let lost = self.lost.take().or_else(|| (self.script.loses)(number));
        // Instances that are not ready get ready by themselves.
        self.lost = lost.clone().filter(|wrong| wrong.lost);
        let moving = matches!(self.state.phase, Phase::Moving(_));
        let times = (self.script.restarts)(number);
        let restarted =
            Restarted { instance: "v2/1".to_owned(), times, last_exit: "exited with 1".to_owned() };
        Found { wrong: lost.filter(|_| !moving), restarted: vec![restarted] }
    }

    fn judge(&mut self, check: String) {
        if check == INSTANCES {
            return self.append(Event::Judged { judgement: self.state.judge_instances() });
        }
        let number = self.count("verdict");
        let judgement = Judgement {
            check,
            verdict: (self.script.verdict)(number),
            score: None,
            reason: "as scripted".to_owned(),
            measurements: vec![],
            observed: self.state.round.observed.as_ref().unwrap().id.clone(),
            further: vec![],
            state: vec![],
        };
        self.append(Event::Judged { judgement });
    }

    fn ask_rollback(&mut self) {
        let number = self.count("rollback");
        let event = match (self.script.rollback)(number, &self.state) {
            Ok(answer) => Event::RollbackAnswered { answer, state: vec![] },
            Err(error) => Event::PluginFailed { place: "rollback".to_owned(), error },
        };
        self.append(event);
    }
}
