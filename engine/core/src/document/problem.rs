//! Problems of documents: what is wrong, where, and what to write instead.

use std::fmt;

use miette::{Diagnostic, LabeledSpan, SourceCode};
use thiserror::Error;

use super::source::{Source, Span};

/// One thing that is wrong in a document.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}{}", self.place())]
pub struct Problem {
    /// `sluice::workflow::unknown-key`: stable, for programs.
    pub code: String,
    pub message: String,
    /// The first is where the problem is; the others say what it has to do with.
    pub labels: Vec<Label>,
    /// What to write instead.
    pub help: Option<String>,
    pub document: Option<Source>,
}

/// A place with a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// Every problem that was found, ordered by place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems {
    found: Vec<Problem>,
    left_out: usize,
}

/// More problems than this are counted, not kept: a hostile document could have as many as it has bytes.
pub const MAX_PROBLEMS: usize = 100;

const MAX_QUOTED: usize = 80;

const MAX_SHOWN: usize = 2_000;

/// Text from outside, in backticks: shortened, and with nothing in it that a terminal would obey.
pub fn quoted(text: &str) -> String {
    let mut shown = String::from("`");
    for (count, character) in text.chars().enumerate() {
        if count == MAX_QUOTED {
            shown.push('…');
            break;
        }
        if character.is_control() || is_bidirectional(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown.push('`');
    shown
}

/// `` `a`, `b` and `c` ``.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(quoted).collect();
    match names.split_last() {
        None => String::from("none"),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

/// The known name that a mistyped one is nearest to, when one is near.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > MAX_QUOTED {
        return None;
    }
    let scored = known.into_iter().map(|one| (strsim::damerau_levenshtein(name, one), one));
    let (distance, best) = scored.min_by_key(|(distance, _)| *distance)?;
    (distance <= best.chars().count().div_ceil(3)).then_some(best)
}

/// What was meant where a name is a slip of the hand: two letters at most are other ones. Digits are never slips, as
/// `hits_2xx` is not `hits_5xx`.
pub fn slip_of<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = |name: &str| name.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let own = letters(name);
    let near = |one: &&str| {
        let distance = strsim::damerau_levenshtein(name, one);
        distance <= 2 && distance * 4 <= name.len() && letters(one) != own
    };
    known.into_iter().find(near)
}

impl Problem {
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        Self { code, message, labels: Vec::new(), help: None, document: None }
    }

    /// Adds a place. A place of several lines is shown by its first; one in very long lines is only named.
    #[must_use]
    pub fn at(mut self, source: &Source, span: Span, text: impl Into<String>) -> Self {
        let first_line = source.slice(span).split(['\n', '\r']).next().unwrap_or_default().trim_end();
        let end = (span.start + first_line.len()).min(source.text.len());
        let span = Span { start: span.start.min(end), end, ..span };
        self.labels.push(Label { span, text: text.into() });
        self.document = Some(source.clone());
        self
    }

    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Line and column, both from 1.
    pub fn position(&self) -> Option<(usize, usize)> {
        Some(self.document.as_ref()?.position(self.labels.first()?.span.start))
    }

    /// In words, where it can not be shown.
    fn place(&self) -> String {
        match (&self.document, self.position()) {
            (Some(document), Some((line, column))) if self.source_code().is_none() => {
                format!(" ({} line {line}, column {column})", quoted(&document.name))
            }
            _ => String::new(),
        }
    }

    fn order(&self) -> (&str, usize) {
        let name = self.document.as_ref().map_or("", |document| document.name.as_str());
        (name, self.labels.first().map_or(0, |label| label.span.start))
    }
}

impl Diagnostic for Problem {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.code))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        let is_shown = |document: &&Source| self.labels.iter().all(|label| is_showable(document, label.span));
        self.document.as_ref().filter(is_shown).map(|document| document as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        if self.labels.is_empty() {
            return None;
        }
        Some(Box::new(self.labels.iter().enumerate().map(|(index, label)| {
            let (span, text) =
                ((label.span.start, label.span.end - label.span.start), Some(label.text.clone()));
            if index == 0 {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        })))
    }
}

impl Problems {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one in its place.
    pub fn push(&mut self, problem: Problem) {
        if self.found.len() == MAX_PROBLEMS {
            self.left_out += 1;
            return;
        }
        let index = self.found.partition_point(|other| other.order() <= problem.order());
        self.found.insert(index, problem);
    }

    pub fn extend(&mut self, others: Self) {
        self.left_out += others.left_out;
        others.found.into_iter().for_each(|problem| self.push(problem));
    }

    /// Counts problems that are not even put in words.
    pub(super) fn leave_out(&mut self, count: usize) {
        self.left_out += count;
    }

    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// How many more there are than were kept.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.found.iter()
    }

    /// The value, when there is one and nothing is wrong.
    pub fn or<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.is_empty() => Ok(value),
            _ => Err(self),
        }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self { found: vec![problem], left_out: 0 }
    }
}

impl FromIterator<Problem> for Problems {
    fn from_iter<I: IntoIterator<Item = Problem>>(all: I) -> Self {
        let mut problems = Self::new();
        all.into_iter().for_each(|problem| problems.push(problem));
        problems
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;
    fn into_iter(self) -> Self::IntoIter {
        self.found.into_iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.found.as_slice() {
            [] => f.write_str("no problem"),
            [one] => one.fmt(f),
            [first, ..] => write!(f, "{first}, and {} more", self.found.len() - 1 + self.left_out),
        }
    }
}

impl std::error::Error for Problems {}

impl Diagnostic for Problems {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.found.iter().map(|problem| problem as &dyn Diagnostic)))
    }
}

/// Whether a place with a line before and a line after it is short enough for a terminal.
fn is_showable(document: &Source, span: Span) -> bool {
    let shown = document.read_span(&(span.start, span.end - span.start).into(), 1, 1);
    shown.is_ok_and(|contents| contents.data().len() <= MAX_SHOWN)
}

pub(crate) fn is_bidirectional(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}
