//! Coverage: what of the rules the cases reach. A rule is covered when it was seen to pass and to fail, and a
//! condition inside it, its message, a variable or `match.when` when it was seen true and false.

use sluice_core::model::policy::RuleResult;

use crate::cel::{Node, Place, Trace};
use crate::document::{Case, Message, Policy, Rule};
use crate::evaluate;
use crate::explain::Explanation;
use crate::expression::{Expression, Kind};
use crate::set::PolicySet;

/// What the cases of a set reach.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    pub rules: Vec<RuleCoverage>,
    pub parts: Vec<PartCoverage>,
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

/// What they reach of an expression that is of no rule alone.
#[derive(Debug, Clone)]
pub struct PartCoverage {
    pub policy: String,
    /// `variables.NAME` or `match.when`.
    pub part: String,
    pub gaps: Vec<Gap>,
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
    /// Whether it stands in the message of the rule.
    pub in_message: bool,
}

/// What was not seen of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// It was never looked at.
    Reached,
    True,
    False,
}

/// What was seen of one policy.
#[derive(Default)]
struct Seen {
    rules: Vec<(Vec<RuleResult>, Trace, Trace)>,
    when: Trace,
}

impl Coverage {
    /// Runs cases, each of the policy that is named with it, and notes what they reach.
    pub fn of<'a>(set: &PolicySet, cases: impl IntoIterator<Item = (&'a str, &'a Case)> + Clone) -> Self {
        let mut coverage = Self::default();
        for policy in set.policies() {
            let own = cases.clone().into_iter().filter(|(name, _)| *name == policy.name);
            let mut seen = Seen::of(policy);
            for (_, case) in own {
                let Ok(asked) = policy.with_params(&case.params) else { continue };
                for explained in evaluate::explained(&[asked], case.on, case.context()) {
                    seen.add(policy, explained);
                }
            }
            coverage.add(policy, seen);
        }
        coverage
    }

    /// Conditions that were seen both ways, and all there are.
    pub fn conditions(&self) -> (usize, usize) {
        let rules = self.rules.iter().map(|rule| (rule.covered, rule.conditions));
        let parts = self.parts.iter().map(|part| (part.covered, part.conditions));
        rules
            .chain(parts)
            .fold((0, 0), |(seen, all), (covered, conditions)| (seen + covered, all + conditions))
    }

    fn add(&mut self, policy: &Policy, seen: Seen) {
        let mut named = Trace::default();
        named.take_named(&seen.when);
        for (rule, (results, trace, said)) in policy.rules.iter().zip(seen.rules) {
            named.take_named(&trace);
            named.take_named(&said);
            self.rules.push(of_rule(&policy.name, rule, results, &trace, &said));
        }
        let part = |part: String, expression: &Expression, trace: &Trace| {
            let (gaps, conditions) = gaps(expression, trace, false);
            let covered = conditions - gaps.len();
            PartCoverage { policy: policy.name.clone(), part, gaps, conditions, covered }
        };
        if let Some(when) = &policy.matching.when {
            self.parts.push(part(String::from("match.when"), when, &seen.when));
        }
        for variable in &policy.variables {
            let none = Trace::default();
            let trace = named.named().get(&variable.name).unwrap_or(&none);
            self.parts.push(part(format!("variables.{}", variable.name), &variable.expr, trace));
        }
    }
}

impl Seen {
    fn of(policy: &Policy) -> Self {
        Self { rules: vec![Default::default(); policy.rules.len()], when: Trace::default() }
    }

    fn add(&mut self, policy: &Policy, explained: Explanation) {
        self.when.add(explained.when);
        let at = policy.rules.iter().position(|rule| rule.id == explained.outcome.rule);
        let Some((results, trace, said)) = at.and_then(|at| self.rules.get_mut(at)) else { return };
        if !results.contains(&explained.outcome.result) {
            results.push(explained.outcome.result);
        }
        trace.add(explained.trace);
        said.add(explained.said);
    }
}

fn of_rule(policy: &str, rule: &Rule, results: Vec<RuleResult>, trace: &Trace, said: &Trace) -> RuleCoverage {
    let (mut found, mut conditions) = gaps(&rule.expr, trace, false);
    if let Message::Computed(message) = &rule.message {
        let (of_message, more) = gaps(message, said, true);
        found.extend(of_message);
        conditions += more;
    }
    RuleCoverage {
        policy: policy.to_owned(),
        rule: rule.id.clone(),
        results,
        conditions,
        covered: conditions - found.len(),
        gaps: found,
    }
}

/// What was not seen of the conditions in an expression, and how many there are.
fn gaps(expression: &Expression, trace: &Trace, in_message: bool) -> (Vec<Gap>, usize) {
    let conditions = expression.root().conditions(*expression.kind() == Kind::Bool);
    let gap = |node: &&Node| {
        let lacks = lack(node, trace)?;
        let text = expression.source().get(node.place.start..node.place.end).unwrap_or_default();
        Some(Gap { text: text.to_owned(), place: node.place, lacks, in_message })
    };
    (conditions.iter().filter_map(gap).collect(), conditions.len())
}

fn lack(node: &Node, trace: &Trace) -> Option<Lack> {
    match trace.of(node.id) {
        None => Some(Lack::Reached),
        Some(seen) if !seen.was_true => Some(Lack::True),
        Some(seen) if !seen.was_false => Some(Lack::False),
        Some(_) => None,
    }
}
