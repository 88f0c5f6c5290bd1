//! Coverage: what of the rules the cases reach. A rule is covered when it was seen to pass and to fail, and a
//! condition inside it when it was seen true and false.

use sluice_core::model::policy::RuleResult;

use crate::cel::{Node, Place, Trace};
use crate::document::{Case, Rule};
use crate::evaluate;
use crate::set::PolicySet;

/// What the cases of a set reach.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    pub rules: Vec<RuleCoverage>,
}

/// What they reach of one rule.
#[derive(Debug, Clone)]
pub struct RuleCoverage {
    pub policy: String,
    pub rule: String,
    /// What it was seen to say.
    pub results: Vec<RuleResult>,
    pub gaps: Vec<Gap>,
    /// Conditions in it, and how many were seen both true and false.
    pub conditions: usize,
    pub covered: usize,
}

/// A condition that was not seen both ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// As it is written.
    pub text: String,
    /// In the expression.
    pub place: Place,
    pub lacks: Lack,
}

/// What was not seen of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// It was never looked at.
    Reached,
    True,
    False,
}

impl Coverage {
    /// Runs cases, each of the policy that is named with it, and notes what they reach.
    pub fn of<'a>(set: &PolicySet, cases: impl IntoIterator<Item = (&'a str, &'a Case)> + Clone) -> Self {
        let mut rules = Vec::new();
        for policy in set.policies() {
            let own = cases.clone().into_iter().filter(|(name, _)| *name == policy.name);
            let mut seen: Vec<(Vec<RuleResult>, Trace)> = vec![Default::default(); policy.rules.len()];
            for (_, case) in own {
                let Ok(asked) = policy.with_params(&case.params) else { continue };
                for explained in evaluate::explained(&[asked], case.on, case.context()) {
                    let at = policy.rules.iter().position(|rule| rule.id == explained.outcome.rule);
                    let Some((results, trace)) = at.and_then(|at| seen.get_mut(at)) else { continue };
                    if !results.contains(&explained.outcome.result) {
                        results.push(explained.outcome.result);
                    }
                    trace.add(&explained.trace);
                }
            }
            let covered = policy.rules.iter().zip(seen);
            rules
                .extend(covered.map(|(rule, (results, trace))| of_rule(&policy.name, rule, results, &trace)));
        }
        Self { rules }
    }

    /// Conditions that were seen both ways, and all there are.
    pub fn conditions(&self) -> (usize, usize) {
        let sum = |of: fn(&RuleCoverage) -> usize| self.rules.iter().map(of).sum();
        (sum(|rule| rule.covered), sum(|rule| rule.conditions))
    }
}

fn of_rule(policy: &str, rule: &Rule, results: Vec<RuleResult>, trace: &Trace) -> RuleCoverage {
    let mut conditions = Vec::new();
    rule.expr.root().conditions(&mut conditions);
    let gaps: Vec<Gap> = conditions
        .iter()
        .filter_map(|node| {
            let lacks = lack(node, trace)?;
            let text = rule.expr.source().get(node.place.start..node.place.end).unwrap_or_default();
            Some(Gap { text: text.to_owned(), place: node.place, lacks })
        })
        .collect();
    RuleCoverage {
        policy: policy.to_owned(),
        rule: rule.id.clone(),
        results,
        conditions: conditions.len(),
        covered: conditions.len() - gaps.len(),
        gaps,
    }
}

fn lack(node: &Node, trace: &Trace) -> Option<Lack> {
    match trace.of(node.id) {
        None => Some(Lack::Reached),
        Some(seen) if !seen.was_true => Some(Lack::True),
        Some(seen) if !seen.was_false => Some(Lack::False),
        Some(_) => None,
    }
}
