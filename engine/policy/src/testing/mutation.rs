//! Mutation: rules made slightly wrong. A case that still passes with such a rule says nothing of what was changed;
//! what no case tells apart is a survivor.

use crate::cel::{Change, Place};
use crate::document::{Case, Input, OnMissing, Policy, Require, measured, scope_of};
use crate::expression::{Expression, Scope, compile};
use crate::set::PolicySet;

use super::run_one;

/// A change to a rule that no case noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survivor {
    pub policy: String,
    /// The rule; or `variables.NAME`, `match.when`.
    pub rule: String,
    /// In the expression, where it is one.
    pub place: Option<Place>,
    pub was: String,
    pub now: String,
    /// The change in its surroundings, where it is one of an expression.
    pub within: String,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mutation {
    /// Changes that were tried.
    pub tried: usize,
    pub survivors: Vec<Survivor>,
    /// Cases that do not pass as things are, and so tell nothing of changes.
    pub left_out: usize,
}

/// A policy with one change in it.
struct Mutant {
    policy: Policy,
    part: String,
    place: Option<Place>,
    was: String,
    now: String,
    within: String,
}

/// Characters of an expression on either side of a change.
const SURROUNDINGS: usize = 32;

impl Mutation {
    /// Changes every rule of a set in every way, and runs its cases, each of the policy that is named with it.
    pub fn of<'a>(set: &PolicySet, cases: impl IntoIterator<Item = (&'a str, &'a Case)> + Clone) -> Self {
        let mut mutation = Self::default();
        for policy in set.policies() {
            let own = cases.clone().into_iter().filter(|(name, _)| *name == policy.name);
            mutation = mutation.and(Self::of_policy(policy, own));
        }
        mutation
    }

    /// Changes the rules of one policy, and runs its cases.
    pub fn of_policy<'a>(policy: &Policy, cases: impl IntoIterator<Item = (&'a str, &'a Case)>) -> Self {
        let cases = cases.into_iter().map(|(_, case)| case);
        let (own, failing): (Vec<&Case>, Vec<&Case>) = cases.partition(|case| passes(policy, case));
        let mut mutation = Self { left_out: failing.len(), ..Self::default() };
        each_mutant(policy, &mut |mutant| mutation.try_one(mutant, &own));
        mutation
    }

    /// What came of two runs.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.tried += other.tried;
        self.survivors.extend(other.survivors);
        self.left_out += other.left_out;
        self
    }

    fn try_one(&mut self, mutant: Mutant, cases: &[&Case]) {
        self.tried += 1;
        if cases.iter().all(|case| passes(&mutant.policy, case)) {
            let Mutant { policy, part, place, was, now, within } = mutant;
            self.survivors.push(Survivor { policy: policy.name, rule: part, place, was, now, within });
        }
    }
}

fn each_mutant(policy: &Policy, tell: &mut dyn FnMut(Mutant)) {
    let scope = scope_of(policy);
    for (at, rule) in policy.rules.iter().enumerate() {
        of_expression(
            policy,
            &rule.id,
            &rule.expr,
            &scope,
            &|policy, expr| policy.rules[at].expr = expr,
            tell,
        );
        of_require(policy, at, tell);
        of_missing(policy, at, tell);
    }
    for (at, variable) in policy.variables.iter().enumerate() {
        let set = |policy: &mut Policy, expr| policy.variables[at].expr = expr;
        of_expression(policy, &format!("variables.{}", variable.name), &variable.expr, &scope, &set, tell);
    }
    if let Some(when) = &policy.matching.when {
        let set = |policy: &mut Policy, expr| policy.matching.when = Some(expr);
        of_expression(policy, "match.when", when, &scope, &set, tell);
    }
}

