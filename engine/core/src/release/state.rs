//! Where a release stands: a fold over its events and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::observation::{ObservationSet, Wrong};
use crate::model::policy::{Past, RuleOutcome};
use crate::model::shape::{Role, Shape, Step};
use crate::model::verdict::{Judgement, Verdict};
use crate::plan::{Kind, Occasion, Plan, Stage};

use super::decision::{Decision, Outcome, Reason};
use super::event::{Purpose, Retreat, RollbackAnswer};
use super::instances::INSTANCES;
use super::jobs::Runs;
use super::overrides::Override;
use super::prepared::Finding;

/// Where a release stands.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub release: String,
    pub plan: Arc<Plan>,
    /// Records folded so far; the next one has this number.
    pub records: u64,
    /// Time of the first and of the last record.
    pub started_at: u64,
    pub at: u64,
    pub phase: Phase,
    /// Generation of the last intent.
    pub generation: u64,
    /// The shape that was last seen to be in effect.
    pub shape: Shape,
    pub step: Option<StepState>,
    /// Steps whose gate has closed.
    pub completed: u32,
    pub round: Round,
    /// Verdicts of the round before, to be shown while this one is under way. Nothing is decided on them.
    pub before: BTreeMap<String, Judgement>,
    /// Time under observation while users could reach the candidate.
    pub observed_ms: u64,
    pub strategy_state: Vec<u8>,
    pub rollback_state: Vec<u8>,
    pub check_states: BTreeMap<String, Vec<u8>>,
    /// How often each of the candidate's instances had been restarted at the last look; nothing before the first.
    pub restarts: Option<BTreeMap<String, u32>>,
    pub paused: Option<Pause>,
    /// A wish to end, not yet acted on.
    pub abort: Option<Abort>,
    /// A person's word to end here and leave the target as it is.
    pub abandoned: Option<Word>,
    /// Persons' wishes to skip waiting or a rule: being judged by policy, then in force for as long as they reach.
    pub overrides: Vec<Override>,
    pub decision: Option<Decision>,
    /// Time that counts for no deadline: the engine was away, or the release paused.
    pub idle_ms: u64,
    /// Jobs that have begun, by stage.
    pub jobs: BTreeMap<Stage, Runs>,
    /// The strategy has no more steps: the next one is the engine's own, to watch over.
    pub after: bool,
    /// On which occasions those who want to know were told.
    pub told: BTreeSet<Occasion>,
    /// The last wait for a person that they were told of.
    pub told_waiting: String,
    /// Releases of this service that were before it, as rules were told at admission.
    pub recent: Vec<Past>,
    /// Approvals since the step in effect began, or since the release did.
    pub approvals: Vec<Word>,
}

/// What the release is busy with.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// Admission rules are asked; their answer waits for the decision.
    Admission {
        outcomes: Option<Vec<RuleOutcome>>,
    },
    /// It is looked at whether the release may begin.
    Preparing(Preparing),
    /// Approvals and tests before anything is done.
    Testing,
    /// Between two shapes: something is to be asked before the next.
    Between(Between),
    /// Decided; the intent is the next record.
    Cleared {
        shape: Shape,
        purpose: Purpose,
        step: Option<Box<Step>>,
    },
    /// A shape is on its way.
    Moving(Move),
    /// A step's shape is in effect and its gate is open.
    Gated,
    /// On the way back.
    Retreating(Retreating),
    /// All is done; the last record is next.
    Finishing {
        outcome: Outcome,
        reason: String,
    },
    Ended {
        outcome: Outcome,
        reason: String,
    },
}

/// Looking before anything is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Preparing {
    pub findings: Option<Vec<Finding>>,
    /// Who had to be told and could not be.
    pub refused: Vec<Reason>,
    /// On the release's own clock.
    pub since: u64,
}

