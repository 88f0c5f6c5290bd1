//! PromQL over any source of series, with the semantics of Prometheus 3: range selectors and lookbacks
//! are open on the left, metric names are dropped at the very end (as with its feature
//! `promql-delayed-name-removal`), labels `__type__` and `__unit__` go with them.
//!
//! An expression is checked once, at plan time, and evaluated often. What is not supported (duration
//! expressions, `anchored` and `smoothed`, start timestamps) is an error then, and never a wrong number
//! later. Each function family has its file in `functions`, and each function its line in the table there.
//!
//! Where numbers and native histograms meet and have no common meaning, the series is left out, as in
//! Prometheus; `Reading::omissions` says why.
//!
//! Evaluation is bounded by the samples it touches; there is no clock in here to bound it by time.

mod aggregate;
mod binary;
mod data_selector;
mod error;
mod evaluate;
mod functions;
mod lower;
mod matching;
mod program;
mod reading;
mod sample;
mod scan;
mod selectors;
mod value;

#[cfg(test)]
mod histogram_tests;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use promql_parser::parser;

pub use error::PromqlError;
pub use reading::Reading;

/// The names of all functions that are evaluated.
pub fn functions() -> impl Iterator<Item = &'static str> {
    functions::names()
}

use crate::series::{HistogramSample, Labels, Source};
use evaluate::Evaluator;
use program::{Node, Program};
use value::{Columns, Element, Point, Value};

/// How an expression is evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How old the newest sample of an instant selector may be.
    pub lookback_ms: i64,
    /// The step of a subquery that names none.
    pub subquery_step_ms: i64,
    /// How many samples one evaluation may touch.
    pub max_samples: usize,
    /// How many steps a range may have.
    pub max_steps: usize,
    /// In a division, an absent numerator is zero where its series were never seen; see `observe`.
    pub absent_numerator_is_zero: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lookback_ms: 5 * 60_000,
            subquery_step_ms: 60_000,
            max_samples: 20_000_000,
            max_steps: 11_000,
            absent_numerator_is_zero: false,
        }
    }
}

/// An expression that can be evaluated.
#[derive(Debug, Clone)]
pub struct Checked {
    text: String,
    program: Program,
    metric_names: Vec<String>,
}

/// What an expression answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub kind: AnswerKind,
    pub series: Vec<Column>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerKind {
    Scalar,
    Vector,
    Matrix,
}

/// One series of an answer: its numbers, with times and values of the same length, and its histograms.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Column {
    pub labels: Labels,
    pub at: Vec<i64>,
    pub value: Vec<f64>,
    pub histograms: Vec<HistogramSample>,
}

/// Reads an expression, and says what is wrong with it.
pub fn check(text: &str) -> Result<Checked, PromqlError> {
    scan::scan(text)?;
    let of_info = || data_selector::marked(text).and_then(|marked| parse(&marked).ok());
    let expr = parse(text).or_else(|error| of_info().ok_or(error))?;
    let program = lower::lower(&expr)?;
    if let Node::Text(_) = program.root {
        return Err(PromqlError::Unsupported("a string as the result".into()));
    }
    let names: BTreeSet<&str> =
        program.selectors.iter().filter_map(|one| one.metric_names()).flatten().collect();
    let metric_names = names.into_iter().map(str::to_owned).collect();
    Ok(Checked { text: text.to_owned(), program, metric_names })
}

/// Both sides of a division, as texts, where the whole expression is one that matches by all labels.
pub fn quotient(text: &str) -> Option<(String, String)> {
    scan::scan(text).ok()?;
    let mut expr = parse(text).ok()?;
    while let parser::Expr::Paren(inner) = expr {
        expr = *inner.expr;
    }
    match expr {
        parser::Expr::Binary(both) if both.op.id() == parser::token::T_DIV && both.modifier.is_none() => {
            Some((both.lhs.to_string(), both.rhs.to_string()))
        }
        _ => None,
    }
}

/// Evaluates at one moment.
pub fn instant(
    checked: &Checked,
    source: &dyn Source,
    at_ms: i64,
    options: &Options,
) -> Result<(Answer, Reading), PromqlError> {
    let mut evaluator = Evaluator::new(&checked.program, source, options, (at_ms, at_ms, 0));
    let value = evaluator.node(&checked.program.root, at_ms)?;
    let one = |labels, point| {
        let mut columns = Columns::default();
        columns.push(at_ms, point);
        Column::new(labels, columns)
    };
    let answer = match value {
        Value::Scalar(value) => {
            Answer { kind: AnswerKind::Scalar, series: vec![one(Labels::default(), Point::Float(value))] }
        }
        Value::Text(_) => return Err(PromqlError::Unsupported("a string as the result".into())),
        Value::Vector(elements) => {
            let series = finished(elements)?.into_iter().map(|element| one(element.labels, element.value));
            Answer { kind: AnswerKind::Vector, series: series.collect() }
        }
        Value::Windows(windows) => {
            let column = |window: value::Window<'_>| Column {
                labels: window.labels,
                at: window.at.into_owned(),
                value: window.value.into_owned(),
                histograms: window.histograms.into_owned(),
            };
            Answer { kind: AnswerKind::Matrix, series: windows.into_iter().map(column).collect() }
        }
    };
    Ok((answer, evaluator.into_reading()))
}

