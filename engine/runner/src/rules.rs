//! The policies of a plan, asked with what the state of its release shows.

use sluice_core::model::policy::{Moment, RuleOutcome, Seen};
use sluice_core::plan::{Kind, Plan, PluginPin};
use sluice_core::release::event::Record;
use sluice_core::release::replay::ReplayError;
use sluice_core::release::state::{Phase, State, Word};
use sluice_policy::context::{ApprovalFacts, Context, OverrideFacts, ReleaseFacts, ShapeFacts, StepFacts};
use sluice_policy::set::PolicySet;

use crate::engine::EngineError;
use crate::ports::rules::{Question, Rules};

/// The policies that a plan pins.
#[derive(Debug)]
pub struct PlannedRules {
    set: PolicySet,
}

impl PlannedRules {
    /// Loads the very documents that the plan was made with.
    pub fn new(plan: &Plan) -> Result<Self, EngineError> {
        let documents = &plan.policies.documents;
        let texts = documents.iter().map(|one| (one.source.as_str(), one.text.as_str()));
        let set = PolicySet::load(texts).map_err(|problems| EngineError::Policies(problems.to_string()))?;
        Ok(Self { set })
    }

    /// Those of the plan that a journal begins with.
    pub fn of_journal(records: &[Record]) -> Result<Self, EngineError> {
        let first = records.first().ok_or(ReplayError::Empty)?;
        Self::new(&State::begin(first).map_err(ReplayError::from)?.plan)
    }

    pub fn set(&self) -> &PolicySet {
        &self.set
    }
}

impl From<PolicySet> for PlannedRules {
    fn from(set: PolicySet) -> Self {
        Self { set }
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
        self.set.evaluate(question.moment, &context(question.moment, question.state, question.seen))
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
        approvals: approvals(state),
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
        strategy: strategy(&plan.strategy.pin),
        comment: plan.about.comment.clone(),
        who: plan.about.who.clone(),
        first: plan.kind == Kind::First,
    }
}

/// What a plugin says of itself is its own word: one that is not shipped is known by where it was read from.
fn strategy(pin: &PluginPin) -> String {
    let shipped = pin.source == "bundled";
    if shipped { pin.name.clone() } else { pin.source.clone() }
}

fn step(state: &State) -> StepFacts {
    let seconds = |ms: u64| std::time::Duration::from_millis(ms).as_secs_f64();
    StepFacts {
        name: state.step.as_ref().map_or_else(String::new, |step| step.step.name.clone()),
        index: state.completed,
        seconds: state.step.as_ref().map_or(0.0, |step| seconds(step.watched_ms)),
        observed_seconds: seconds(state.observed_ms),
    }
}

/// The approval of the gate in effect, of the group that the gate asks for.
fn approvals(state: &State) -> Vec<ApprovalFacts> {
    let given = state.step.as_ref().and_then(|step| Some((step, step.approved.as_ref()?)));
    let facts = given.map(|(step, word)| ApprovalFacts {
        who: word.who.clone(),
        group: step.step.gate.approval.as_ref().map_or_else(String::new, |one| one.group.clone()),
        comment: word.comment.clone(),
    });
    facts.into_iter().collect()
}