/// What comes next, and what stands in its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Between {
    pub next: NextUp,
    /// On the release's own clock.
    pub since: u64,
    pub retry_at: u64,
    /// Why it is held; empty when it is not.
    pub held: Vec<Reason>,
    /// The rules that hold it.
    pub refused: Vec<RuleOutcome>,
    /// What the rules said, when none refused and nothing was observed since.
    pub allowed: Option<Vec<RuleOutcome>>,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub enum NextUp {
    /// The strategy's word.
    Strategy,
    /// This step, if the rules allow it.
    Step(Box<Step>),
    /// Promotion, if the rules allow it.
    Promotion,
}

/// A shape on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    pub generation: u64,
    pub key: String,
    pub shape: Shape,
    pub purpose: Purpose,
    pub step: Option<Box<Step>>,
    pub accepted: bool,
    /// On the release's own clock.
    pub since: u64,
    pub failures: u32,
    /// The last failure, and whether another try is useless.
    pub failed: Option<(String, bool)>,
    pub retry_at: u64,
    /// What the target was told to wait for last, and how often that was told.
    pub waits: Option<(String, u32)>,
    /// For a way back: how it goes on.
    pub back: Option<Box<Retreating>>,
    /// For a repair: what it interrupts, and what goes on after it.
    pub then: Option<Box<Phase>>,
}

/// On the way back to stable alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Retreating {
    pub outcome: Outcome,
    pub reason: String,
    pub queue: Vec<Retreat>,
    /// The current retreat is kept until then, on the release's own clock.
    pub until: u64,
    /// Whether the rules were told of a person's override.
    pub told: bool,
    /// The person whose word it is, if it is one's.
    pub by: Option<Word>,
}

/// The step in effect.
#[derive(Debug, Clone, PartialEq)]
pub struct StepState {
    pub step: Step,
    /// When its shape was seen to be in effect.
    pub entered_at: u64,
    /// The same on the release's own clock.
    pub entered_clock: u64,
    /// Time under observation in this step.
    pub watched_ms: u64,
    pub watched_until: u64,
    /// Events counted by engines before this one.
    pub events_before: u64,
    pub events: Option<u64>,
    /// Restarts of the candidate's instances in this step.
    pub restarts: Restarts,
    /// When its shape was last given to the target again, on the release's own clock.
    pub repaired_at: Option<u64>,
    pub approved: Option<Word>,
    /// When only the approval was missing, on the release's own clock.
    pub awaiting_since: Option<u64>,
    /// How long it was waited for.
    pub awaited_ms: u64,
}

/// Restarts of the candidate's instances within one step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Restarts {
    pub all: u32,
    /// Those that the last look was the first to see.
    pub fresh: u32,
    /// The instance that was seen last to have been restarted, and how it had ended.
    pub last: String,
}

/// One look: an observation set, the verdicts on it, and the rollback plugin's answer to them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Round {
    pub observed: Option<Arc<ObservationSet>>,
    pub judged: BTreeMap<String, Judgement>,
    pub answer: Option<Answer>,
}

/// What came of asking the rollback plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Given(RollbackAnswer),
    Failed(String),
}

/// What somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub who: String,
    pub comment: String,
    pub at: u64,
}

/// A wish to end the release, by whose it is: a person may have any name, also that of a part of the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Abort {
    Person(Word),
    /// The strategy gives it up, for this reason.
    Strategy(String),
    /// There is no room for it.
    Target(String),
}

/// A paused release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    pub by: Word,
}

/// The least time for which a complete round counts as fresh.
const LEAST_FRESH_MS: u64 = 5_000;

impl Abort {
    /// The person's word, if a person said it.
    pub fn of_person(&self) -> Option<&Word> {
        match self {
            Self::Person(word) => Some(word),
            Self::Strategy(_) | Self::Target(_) => None,
        }
    }
}

impl State {
    /// The release's own clock: time in which it was taken care of.
    pub fn clock(&self, now: u64) -> u64 {
        now.saturating_sub(self.idle_ms)
    }

    /// How old an observation may be and still carry a decision.
    pub fn fresh_ms(&self) -> u64 {
        (3 * self.plan.metrics.interval_ms).max(LEAST_FRESH_MS)
    }

    pub fn outcome(&self) -> Option<Outcome> {
        match &self.phase {
            Phase::Ended { outcome, .. } => Some(*outcome),
            _ => None,
        }
    }

