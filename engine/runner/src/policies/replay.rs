//! What another set of policies would have said to the decisions of releases that were.

use sluice_core::model::policy::{Enforcement, Moment, RuleOutcome, RuleResult};
use sluice_core::release::event::Record;
use sluice_policy::PolicySet;

use super::recorded::{Asked, asked};
use crate::engine::EngineError;
use crate::rules::PlannedRules;

/// Decisions of one release, asked again.
#[derive(Debug, Clone, Default)]
pub struct Replayed {
    /// Times that rules were asked.
    pub asked: usize,
    pub changes: Vec<Change>,
}

/// A decision that would be another. The same one that was taken many times in a row counts once.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The first time.
    pub at: u64,
    pub moment: Moment,
    /// The step in effect; empty before the first.
    pub step: String,
    /// Whether it was refused, and is not now; else the other way round.
    pub was_refused: bool,
    /// The rules that made it so then, or would now, and do not in the other case.
    pub because: Vec<RuleOutcome>,
    pub times: usize,
}

/// Asks the rules of a set at each time that rules were asked in a release, as its workflow wants them asked; without a
/// set its own again.
pub fn replay(records: &[Record], set: Option<&PolicySet>) -> Result<Replayed, EngineError> {
    let rules = match set {
        Some(set) => PlannedRules::instead_of_journal(set, records)?,
        None => PlannedRules::of_journal(records)?,
    };
    let all = asked(records)?;
    let mut replayed = Replayed { asked: all.len(), changes: Vec::new() };
    for one in &all {
        let mut said = rules.ask(one.moment, &one.context);
        // Where a person went by a rule, that holds as long as the rule is soft.
        let gone_by = |rule: &&mut RuleOutcome| {
            let soft = rule.refuses() && rule.enforcement == Enforcement::Soft;
            soft && one.words.contains(&(rule.policy.clone(), rule.rule.clone()))
        };
        said.iter_mut().filter(gone_by).for_each(|rule| rule.result = RuleResult::Waived);
        add(&mut replayed.changes, one, &said);
    }
    Ok(replayed)
}

fn add(changes: &mut Vec<Change>, asked: &Asked, said: &[RuleOutcome]) {
    let refused = |outcomes: &[RuleOutcome]| outcomes.iter().any(RuleOutcome::refuses);
    let was_refused = refused(&asked.outcomes);
    // A way back is never stopped.
    if was_refused == refused(said) || asked.moment == Moment::Rollback {
        return;
    }
    let source = if was_refused { asked.outcomes.as_slice() } else { said };
    let because: Vec<RuleOutcome> = source.iter().filter(|one| one.refuses()).cloned().collect();
    let same = |last: &&mut Change| {
        let rules = |of: &[RuleOutcome]| -> Vec<(String, String)> {
            of.iter().map(|one| (one.policy.clone(), one.rule.clone())).collect()
        };
        (last.moment, &last.step, last.was_refused) == (asked.moment, &asked.step, was_refused)
            && rules(&last.because) == rules(&because)
    };
    match changes.last_mut().filter(same) {
        Some(last) => last.times += 1,
        None => {
            let (at, moment, step) = (asked.at, asked.moment, asked.step.clone());
            changes.push(Change { at, moment, step, was_refused, because, times: 1 });
        }
    }
}
