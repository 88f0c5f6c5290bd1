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

/// Explains rules of a release: of each that `wanted` takes, the last time that it refused, or was asked at all.
pub fn explained(
    records: &[Record],
    wanted: impl Fn(&RuleOutcome) -> bool,
) -> Result<Vec<Explained>, EngineError> {
    let all = asked(records).map_err(EngineError::from)?;
    let mut chosen: Vec<(&Asked, &RuleOutcome)> = Vec::new();
    for one in &all {
        for outcome in one.outcomes.iter().filter(|outcome| wanted(outcome)) {
            let known = |(_, other): &(&Asked, &RuleOutcome)| {
                (&other.policy, &other.rule) == (&outcome.policy, &outcome.rule)
            };
            match chosen.iter().position(known) {
                Some(at) if chosen[at].1.refuses() && !outcome.refuses() => {}
                Some(at) => chosen[at] = (one, outcome),
                None => chosen.push((one, outcome)),
            }
        }
    }
    let set = PlannedRules::of_journal(records)?;
    Ok(chosen.into_iter().filter_map(|(asked, outcome)| explain(set.set(), asked, outcome)).collect())
}

fn explain(set: &PolicySet, asked: &Asked, outcome: &RuleOutcome) -> Option<Explained> {
    let mut again = set.explain_one(&outcome.policy, asked.moment, &asked.context).into_iter();
    let explanation = again.find(|one| one.outcome.rule == outcome.rule)?;
    let (at, moment, step) = (asked.at, asked.moment, asked.step.clone());
    Some(Explained { at, moment, step, recorded: outcome.clone(), explanation })
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