/// Evaluates at `start_ms` and every `step_ms` after it, up to and with `end_ms`. The series come
/// sorted by their labels.
pub fn range(
    checked: &Checked,
    source: &dyn Source,
    (start_ms, end_ms, step_ms): (i64, i64, i64),
    options: &Options,
) -> Result<(Answer, Reading), PromqlError> {
    if step_ms <= 0 || end_ms < start_ms {
        return Err(PromqlError::BadRange);
    }
    if end_ms.saturating_sub(start_ms) / step_ms >= options.max_steps as i64 {
        return Err(PromqlError::TooManySteps { limit: options.max_steps });
    }
    let mut evaluator = Evaluator::new(&checked.program, source, options, (start_ms, end_ms, step_ms));
    let mut series: BTreeMap<Labels, Columns> = BTreeMap::new();
    let mut at = start_ms;
    while at <= end_ms {
        let elements = match evaluator.node(&checked.program.root, at)? {
            Value::Scalar(value) => vec![Element::new(Labels::default(), Point::Float(value))],
            Value::Vector(elements) => finished(elements)?,
            Value::Text(_) | Value::Windows(_) => {
                return Err(PromqlError::Unsupported("a range query of anything but numbers".into()));
            }
        };
        for element in elements {
            series.entry(element.labels).or_default().push(at, element.value);
        }
        match at.checked_add(step_ms) {
            Some(next) => at = next,
            None => break,
        }
    }
    let column = |(labels, columns)| Column::new(labels, columns);
    let answer = Answer { kind: AnswerKind::Matrix, series: series.into_iter().map(column).collect() };
    Ok((answer, evaluator.into_reading()))
}

impl Column {
    fn new(labels: Labels, columns: Columns) -> Self {
        Self { labels, at: columns.at, value: columns.value, histograms: columns.histograms }
    }
}

impl Checked {
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The metrics that the expression names, sorted.
    pub fn metric_names(&self) -> &[String] {
        &self.metric_names
    }

    /// Every selector in it.
    pub fn selectors(&self) -> &[crate::series::Selector] {
        &self.program.selectors
    }

    /// The selectors that may well select nothing: where absence is what is asked, as in `absent(a)`, or where
    /// something else stands in, as in `a or vector(0)`.
    pub fn may_be_absent(&self) -> Vec<&crate::series::Selector> {
        let mut found = Vec::new();
        let mut below = |node: &Node| {
            node.walk(&mut |node| match node {
                Node::Instant { selector, .. } | Node::Window { selector, .. } => found.push(*selector),
                _ => {}
            });
        };
        self.program.root.walk(&mut |node| match node {
            Node::Call { function, arguments } if matches!(function.name, "absent" | "absent_over_time") => {
                arguments.iter().for_each(&mut below);
            }
            Node::Binary(binary) if binary.operator == program::Operator::Or => below(&binary.left),
            _ => {}
        });
        found.into_iter().filter_map(|index| self.program.selectors.get(index)).collect()
    }

    /// Whether it is a selector and nothing else, as `observe::increase_since` wants it.
    pub fn is_plain_selector(&self) -> bool {
        self.plain_selector().is_some()
    }

    /// The selector, when the expression is nothing else.
    pub(crate) fn plain_selector(&self) -> Option<&crate::series::Selector> {
        match &self.program.root {
            Node::Instant { selector, shift } if shift.offset_ms == 0 && shift.at.is_none() => {
                self.program.selectors.get(*selector)
            }
            _ => None,
        }
    }
}

/// Without the names that were to be dropped; no two may be the same then.
fn finished(elements: Vec<Element<Point>>) -> Result<Vec<Element<Point>>, PromqlError> {
    let elements: Vec<_> = elements.into_iter().map(Element::finished).collect();
    let mut seen = std::collections::HashSet::with_capacity(elements.len());
    match elements.iter().find(|element| !seen.insert(&element.labels)) {
        Some(twice) => Err(PromqlError::SameLabels(twice.labels.to_string())),
        None => Ok(elements),
    }
}

/// The parser's tree, or its message in our words.
fn parse(text: &str) -> Result<parser::Expr, PromqlError> {
    // The scan keeps out what the parser is known to panic on. What is not known must not take a release
    // down either.
    let parsed = std::panic::catch_unwind(|| parser::parse(text));
    let message = match parsed {
        Ok(Ok(expr)) => return Ok(expr),
        Ok(Err(message)) => message,
        Err(_) => "the parser does not survive this expression".to_owned(),
    };
    if let Some(name) =
        message.strip_prefix("unknown function with name '").and_then(|rest| rest.strip_suffix('\''))
    {
        let offset = scan::find_word(text, name);
        return Err(PromqlError::Syntax { message: format!("there is no function `{name}`"), offset });
    }
    if let Some(regex) = message.strip_prefix("illegal regex for ") {
        let message = format!("`{regex}` is not a regular expression");
        return Err(PromqlError::Syntax { message, offset: text.find(regex) });
    }
    Err(PromqlError::Syntax { message: in_house_style(&message), offset: None })
}

fn in_house_style(message: &str) -> String {
    let message = message.trim().trim_end_matches('.').replace(['\'', '"'], "`");
    if message == "invalid promql query" {
        return "this is not a PromQL expression".to_owned();
    }
    let mut characters = message.chars();
    match (characters.next(), characters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => message,
    }
}
