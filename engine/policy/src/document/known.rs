//! What the expressions of a policy can read, and what they were seen to read.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use sluice_core::document::problem::Problem;
use sluice_core::document::reader::Field;

use super::{Policy, place};
use crate::expression::{Domain, Domains, Expression, Kind, Scope, compile_knowing};
use crate::vocabulary;

/// Hints of one policy: who has so many reads no more of them.
const MAX_HINTS: usize = 50;

/// What the rules of a policy can read.
pub(crate) fn scope_of(policy: &Policy) -> Scope {
    let mut scope = vocabulary::scope(&policy.params, []);
    let inputs = policy.inputs.iter().map(|(name, input)| (name.clone(), input.kind()));
    let variables = policy.variables.iter().map(|one| (one.name.clone(), one.expr.kind().clone()));
    scope.insert(String::from("inputs"), Kind::Record(inputs.collect()));
    scope.insert(String::from("variables"), Kind::Record(variables.collect()));
    scope
}

/// The names that are known while a policy is read.
#[derive(Debug, Default)]
pub(super) struct Known {
    scope: RefCell<Scope>,
    domains: RefCell<Domains>,
    reads: RefCell<BTreeSet<Vec<String>>>,
    /// Expressions by how they are read, and inputs that are measured.
    named: RefCell<BTreeMap<String, Option<Expression>>>,
    hints: RefCell<Vec<Problem>>,
}

impl Known {
    pub(super) fn new(scope: Scope, domains: Domains) -> Self {
        Self { scope: RefCell::new(scope), domains: RefCell::new(domains), ..Self::default() }
    }

    /// What else is known of what names can be.
    pub(super) fn learn(&self, domains: impl IntoIterator<Item = (String, Domain)>) {
        self.domains.borrow_mut().extend(domains);
    }

    /// What is known of a name.
    pub(super) fn domain(&self, path: &str) -> Option<Domain> {
        self.domains.borrow().get(path).cloned()
    }

    /// Adds a field to one of the names, which becomes a name with it.
    pub(super) fn add(&self, name: &str, field: &str, kind: Kind) {
        let mut scope = self.scope.borrow_mut();
        let entry = scope.entry(name.to_owned()).or_insert_with(|| Kind::Record(Default::default()));
        if let Kind::Record(fields) = entry {
            fields.insert(field.to_owned(), kind);
        }
    }

    /// Compiles the expression in a field, and tells what is wrong with it in its place.
    pub(super) fn expression(&self, field: &Field<'_>, wanted: &Kind) -> Option<Expression> {
        let text = field.text()?;
        let (compiled, hints) = compile_knowing(&text, &self.scope.borrow(), &self.domains.borrow(), wanted);
        for hint in &hints {
            if self.hints.borrow().len() < MAX_HINTS {
                self.hint(place::problem(field, &text, hint, "hint"));
            }
        }
        match compiled {
            Ok(expression) => {
                self.reads.borrow_mut().extend(expression.reads().iter().cloned());
                Some(expression)
            }
            Err(flaws) => {
                for flaw in &flaws {
                    field.reading().report(place::problem(field, &text, flaw, "expression"));
                }
                None
            }
        }
    }

    /// Keeps what a name stands for; nothing where that is a measurement.
    pub(super) fn name(&self, name: String, expression: Option<&Expression>) {
        self.named.borrow_mut().insert(name, expression.cloned());
    }

    /// The expression that a name stands for.
    pub(super) fn named(&self, name: &str) -> Option<Expression> {
        self.named.borrow().get(name).cloned().flatten()
    }

    /// Whether what is read so is there only once checks have run.
    pub(super) fn is_measured(&self, read: &str) -> bool {
        !read.starts_with("inputs.") || self.named.borrow().get(read).is_some_and(Option::is_none)
    }

    /// Whether anything that was compiled reads this field of a name, or all of them.
    pub(super) fn is_read(&self, name: &str, field: &str) -> bool {
        self.reads.borrow().iter().any(|path| {
            path.first().is_some_and(|first| first == name)
                && path.get(1).is_none_or(|second| second == field)
        })
    }

    pub(super) fn hint(&self, problem: Problem) {
        let mut hints = self.hints.borrow_mut();
        if hints.len() < MAX_HINTS {
            hints.push(problem);
        }
    }

    /// What is not wrong, and surely not meant.
    pub(super) fn into_hints(self) -> Vec<Problem> {
        self.hints.into_inner()
    }
}
