//! Reads typed values out of a tree, and collects every problem on the way.
//!
//! A getter that returns nothing has told why; the caller reads on, and at the end asks [`Reading::finish`].

mod field;

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::problem::{MAX_PROBLEMS, Problem, Problems, listed, nearest, quoted};
use super::source::{Origin, Source, Span, Spanned};
use super::tree::{Entry, Map, Node};

pub use field::{Field, is_name};

/// One document being read.
#[derive(Debug)]
pub struct Reading<'a> {
    document: &'a Source,
    overrides: Option<&'a Source>,
    /// The middle of every code: `workflow` in `sluice::workflow::unknown-key`.
    area: &'static str,
    problems: RefCell<Problems>,
}

/// A map whose keys are known.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    field: Field<'a>,
    map: &'a Map,
    known: &'static [&'static str],
}

impl<'a> Reading<'a> {
    pub fn new(document: &'a Source, area: &'static str) -> Self {
        Self { document, overrides: None, area, problems: RefCell::default() }
    }

    /// The text that overridden values come from.
    #[must_use]
    pub fn with_overrides(self, overrides: &'a Source) -> Self {
        Self { overrides: Some(overrides), ..self }
    }

    /// Problems that were found before.
    pub fn include(&self, problems: Problems) {
        self.problems.borrow_mut().extend(problems);
    }

    pub fn report(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// A problem at a place, not reported yet.
    pub fn problem(
        &self,
        kind: &str,
        span: Span,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Problem {
        Problem::new(format!("sluice::{}::{kind}", self.area), message).at(self.source(span), span, label)
    }

    /// The whole document.
    pub fn root<'r>(&'r self, node: &'r Node) -> Field<'r> {
        Field::new(self, node, String::new())
    }

    /// Reports every name that stands twice; `what` is what they name: `the check`.
    pub fn unique<'n>(
        &self,
        kind: &str,
        what: &str,
        names: impl Iterator<Item = &'n Spanned<String>>,
    ) -> Option<()> {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut is_unique = true;
        for name in names {
            let Some(first) = seen.insert(&name.value, name.span) else { continue };
            is_unique = false;
            let message = format!("{what} {} stands twice", quoted(&name.value));
            let mut problem = self.problem(kind, name.span, message, "named again");
            // Two labels have to stand in one text.
            if first.origin == name.span.origin {
                problem = problem.at(self.source(first), first, "first named here");
            }
            self.report(problem.with_help("rename or take out one of the two"));
        }
        is_unique.then_some(())
    }

    pub fn document(&self) -> &'a Source {
        self.document
    }

    pub fn is_clean(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// Whether a problem is told at just this place.
    pub(super) fn has_told(&self, span: Span) -> bool {
        self.problems
            .borrow()
            .iter()
            .any(|problem| problem.labels.first().is_some_and(|label| label.span == span))
    }

    /// What was read, if nothing is wrong.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problems> {
        self.problems.into_inner().or(value)
    }

    /// The text that a place is in.
    pub fn source(&self, span: Span) -> &'a Source {
        match (span.origin, self.overrides) {
            (Origin::Override, Some(overrides)) => overrides,
            _ => self.document,
        }
    }
}

impl<'a> Fields<'a> {
    /// Takes a map, and reports the keys that are not known.
    fn new(field: Field<'a>, map: &'a Map, known: &'static [&'static str]) -> Self {
        let fields = Self { field, map, known };
        for entry in fields.unknown().take(MAX_PROBLEMS) {
            fields.report_unknown(&entry.key, entry.key_span);
        }
        // To find what each of a hundred thousand keys is nearest to would take long, and nobody would read it.
        let others = fields.unknown().skip(MAX_PROBLEMS).count();
        fields.field.reading().problems.borrow_mut().leave_out(others);
        fields
    }

    /// The value of a key that must be there; `example` is what could be written.
    pub fn required(&self, key: &'static str, example: &str) -> Option<Field<'a>> {
        let found = self.optional(key);
        if found.is_none() && !self.is_mistyped(key) {
            let message = format!("{} is missing", quoted(&self.field.path_to(key)));
            let span = self.field.span();
            let problem =
                self.field.reading().problem("missing-key", span, message, format!("has no `{key}`"));
            self.field.reading().report(problem.with_help(format!("add `{key}: {example}`")));
        }
        found
    }

    /// The value of a key that may be left out.
    pub fn optional(&self, key: &'static str) -> Option<Field<'a>> {
        debug_assert!(self.known.contains(&key), "`{key}` is read and not declared");
        let entry = self.map.entry(key)?;
        Some(self.field.child(key, &entry.value).named_at(entry.key_span))
    }

    /// Reads a key that must be there; `example` is what could be written.
    pub fn read<T>(
        &self,
        key: &'static str,
        example: &str,
        get: impl FnOnce(&Field<'a>) -> Option<T>,
    ) -> Option<T> {
        get(&self.required(key, example)?)
    }

    /// Reads a key that may be left out. Nothing is returned only where something is wrong.
    pub fn read_or<T>(
        &self,
        key: &'static str,
        default: T,
        get: impl FnOnce(&Field<'a>) -> Option<T>,
    ) -> Option<T> {
        match self.optional(key) {
            Some(field) => get(&field),
            None => Some(default),
        }
    }

    /// Whether the key is written, whatever its value.
    pub fn has(&self, key: &str) -> bool {
        self.map.entry(key).is_some()
    }

    /// The place of the map.
    pub fn field(&self) -> &Field<'a> {
        &self.field
    }

    /// Whether another key was told as what is meant by this one: then it is not told as missing too.
    fn is_mistyped(&self, key: &str) -> bool {
        let is_near = |entry: &Entry| nearest(&entry.key, self.known.iter().copied()) == Some(key);
        self.unknown().take(MAX_PROBLEMS).any(is_near)
    }

    fn unknown(&self) -> impl Iterator<Item = &'a Entry> {
        self.map.iter().filter(|entry| !self.known.contains(&entry.key.as_str()))
    }

    fn report_unknown(&self, key: &str, span: Span) {
        let within = self.field.path();
        let place = if within.is_empty() { String::new() } else { format!(" in {}", quoted(within)) };
        let message = format!("unknown key {}{place}", quoted(key));
        let known = listed(self.known.iter().copied());
        let help = match nearest(key, self.known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`? known keys: {known}"),
            None => format!("known keys: {known}"),
        };
        self.field
            .reading()
            .report(self.field.reading().problem("unknown-key", span, message, "not known").with_help(help));
    }
}
