//! Tests of policies: cases run, and what of the rules they reach.

mod coverage;
mod mutation;

use std::fmt;

use sluice_core::model::policy::{RuleOutcome, RuleResult};

use crate::Watch;
use crate::document::{Case, Expected, Policy};
use crate::evaluate;
use crate::set::PolicySet;

pub use coverage::{Coverage, Gap, Lack, RuleCoverage};
pub use mutation::{Mutation, Survivor};

/// How a case went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseReport {
    pub policy: String,
    pub case: String,
    /// None where the case passed.
    pub differences: Vec<Difference>,
}

/// Where a rule said something else than it must.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// A rule of the case is not asked at its moment.
    NotAsked {
        rule: String,
    },
    /// A rule is asked that the case does not have.
    NotExpected {
        rule: String,
        said: RuleResult,
    },
    Result {
        rule: String,
        expected: RuleResult,
        said: RuleResult,
        message: String,
    },
    Message {
        rule: String,
        expected: String,
        said: String,
    },
    /// The policy can not have a parameter as the case gives it.
    Param {
        name: String,
        why: String,
    },
}

impl CaseReport {
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked { rule } => write!(f, "`{rule}` is not asked at this moment"),
            Self::NotExpected { rule, said } => {
                write!(f, "`{rule}` is asked too, and says {}; the case does not have it", said.name())
            }
            Self::Result { rule, expected, said, message } => {
                write!(f, "`{rule}` must say {} and says {}", expected.name(), said.name())?;
                if message.is_empty() { Ok(()) } else { write!(f, ": {message}") }
            }
            Self::Param { name, why } => write!(f, "the parameter `{name}`: {why}"),
            Self::Message { rule, expected, said } => {
                write!(f, "`{rule}` says other words\n  expected: {expected}\n  said:     {said}")
            }
        }
    }
}

/// Runs the cases that stand in the documents of a set.
pub fn run_all(set: &PolicySet) -> Vec<CaseReport> {
    let of_policy = |policy: &Policy| -> Vec<CaseReport> {
        policy.tests.iter().map(|case| run(set, &policy.name, case)).collect()
    };
    set.policies().iter().flat_map(of_policy).collect()
}

/// Runs a case of a policy.
pub fn run(set: &PolicySet, policy: &str, case: &Case) -> CaseReport {
    match set.policies().iter().find(|one| one.name == policy) {
        Some(policy) => run_one(policy, case),
        None => report(policy, case, &[]),
    }
}

/// Runs a case against a policy as it is here.
fn run_one(policy: &Policy, case: &Case) -> CaseReport {
    match policy.with_params(&case.params) {
        Ok(asked) => {
            let said = evaluate::all(std::slice::from_ref(&asked), case.on, case.context(), Watch::none());
            report(&policy.name, case, &said)
        }
        Err((name, why)) => CaseReport {
            policy: policy.name.clone(),
            case: case.name.clone(),
            differences: vec![Difference::Param { name, why }],
        },
    }
}

fn report(policy: &str, case: &Case, said: &[RuleOutcome]) -> CaseReport {
    let mut differences = Vec::new();
    for (rule, expected) in &case.expect {
        match said.iter().find(|outcome| outcome.rule == *rule) {
            None => differences.push(Difference::NotAsked { rule: rule.clone() }),
            Some(outcome) => differences.extend(difference(rule, expected, outcome)),
        }
    }
    let unexpected = said.iter().filter(|outcome| !case.expect.contains_key(&outcome.rule));
    differences.extend(
        unexpected
            .map(|outcome| Difference::NotExpected { rule: outcome.rule.clone(), said: outcome.result }),
    );
    CaseReport { policy: policy.to_owned(), case: case.name.clone(), differences }
}

fn difference(rule: &str, expected: &Expected, outcome: &RuleOutcome) -> Option<Difference> {
    let rule = rule.to_owned();
    if expected.result != outcome.result {
        let message = outcome.message.clone();
        return Some(Difference::Result { rule, expected: expected.result, said: outcome.result, message });
    }
    let message = expected.message.as_ref().filter(|message| **message != outcome.message)?;
    Some(Difference::Message { rule, expected: message.clone(), said: outcome.message.clone() })
}
