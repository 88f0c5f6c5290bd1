//! Evaluation: variables in, a value or an error out, and what was read although it is missing.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use super::{EvaluationError, Expression, MAX_ENTRIES, MAX_TEXT, Trace, Value, limits};
use crate::Watch;
use crate::cel::{Names, Node, Place, Remembered, evaluate};

/// The variables that expressions see. They are made once and shared.
#[derive(Debug, Default)]
pub struct Variables<'p> {
    values: BTreeMap<String, Value>,
    source: Option<Box<dyn Source + 'p>>,
    outer: Option<&'p Variables<'p>>,
    /// Expressions with a name, and what those came to that were read.
    named: Vec<(&'p str, &'p Expression)>,
    remembered: RefCell<BTreeMap<String, Remembered>>,
    watch: Watch<'p>,
}

/// Values that are made when they are read.
pub(crate) trait Source: fmt::Debug {
    fn find(&self, name: &str) -> Option<Value>;

    /// What stands at the end of a path, or on the way to it, and how many of its names led there.
    fn path(&self, _names: &[(Arc<str>, Place)]) -> Option<(Value, usize)> {
        None
    }

    /// An entry of a map, if it is there.
    fn entry(&self, _name: &str, _key: &str) -> Option<Value> {
        None
    }
}

/// What came of an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    pub value: Result<Value, EvaluationError>,
    /// What was read and is missing, in the words in which it was read. While there is any, the value says
    /// nothing: CEL lets `error || true` be true.
    pub missing: Vec<String>,
}

/// A variable that is larger than rules may see.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{path}` has {found} {what}, more than the limit of {limit}")]
pub struct TooMuch {
    pub path: String,
    pub found: usize,
    pub what: &'static str,
    pub limit: usize,
}

impl Variables<'static> {
    pub fn new<'a>(values: impl IntoIterator<Item = (&'a str, Value)>) -> Result<Self, TooMuch> {
        let mut variables = Self::default();
        variables.add(values)?;
        Ok(variables)
    }
}

impl<'p> Variables<'p> {
    /// Adds expressions that others read as `variables.NAME`. Each is evaluated once, when it is first read.
    #[must_use]
    pub fn naming(mut self, named: impl IntoIterator<Item = (&'p str, &'p Expression)>) -> Self {
        self.named.extend(named);
        self
    }

    /// With a limit on the time of all that is evaluated with these.
    #[must_use]
    pub(crate) fn watched(self, watch: Watch<'p>) -> Self {
        Self { watch, ..self }
    }

    /// These and more.
    pub fn with<'a>(
        &self,
        values: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> Result<Variables<'_>, TooMuch> {
        let mut inner = Variables { outer: Some(self), ..Variables::default() };
        inner.add(values)?;
        Ok(inner)
    }

    /// Values that are made when they are read.
    pub(crate) fn of(source: impl Source + 'p) -> Self {
        Self { source: Some(Box::new(source)), ..Self::default() }
    }

    /// These and more.
    pub(crate) fn within<'s>(&'s self, source: impl Source + 's) -> Variables<'s> {
        Variables { outer: Some(self), ..Variables::of(source) }
    }

    fn add<'a>(&mut self, values: impl IntoIterator<Item = (&'a str, Value)>) -> Result<(), TooMuch> {
        for (name, value) in values {
            within_limits(&value).map_err(|found| found.below(name))?;
            self.values.insert(name.to_owned(), value);
        }
        Ok(())
    }
}

impl Names for Variables<'_> {
    fn find(&self, name: &str) -> Option<Value> {
        let own = self.values.get(name).cloned();
        let own = own.or_else(|| self.source.as_deref()?.find(name));
        own.or_else(|| self.outer?.find(name))
    }

    fn path(&self, names: &[(Arc<str>, Place)]) -> Option<(Value, usize)> {
        let own = self.source.as_deref().and_then(|source| source.path(names));
        own.or_else(|| self.outer?.path(names))
    }

    fn entry(&self, name: &str, key: &str) -> Option<Value> {
        let own = self.source.as_deref().and_then(|source| source.entry(name, key));
        own.or_else(|| self.outer?.entry(name, key))
    }

    fn variable(&self, name: &str) -> Option<&Node> {
        let named = self.named.iter().find(|(known, _)| *known == name);
        named.map(|(_, expression)| expression.root())
    }

    fn remembered(&self, name: &str) -> Option<Remembered> {
        self.remembered.borrow().get(name).cloned()
    }

    fn remember(&self, name: &str, value: Remembered) {
        self.remembered.borrow_mut().insert(name.to_owned(), value);
    }

    fn is_over(&self) -> bool {
        self.watch.is_over() || self.outer.is_some_and(Names::is_over)
    }
}

impl Expression {
    pub fn evaluate(&self, variables: &Variables<'_>) -> Evaluated {
        let evaluation = evaluate(self.root(), variables, &limits(), None);
        Evaluated { value: evaluation.value, missing: evaluation.missing }
    }

    /// With what every part of it came to.
    pub fn explain(&self, variables: &Variables<'_>) -> (Evaluated, Trace) {
        let mut trace = Trace::default();
        let evaluation = evaluate(self.root(), variables, &limits(), Some(&mut trace));
        (Evaluated { value: evaluation.value, missing: evaluation.missing }, trace)
    }
}

/// What rules see is small; what is large is a mistake of whoever gives it.
pub(crate) fn within_limits(value: &Value) -> Result<(), TooMuch> {
    within(value, &mut BTreeSet::new())
}

/// What many hold is looked into once.
fn within(value: &Value, seen: &mut BTreeSet<usize>) -> Result<(), TooMuch> {
    let too_much = |found: usize, what: &'static str, limit: usize| {
        Err(TooMuch { path: String::new(), found, what, limit })
    };
    if value.address().is_some_and(|address| !seen.insert(address)) {
        return Ok(());
    }
    match value {
        Value::String(text) if text.len() > MAX_TEXT => too_much(text.len(), "bytes", MAX_TEXT),
        Value::List(values) if values.len() > MAX_ENTRIES => too_much(values.len(), "entries", MAX_ENTRIES),
        Value::List(values) => (values.iter().enumerate())
            .try_for_each(|(at, one)| within(one, seen).map_err(|found| found.below(&format!("[{at}]")))),
        Value::Map(map) if map.entries.len() > MAX_ENTRIES => {
            too_much(map.entries.len(), "entries", MAX_ENTRIES)
        }
        Value::Map(map) => (map.entries.iter()).try_for_each(|(key, one)| {
            within(one, seen).map_err(|found| found.below(&format!(".{}", key.to_text())))
        }),
        _ => Ok(()),
    }
}

impl TooMuch {
    /// The same, told from further outside.
    pub(crate) fn below(mut self, path: &str) -> Self {
        self.path.insert_str(0, path);
        self
    }
}