    /// Stable alone; nothing at all where nothing was served before.
    pub fn stable_shape(&self) -> Shape {
        stable_shape(&self.plan)
    }

    /// The candidate alone.
    pub fn promoted_shape(&self) -> Shape {
        Shape::only(Role::Candidate, self.plan.candidate.instances)
    }

    /// Names of the checks that are judged now.
    pub fn scope(&self) -> Vec<&str> {
        let unchecked = self.step.as_ref().is_some_and(|step| step.step.goes_unchecked());
        let named = self.step.as_ref().map_or(&[][..], |step| step.step.gate.checks.as_slice());
        let all = self.plan.checks.iter().map(|check| check.name.as_str());
        let is_named = |name: &&str| named.is_empty() || named.iter().any(|one| one == name);
        let scope = all.filter(|name| !unchecked && is_named(name));
        scope.chain(self.instances_in_scope()).collect()
    }

    /// Checks in scope that have no verdict in this round yet.
    pub fn unjudged(&self) -> Vec<&str> {
        let mut scope = self.scope();
        scope.retain(|name| !self.round.judged.contains_key(*name));
        scope
    }

    /// Whether this round has all its verdicts and the rollback plugin's word.
    pub fn round_complete(&self) -> bool {
        self.round.observed.is_some() && self.unjudged().is_empty() && self.round.answer.is_some()
    }

    /// Whether the round's observation may still carry a decision at `now`.
    pub fn round_fresh(&self, now: u64) -> bool {
        self.round.observed.as_ref().is_some_and(|set| now.saturating_sub(set.at) <= self.fresh_ms())
    }

    /// Why candidate exposure may not rise now; empty when it may. This is the invariant's one home.
    pub fn objections(&self, now: u64) -> Vec<Reason> {
        if self.step.is_none() {
            return Vec::new();
        }
        if !self.round_complete() || !self.round_fresh(now) {
            return vec![Reason::new("engine", "no complete and fresh round of verdicts yet")];
        }
        self.failing()
    }

    /// What this round has against going on: a target that is not as it should be, verdicts that are not good.
    pub fn failing(&self) -> Vec<Reason> {
        let target = self.wrong().map(|wrong| Reason::new("target", wrong.what.clone()));
        target.into_iter().chain(self.standing_against(&self.round.judged)).collect()
    }

    /// What the round before had against going on.
    pub(super) fn failing_before(&self) -> Vec<Reason> {
        self.standing_against(&self.before).collect()
    }

    fn standing_against<'a>(
        &'a self,
        judged: &'a BTreeMap<String, Judgement>,
    ) -> impl Iterator<Item = Reason> + 'a {
        let first = self.plan.kind == Kind::First;
        let stands_against = move |judgement: &&Judgement| {
            let harmless =
                first && judgement.verdict == Verdict::Inconclusive && judgement.check != INSTANCES;
            !judgement.verdict.passes() && !harmless
        };
        judged.values().filter(stands_against).map(|judgement| {
            let text = format!("{}: {}", judgement.verdict, judgement.reason);
            Reason::new(format!("check {}", judgement.check), text)
        })
    }

    /// Where this round found the target other than the shape in effect has it.
    pub fn wrong(&self) -> Option<&Wrong> {
        self.round.observed.as_ref()?.found.as_ref()?.wrong.as_ref()
    }

    /// The last verdict of a check: of this round, or of the one before while this one is under way.
    pub fn last_judgement(&self, check: &str) -> Option<&Judgement> {
        self.round.judged.get(check).or_else(|| self.before.get(check))
    }

    /// Events since the step began, over all engines that took care of it.
    pub fn events(&self) -> Option<u64> {
        let step = self.step.as_ref()?;
        match step.events {
            Some(events) => Some(step.events_before + events),
            None if step.events_before > 0 => Some(step.events_before),
            None => None,
        }
    }
}

/// Stable alone; nothing at all where nothing was served before.
pub fn stable_shape(plan: &Plan) -> Shape {
    match &plan.stable {
        Some(stable) => Shape::only(Role::Stable, stable.instances),
        None => Shape::default(),
    }
}
