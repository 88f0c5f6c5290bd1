//! Colours and signs. Colour never carries anything alone: each has a sign or a word beside it.

use anstyle::{AnsiColor, Style};
use sluice_core::model::verdict::Verdict;
use sluice_core::one_line::one_line;
use sluice_core::release::decision::{DecisionKind, Outcome};

pub const PLAIN: Style = Style::new();
pub const DIM: Style = Style::new().dimmed();
pub const BOLD: Style = Style::new().bold();
pub const GOOD: Style = AnsiColor::Green.on_default();
pub const CAREFUL: Style = AnsiColor::Yellow.on_default();
pub const BAD: Style = AnsiColor::Red.on_default();
pub const STABLE: Style = AnsiColor::Blue.on_default();
pub const CANDIDATE: Style = AnsiColor::Magenta.on_default();

pub fn of_verdict(verdict: Option<Verdict>) -> (Style, &'static str) {
    match verdict {
        Some(Verdict::Pass) => (GOOD, "✓"),
        Some(Verdict::Warn) => (CAREFUL, "!"),
        Some(Verdict::Fail) => (BAD, "✗"),
        Some(Verdict::Error) => (BAD, "E"),
        Some(Verdict::Inconclusive) => (CAREFUL, "?"),
        None => (DIM, "·"),
    }
}

pub fn of_decision(kind: DecisionKind) -> Style {
    match kind {
        DecisionKind::Proceed => GOOD,
        DecisionKind::Hold | DecisionKind::AwaitApproval => CAREFUL,
        DecisionKind::RollBack | DecisionKind::Abort => BAD,
    }
}

pub fn of_outcome(outcome: Outcome) -> Style {
    if matches!(outcome, Outcome::Promoted | Outcome::Rehearsed) { GOOD } else { BAD }
}

/// The text in this style, and in one line.
pub fn painted(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{}{style:#}", one_line(&text.to_string()))
}

/// A line with its colours, and nothing else in it that ends it or rules over the terminal.
pub fn coloured(line: &str) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('\u{1b}') {
        let (before, after) = rest.split_at(start);
        shown.push_str(&one_line(before));
        let length = colour(after).unwrap_or(1);
        let (escape, tail) = after.split_at(length);
        if length > 1 {
            shown.push_str(escape)
        } else {
            shown.push(char::REPLACEMENT_CHARACTER)
        }
        rest = tail;
    }
    shown.push_str(&one_line(rest));
    shown
}

/// How long the sequence is that this begins with, if it is one for a colour.
fn colour(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let length = parameters.find(|character: char| !character.is_ascii_digit() && character != ';')?;
    parameters[length..].starts_with('m').then_some("\u{1b}[".len() + length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_colours_and_nothing_else() {
        let red = painted(BAD, "a\nb");
        assert_eq!(red, "\u{1b}[31ma b\u{1b}[0m");
        assert_eq!(coloured(&red), red);
        assert_eq!(
            coloured("a\u{1b}[2Jb\u{1b}]0;t\u{7}c\r\nd\u{1b}"),
            "a\u{fffd}[2Jb\u{fffd}]0;t\u{fffd}c  d\u{fffd}"
        );
    }
}
