//! Mutation: rules made slightly wrong. A case that still passes with such a rule says nothing of what was changed;
//! what no case tells apart is a survivor.

use crate::cel::{Change, Place};
use crate::document::{Case, Policy, scope_of};
use crate::expression::{Expression, Kind, compile};
use crate::set::PolicySet;

use super::run_one;

/// A change to a rule that no case noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survivor {
    pub policy: String,
    pub rule: String,
    /// In the expression of the rule.
    pub place: Place,
    pub was: String,
    pub now: String,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mutation {
    /// Changes that were tried.
    pub tried: usize,
    pub survivors: Vec<Survivor>,
}

impl Mutation {
    /// Changes every rule of a set in every way, and runs its cases, each of the policy that is named with it.
    /// Cases that do not pass as things are tell nothing, and are left out.
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
        let own: Vec<&Case> =
            cases.into_iter().map(|(_, case)| case).filter(|case| passes(policy, case)).collect();
        let mut mutation = Self::default();
        mutation.add(policy, &own);
        mutation
    }

    /// What came of two runs.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.tried += other.tried;
        self.survivors.extend(other.survivors);
        self
    }

    fn add(&mut self, policy: &Policy, cases: &[&Case]) {
        let scope = scope_of(policy);
        for (at, rule) in policy.rules.iter().enumerate() {
            let mut changed = policy.clone();
            for change in rule.expr.root().changes() {
                let Some((was, text)) = applied(&rule.expr, &change) else { continue };
                // What can not be compiled is noticed by everybody.
                let Ok(expr) = compile(&text, &scope, &Kind::Bool) else { continue };
                changed.rules[at].expr = expr;
                self.tried += 1;
                if cases.iter().all(|case| passes(&changed, case)) {
                    self.survivors.push(Survivor {
                        policy: policy.name.clone(),
                        rule: rule.id.clone(),
                        place: change.place,
                        was,
                        now: change.text,
                    });
                }
            }
        }
    }
}

fn passes(policy: &Policy, case: &Case) -> bool {
    run_one(policy, case).passed()
}

/// What stood in the place of a change, and the whole with it.
fn applied(expr: &Expression, change: &Change) -> Option<(String, String)> {
    let source = expr.source();
    let (before, was) =
        (source.get(..change.place.start)?, source.get(change.place.start..change.place.end)?);
    let after = source.get(change.place.end..)?;
    Some((was.to_owned(), format!("{before}{}{after}", change.text)))
}
