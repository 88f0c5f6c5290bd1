//! Inputs whose facts can not be evaluated: whatever reads one is an error, as if it had the fact in its place. What a
//! release does not have is missing, and no error.

use std::collections::{BTreeMap, BTreeSet};

use super::Applies;
use crate::cel::{MAX_LEVELS, Why};
use crate::document::{Policy, Rule};
use crate::expression::{Evaluated, Expression, Value};

/// The inputs, and why each failed.
#[derive(Debug, Default)]
pub(super) struct Failed(BTreeMap<String, String>);

impl Failed {
    /// The value of an input's fact, if it is there.
    pub(super) fn there(&mut self, name: &str, evaluated: Evaluated) -> Option<Value> {
        let why = match evaluated.value {
            // What is missing says nothing, and what it was taken for neither.
            _ if !evaluated.missing.is_empty() => return None,
            Ok(value) if value.is_within(MAX_LEVELS) => return Some(value),
            Ok(_) => format!("it has more than {MAX_LEVELS} levels"),
            Err(error) if matches!(error.why(), Why::NoSuchField(_)) => return None,
            Err(error) => error.to_string(),
        };
        self.0.insert(name.to_owned(), why);
        None
    }

    /// Why a rule can not be evaluated, if it or what its policy is for reads one of them.
    pub(super) fn of(&self, policy: &Policy, rule: &Rule, applies: &Applies<'_>) -> Option<String> {
        if self.0.is_empty() || matches!(applies, Applies::No(_)) {
            return None;
        }
        let mut read = BTreeSet::new();
        let when = policy.matching.when.iter();
        when.chain([&rule.expr]).for_each(|expression| inputs_of(policy, expression, &mut read));
        // Who reads inputs by a name that is made reads any of them.
        let reads = |name: &str| read.contains(&Some(name)) || read.contains(&None);
        let (name, why) = self.0.iter().find(|(name, _)| reads(name))?;
        Some(format!("`inputs.{name}` can not be evaluated: {why}"))
    }
}

/// The inputs that an expression reads, itself or by variables; nothing stands for all of them.
fn inputs_of<'p>(policy: &'p Policy, expression: &'p Expression, read: &mut BTreeSet<Option<&'p str>>) {
    // A variable reads those before it alone.
    let mut todo = vec![(expression, policy.variables.len())];
    let mut seen = BTreeSet::new();
    while let Some((expression, before)) = todo.pop() {
        for path in expression.reads() {
            let [first, rest @ ..] = path.as_slice() else { continue };
            let name = rest.first().map(String::as_str);
            match first.as_str() {
                "inputs" => drop(read.insert(name)),
                "variables" => {
                    let variables = policy.variables[..before].iter().enumerate();
                    let named = variables.filter(|(_, one)| name.is_none_or(|name| name == one.name));
                    todo.extend(named.filter(|(at, _)| seen.insert(*at)).map(|(at, one)| (&one.expr, at)));
                }
                _ => {}
            }
        }
    }
}