fn of_expression(
    policy: &Policy,
    part: &str,
    expression: &Expression,
    scope: &Scope,
    set: &dyn Fn(&mut Policy, Expression),
    tell: &mut dyn FnMut(Mutant),
) {
    for change in expression.root().changes(expression.source()) {
        // What says the same of every release was told when it was read; a change to it is no other rule.
        let is_told = |hint: &crate::expression::Fault| {
            hint.start <= change.place.start && change.place.end <= hint.end
        };
        if expression.hints().iter().any(is_told) {
            continue;
        }
        let Some((was, text)) = applied(expression, &change) else { continue };
        // What can not be compiled is noticed by everybody.
        let Ok(changed) = compile(&text, scope, expression.kind()) else { continue };
        let mut mutant = policy.clone();
        set(&mut mutant, changed);
        let (part, within) = (part.to_owned(), excerpt(&text, change.place.start, change.text.len()));
        tell(Mutant { policy: mutant, part, place: Some(change.place), was, now: change.text, within });
    }
}

/// One approval more, and one less.
fn of_require(policy: &Policy, at: usize, tell: &mut dyn FnMut(Mutant)) {
    let rule = &policy.rules[at];
    let Some(require) = &rule.require else { return };
    for approvals in [require.approvals + 1, require.approvals - 1] {
        let mut mutant = policy.clone();
        mutant.rules[at].require = Some(Require { approvals, ..require.clone() });
        let words = |count: u32| format!("require: {{approvals: {count}}}");
        let (part, was, now) = (rule.id.clone(), words(require.approvals), words(approvals));
        tell(Mutant { policy: mutant, part, place: None, was, now, within: String::new() });
    }
}

/// Another answer to what is missing, where anything can be.
fn of_missing(policy: &Policy, at: usize, tell: &mut dyn FnMut(Mutant)) {
    let rule = &policy.rules[at];
    let read = measured(&rule.expr, &|name| named(policy, name));
    let computed = read.is_computed && !read.is_computed_asked;
    if !computed && read.unasked().next().is_none() {
        return;
    }
    let other = if rule.on_missing == OnMissing::Allow { OnMissing::Deny } else { OnMissing::Allow };
    let mut mutant = policy.clone();
    mutant.rules[at].on_missing = other;
    let words = |answer: OnMissing| format!("onMissing: {}", answer.name());
    let (part, was, now) = (rule.id.clone(), words(rule.on_missing), words(other));
    tell(Mutant { policy: mutant, part, place: None, was, now, within: String::new() });
}

/// The expression that a name of a policy stands for.
fn named(policy: &Policy, name: &str) -> Option<Expression> {
    match name.split_once('.')? {
        ("match", "when") => policy.matching.when.clone(),
        ("variables", name) => {
            policy.variables.iter().find(|one| one.name == name).map(|one| one.expr.clone())
        }
        ("inputs", name) => match policy.inputs.get(name)? {
            Input::Fact(fact) => Some(fact.clone()),
            Input::Metric(_) | Input::Label(_) => None,
        },
        _ => None,
    }
}

fn passes(policy: &Policy, case: &Case) -> bool {
    run_one(policy, case).passed()
}

/// A part of a text, with what stands around it, on one line.
fn excerpt(text: &str, start: usize, length: usize) -> String {
    let (before, rest) = text.split_at_checked(start).unwrap_or_default();
    let (changed, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
    let begins = before.char_indices().rev().nth(SURROUNDINGS - 1).map_or(0, |(at, _)| at);
    let ends = after.char_indices().nth(SURROUNDINGS).map_or(after.len(), |(at, _)| at);
    // No word is cut in two, where there is room between words.
    let begins = if begins == 0 { 0 } else { before[begins..].find(' ').map_or(begins, |at| begins + at) };
    let ends = if ends == after.len() { ends } else { after[..ends].rfind(' ').unwrap_or(ends) };
    let (first, last) = (if begins > 0 { "… " } else { "" }, if ends < after.len() { " …" } else { "" });
    let whole = format!("{first}{}{changed}{}{last}", &before[begins..], &after[..ends]);
    whole.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What stood in the place of a change, and the whole with it.
fn applied(expression: &Expression, change: &Change) -> Option<(String, String)> {
    let source = expression.source();
    let (before, was) =
        (source.get(..change.place.start)?, source.get(change.place.start..change.place.end)?);
    let after = source.get(change.place.end..)?;
    Some((was.to_owned(), format!("{before}{}{after}", change.text)))
}
