//! What the journal of a release says of its policies: what rules were asked with, and why each came out so.

use std::collections::BTreeSet;

use sluice_core::model::policy::{Moment, RuleOutcome, Seen};
use sluice_core::model::shape::Shape;
use sluice_core::release::effect::Effect;
use sluice_core::release::event::{Event, Record};
use sluice_core::release::next::next;
use sluice_core::release::replay::ReplayError;
use sluice_core::release::state::State;
use sluice_policy::explain::Explanation;
use sluice_policy::{Context, PolicySet};

use crate::engine::EngineError;
use crate::rules::{PlannedRules, context};

/// Rules that were asked, with what they saw.
#[derive(Debug, Clone)]
pub struct Asked {
    pub seq: u64,
    pub at: u64,
    pub moment: Moment,
    /// The step in effect; empty before the first.
    pub step: String,
    pub context: Context,
    pub outcomes: Vec<RuleOutcome>,
    /// The rules, each behind its policy, that persons' words went by.
    pub words: BTreeSet<(String, String)>,
}

/// A rule that was asked, and why it came out so.
#[derive(Debug, Clone)]
pub struct Explained {
    pub at: u64,
    pub moment: Moment,
    pub step: String,
    /// As it is in the journal.
    pub recorded: RuleOutcome,
    /// As it comes out asked again.
    pub explanation: Explanation,
}

/// Every time that rules were asked in a release, in order.
pub fn asked(records: &[Record]) -> Result<Vec<Asked>, ReplayError> {
    let (first, rest) = records.split_first().ok_or(ReplayError::Empty)?;
    let mut state = State::begin(first)?;
    let mut all = Vec::new();
    for record in rest {
        if let Event::PoliciesEvaluated { moment, outcomes, seen } = &record.event {
            let seen = seen.as_deref().cloned().unwrap_or_else(|| guessed(&state, *moment, record.at));
            let step = state.step.as_ref().map_or_else(String::new, |step| step.step.name.clone());
            let (outcomes, context) = (outcomes.clone(), context(*moment, &state, &seen));
            let (seq, at, words) = (record.seq, record.at, state.gone_by(*moment));
            all.push(Asked { seq, at, moment: *moment, step, context, outcomes, words });
        }
        state.apply(record)?;
    }
    Ok(all)
}

/// Explains rules of a release: of each that `wanted` takes, the last time that it refused, and the last time that it
/// was asked, where that came out otherwise.
pub fn explained(
    records: &[Record],
    wanted: impl Fn(&RuleOutcome) -> bool,
) -> Result<Vec<Explained>, EngineError> {
    let all = asked(records).map_err(EngineError::from)?;
    let mut chosen: Vec<Chosen<'_>> = Vec::new();
    for one in &all {
        for outcome in one.outcomes.iter().filter(|outcome| wanted(outcome)) {
            let is_same = |chosen: &Chosen<'_>| chosen.rule == (&outcome.policy, &outcome.rule);
            let at = chosen.iter().position(is_same).unwrap_or_else(|| {
                let rule = (outcome.policy.as_str(), outcome.rule.as_str());
                chosen.push(Chosen { rule, refused: None, after: None });
                chosen.len() - 1
            });
            match outcome.refuses() {
                true => (chosen[at].refused, chosen[at].after) = (Some((one, outcome)), None),
                false => chosen[at].after = Some((one, outcome)),
            }
        }
    }
    let set = PlannedRules::of_journal(records)?;
    let told = chosen.into_iter().flat_map(|one| [one.refused, one.after]).flatten();
    Ok(told.map(|(asked, outcome)| explain(set.set(), asked, outcome)).collect())
}

/// When a rule is looked at: as it refused last, and as it came out after that.
struct Chosen<'a> {
    rule: (&'a str, &'a str),
    refused: Option<(&'a Asked, &'a RuleOutcome)>,
    after: Option<(&'a Asked, &'a RuleOutcome)>,
}

/// What no policy of the set says, as that one must match, has nothing to evaluate.
fn explain(set: &PolicySet, asked: &Asked, outcome: &RuleOutcome) -> Explained {
    let mut again = set.explain_one(&outcome.policy, asked.moment, &asked.context).into_iter();
    let again = again.find(|one| one.outcome.rule == outcome.rule);
    let explanation = again.unwrap_or_else(|| Explanation::without_values(outcome.clone()));
    let (at, moment, step) = (asked.at, asked.moment, asked.step.clone());
    Explained { at, moment, step, recorded: outcome.clone(), explanation }
}

/// What journals of earlier versions do not say: what the engine would ask there.
fn guessed(state: &State, moment: Moment, at: u64) -> Seen {
    let proposed = next(state, at).into_iter().find_map(|effect| match effect {
        Effect::EvaluatePolicies { moment: asked, proposed } if asked == moment => Some(proposed),
        _ => None,
    });
    let proposed: Option<Shape> = proposed.flatten();
    Seen { now: at, proposed, ..Seen::default() }
}
