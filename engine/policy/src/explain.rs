//! Explanations: why a rule came out as it did, with the value of each of its parts under it.

use sluice_core::model::policy::RuleOutcome;

use crate::cel::{Seen, Trace};

/// A rule that was asked, with what was seen of it.
#[derive(Debug, Clone)]
pub struct Explanation {
    pub outcome: RuleOutcome,
    /// The expression of the rule.
    pub source: String,
    /// What each part of it came to. Empty where it was not evaluated.
    pub trace: Trace,
    /// What was read and is missing.
    pub missing: Vec<String>,
    /// What was seen of the condition of its policy, and of its message where it was made.
    pub(crate) when: Trace,
    pub(crate) said: Trace,
}

/// Characters of one value.
const MAX_SHOWN: usize = 60;

impl Explanation {
    /// Of an outcome that no expression gave.
    pub fn without_values(outcome: RuleOutcome) -> Self {
        let (trace, when, said) = (Trace::default(), Trace::default(), Trace::default());
        Self { outcome, source: String::new(), trace, missing: Vec::new(), when, said }
    }

    /// The expression with the values of its parts under it:
    ///
    /// ```text
    /// proposed.candidate.weight - current.candidate.weight <= params.largest
    /// |                         | |                        |  |
    /// 55.1                      | 5                        |  50
    ///                           50.1                       false
    /// ```
    pub fn diagram(&self) -> String {
        diagram(&self.source, &self.trace)
    }
}

/// An expression with what each part of it came to.
pub(crate) fn diagram(source: &str, trace: &Trace) -> String {
    let mut drawn = String::new();
    let mut start = 0;
    for line in source.split_inclusive('\n') {
        let end = start + line.len();
        let shown = line.trim_end();
        if !shown.is_empty() {
            drawn.push_str(shown);
            drawn.push('\n');
            rows(marks(source, trace, start, end)).into_iter().for_each(|row| {
                drawn.push_str(row.trim_end());
                drawn.push('\n');
            });
        }
        start = end;
    }
    drawn
}

/// What is to be shown under a line: columns with values, from left to right, one a column.
fn marks(source: &str, trace: &Trace, start: usize, end: usize) -> Vec<(usize, String)> {
    let mut marks: Vec<(usize, String)> = Vec::new();
    let mut seen: Vec<&Seen> =
        trace.all().into_iter().filter(|seen| (start..end).contains(&seen.token.start)).collect();
    seen.sort_by_key(|seen| seen.token.start);
    for one in seen {
        let column = source.get(start..one.token.start).map_or(0, |before| before.chars().count());
        let mark = (column, value(one));
        match marks.last_mut() {
            // The innermost of those that begin at one place was seen last.
            Some(last) if last.0 == column => *last = mark,
            _ => marks.push(mark),
        }
    }
    marks
}

fn value(seen: &Seen) -> String {
    let text = match &seen.value {
        Ok(crate::cel::Value::String(text)) => format!("{text:?}"),
        Ok(value) => value.to_string(),
        Err(error) => format!("error: {error}"),
    };
    let times = if seen.times > 1 { format!(" (the last of {})", seen.times) } else { String::new() };
    let mut shown: String = text.chars().take(MAX_SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown + &times
}

/// Values under their columns: as many in one row as have room, from the right; the others get a line down.
fn rows(mut marks: Vec<(usize, String)>) -> Vec<String> {
    if marks.is_empty() {
        return Vec::new();
    }
    let lines = |marks: &[(usize, String)]| {
        let mut row = String::new();
        for (column, _) in marks {
            pad(&mut row, *column);
            row.push('|');
        }
        row
    };
    let mut rows = vec![lines(&marks)];
    while !marks.is_empty() {
        let mut left = Vec::new();
        let mut placed: Vec<(usize, String)> = Vec::new();
        let mut room = usize::MAX;
        for (column, value) in marks.into_iter().rev() {
            if column + value.chars().count() < room {
                room = column;
                placed.push((column, value));
            } else {
                room = column;
                placed.push((column, String::from("|")));
                left.push((column, value));
            }
        }
        let mut row = String::new();
        for (column, value) in placed.into_iter().rev() {
            pad(&mut row, column);
            row.push_str(&value);
        }
        rows.push(row);
        left.reverse();
        marks = left;
    }
    rows
}

fn pad(row: &mut String, column: usize) {
    let length = row.chars().count();
    row.extend(std::iter::repeat_n(' ', column.saturating_sub(length)));
}
