//! The policies of a plan, asked with what the state of its release shows.

mod facts;

use std::time::{Duration, Instant};

use sluice_core::document::problem::Problem;
use sluice_core::model::policy::{Moment, RuleOutcome, Seen};
use sluice_core::plan::{Kind, Plan, PluginPin};
use sluice_core::release::event::Record;
use sluice_core::release::instances::INSTANCES;
use sluice_core::release::replay::ReplayError;
use sluice_core::release::state::{Phase, State, Word};
use sluice_policy::Watch;
use sluice_policy::context::{Context, OverrideFacts, ReleaseFacts, ShapeFacts, StepFacts};
use sluice_policy::set::PolicySet;

use crate::engine::EngineError;
use crate::ports::rules::{Question, Rules};

/// The policies that a plan pins.
#[derive(Debug)]
pub struct PlannedRules {
    set: PolicySet,
    /// Whether a release that no policy is for is refused.
    required: bool,
    /// The time that a live decision has.
    within: Duration,
}

/// What rules take is counted and ends long before this: who takes longer has an overloaded machine.
const DECISION_WITHIN: Duration = Duration::from_secs(10);

impl PlannedRules {
    /// Loads the very documents that the plan was made with.
    pub fn new(plan: &Plan) -> Result<Self, EngineError> {
        let documents = &plan.policies.documents;
        let texts = documents.iter().map(|one| (one.source.as_str(), one.text.as_str()));
        let set = PolicySet::load(texts).map_err(|problems| EngineError::Policies(problems.to_string()))?;
        let set = set.with_params(&plan.policies.params).map_err(refused_param)?;
        Ok(Self { required: plan.policies.required, ..Self::from(set) })
    }

    /// Those of the plan that a journal begins with.
    pub fn of_journal(records: &[Record]) -> Result<Self, EngineError> {
        let first = records.first().ok_or(ReplayError::Empty)?;
        Self::new(&State::begin(first).map_err(ReplayError::from)?.plan)
    }

    /// Others in place of those that a journal begins with, asked as its workflow wants: with the parameters that it
    /// gives to policies of their names, and with its `requirePolicy`.
    pub fn instead_of_journal(set: &PolicySet, records: &[Record]) -> Result<Self, EngineError> {
        let first = records.first().ok_or(ReplayError::Empty)?;
        let plan = State::begin(first).map_err(ReplayError::from)?.plan;
        let known = |name: &String| set.policies().iter().any(|policy| policy.name == *name);
        let given = plan.policies.params.iter().filter(|(name, _)| known(name));
        let given = given.map(|(name, values)| (name.clone(), values.clone())).collect();
        let set = set.clone().with_params(&given).map_err(refused_param)?;
        Ok(Self { required: plan.policies.required, ..Self::from(set) })
    }

    /// Those of a plan that was just made, as they were read for it.
    pub fn with(set: PolicySet, plan: &Plan) -> Self {
        Self { required: plan.policies.required, ..Self::from(set) }
    }

    pub fn set(&self) -> &PolicySet {
        &self.set
    }

    /// Whether the plan asks for a policy, and none is for it, as far as that can be said before the release.
    pub fn lacks_a_policy(&self, plan: &Plan) -> bool {
        let context = Context { release: release(plan), ..Context::default() };
        self.required && !self.set.binds(&context)
    }

    /// What they read of health checks that the plan does not have.
    pub fn unmeasured(&self, plan: &Plan) -> Vec<Problem> {
        let names = plan.checks.iter().map(|check| check.name.as_str());
        let checks: Vec<&str> = names.chain([INSTANCES]).collect();
        self.set.unmeasured(&Context { release: release(plan), ..Context::default() }, &checks)
    }

    /// Which approvals they require that the groups of the plan can never give.
    pub fn unapproved(&self, plan: &Plan) -> Vec<Problem> {
        let groups = plan.approvers.clone().unwrap_or_default();
        self.set.unapproved(&Context { release: release(plan), ..Context::default() }, &groups)
    }

    /// With another time for a live decision.
    #[must_use]
    pub fn within(self, within: Duration) -> Self {
        Self { within, ..self }
    }

