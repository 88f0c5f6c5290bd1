//! Colours and signs. Colour never carries anything alone: each has a sign or a word beside it.

use anstyle::{AnsiColor, Style};
use sluice_core::model::verdict::Verdict;
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

/// The text in this style.
pub fn painted(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}