    /// Asks them, as the plan wants them asked. However long it takes: what was said in the past is said again.
    pub fn ask(&self, moment: Moment, context: &Context) -> Vec<RuleOutcome> {
        self.ask_within(moment, context, Watch::none())
    }

    /// Asks them for a decision that is waited for.
    fn ask_live(&self, moment: Moment, context: &Context) -> Vec<RuleOutcome> {
        let began = Instant::now();
        let is_over = || began.elapsed() >= self.within;
        self.ask_within(moment, context, Watch::new(&is_over))
    }

    fn ask_within(&self, moment: Moment, context: &Context, watch: Watch<'_>) -> Vec<RuleOutcome> {
        match self.required {
            true => self.set.evaluate_required_within(moment, context, watch),
            false => self.set.evaluate_within(moment, context, watch),
        }
    }
}

fn refused_param((policy, param, why): (String, String, String)) -> EngineError {
    EngineError::Policies(format!("the parameter `{param}` of `{policy}`: {why}"))
}

impl From<PolicySet> for PlannedRules {
    fn from(set: PolicySet) -> Self {
        Self { set, required: false, within: DECISION_WITHIN }
    }
}

/// No rules at all, for a way back whose plan's policies can not be read any more: nothing there waits for them.
#[derive(Debug, Clone, Copy)]
pub struct NoRules;

impl Rules for NoRules {
    fn evaluate(&self, _: Question<'_>) -> Vec<RuleOutcome> {
        Vec::new()
    }
}

impl Rules for PlannedRules {
    fn evaluate(&self, question: Question<'_>) -> Vec<RuleOutcome> {
        self.ask_live(question.moment, &context(question.moment, question.state, question.seen))
    }
}

/// What rules can see of a release.
pub fn context(moment: Moment, state: &State, seen: &Seen) -> Context {
    let by = speaker(moment, state);
    let facts = Context {
        release: release(&state.plan),
        current: ShapeFacts::from(&state.shape),
        proposed: ShapeFacts::from(seen.proposed.as_ref().unwrap_or(&state.shape)),
        step: step(state),
        plan: facts::plan(&state.plan),
        recent: facts::recent(state),
        others: seen.others.iter().map(facts::other).collect(),
        approvals: facts::approvals(state),
        now: seen.now,
        by: by.map_or_else(OverrideFacts::default, |word| OverrideFacts {
            who: word.who.clone(),
            comment: word.comment.clone(),
        }),
        ..Context::default()
    };
    facts.judged(state.round.judged.values())
}

/// The person whose word the question is about.
fn speaker(moment: Moment, state: &State) -> Option<&Word> {
    match (moment, &state.phase) {
        (Moment::Rollback, Phase::Retreating(back)) => back.by.as_ref(),
        (Moment::Override, _) => state.override_to_judge().map(|promote| &promote.by),
        _ => state.overrides_in_force().next_back().map(|promote| &promote.by),
    }
}

fn release(plan: &Plan) -> ReleaseFacts {
    ReleaseFacts {
        service: plan.about.service.clone(),
        environment: plan.about.environment.clone(),
        labels: plan.about.labels.clone(),
        version: plan.candidate.version.clone(),
        stable_version: plan.stable.as_ref().map_or_else(String::new, |stable| stable.version.clone()),
        strategy: pinned(&plan.strategy.pin),
        comment: plan.about.comment.clone(),
        who: plan.about.who.clone(),
        tickets: plan.stages.record.tickets.clone(),
        first: plan.kind == Kind::First,
    }
}

/// What a plugin says of itself is its own word: one that is not shipped is known by where it was read from.
fn pinned(pin: &PluginPin) -> String {
    let shipped = pin.source == "bundled";
    if shipped { pin.name.clone() } else { pin.source.clone() }
}

fn step(state: &State) -> StepFacts {
    let seconds = |ms: u64| Duration::from_millis(ms).as_secs_f64();
    StepFacts {
        name: state.step.as_ref().map_or_else(String::new, |step| step.step.name.clone()),
        index: state.completed,
        seconds: state.step.as_ref().map_or(0.0, |step| seconds(step.watched_ms)),
        observed_seconds: seconds(state.observed_ms),
    }
}
