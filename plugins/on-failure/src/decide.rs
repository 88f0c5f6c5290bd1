//! The tallies, and what follows from them.

use serde::{Deserialize, Serialize};
use sluice_sdk::{Call, RollbackAnswer, Seen, Verdict};

use crate::config::{Errors, OnFailure};
use crate::retreat;

/// What is counted over the rounds of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    /// Failed rounds since the last one that passed.
    pub failed_in_a_row: u32,
    /// Failed rounds of the whole release.
    pub failed: u32,
    /// Rounds without a verdict since the last one with a verdict.
    pub inconclusive_in_a_row: u32,
}

/// What a round of verdicts comes to.
enum Round<'a> {
    Passed,
    Failed(Vec<&'a Seen>),
    Inconclusive(Vec<&'a Seen>),
}

/// How many checks a reason quotes before it only names the rest.
const QUOTED: usize = 3;

/// Counts the round, and answers it.
pub fn decide(config: &OnFailure, call: &Call, tally: &mut Tally) -> RollbackAnswer {
    match round(call.judgements(), config.errors) {
        Round::Passed => {
            tally.failed_in_a_row = 0;
            tally.inconclusive_in_a_row = 0;
            RollbackAnswer::Keep(passed(call.judgements().len()))
        }
        Round::Failed(checks) => {
            tally.failed_in_a_row = tally.failed_in_a_row.saturating_add(1);
            tally.failed = tally.failed.saturating_add(1);
            tally.inconclusive_in_a_row = 0;
            answer(config, call, &checks, &failed(config, tally))
        }
        Round::Inconclusive(checks) => {
            tally.inconclusive_in_a_row = tally.inconclusive_in_a_row.saturating_add(1);
            answer(config, call, &checks, &inconclusive(config, tally))
        }
    }
}

/// Whether a limit is reached, and the count in words.
struct Count {
    reached: bool,
    text: String,
}

fn round(judgements: &[Seen], errors: Errors) -> Round<'_> {
    let fails = |one: &Seen| match errors {
        Errors::AsFailures => one.verdict == Verdict::Fail || one.verdict.is_error(),
        Errors::AsInconclusive => one.verdict == Verdict::Fail,
    };
    let failed: Vec<_> = judgements.iter().filter(|one| fails(one)).collect();
    if !failed.is_empty() {
        return Round::Failed(failed);
    }
    let silent: Vec<_> = judgements.iter().filter(|one| !one.verdict.passes()).collect();
    if silent.is_empty() { Round::Passed } else { Round::Inconclusive(silent) }
}

fn failed(config: &OnFailure, tally: &Tally) -> Count {
    let row = format!("failed in {}", rounds(tally.failed_in_a_row));
    if tally.failed_in_a_row >= config.consecutive {
        return Count { reached: true, text: format!("{row}, the limit") };
    }
    match config.total {
        Some(total) if tally.failed >= total => Count {
            reached: true,
            text: format!("failed, the {} in all, the limit", ordinal_round(tally.failed)),
        },
        _ => Count { reached: false, text: format!("{row}, the limit is {}", config.consecutive) },
    }
}

fn inconclusive(config: &OnFailure, tally: &Tally) -> Count {
    let row = format!("said nothing in {}", rounds(tally.inconclusive_in_a_row));
    match config.inconclusive {
        Some(limit) if tally.inconclusive_in_a_row >= limit => {
            Count { reached: true, text: format!("{row}, the limit") }
        }
        Some(limit) => Count { reached: false, text: format!("{row}, the limit is {limit}") },
        None => Count { reached: false, text: row },
    }
}

fn answer(config: &OnFailure, call: &Call, checks: &[&Seen], count: &Count) -> RollbackAnswer {
    let noun = if checks.len() == 1 { "check" } else { "checks" };
    let names = checks.iter().map(|one| one.check.as_str()).collect::<Vec<_>>().join(", ");
    let quotes = checks.iter().filter(|one| !one.reason.is_empty()).take(QUOTED);
    let quotes = quotes.map(|one| one.reason.as_str()).collect::<Vec<_>>().join("; ");
    let colon = if quotes.is_empty() { "" } else { ": " };
    let reason = format!("{noun} {names} {}{colon}{quotes}", count.text);
    if count.reached {
        RollbackAnswer::RollBack { reason, by: retreat::retreats(&config.how, call) }
    } else {
        RollbackAnswer::Hold(reason)
    }
}

fn passed(checks: usize) -> String {
    match checks {
        0 => "there are no verdicts to answer".into(),
        1 => "the check passed".into(),
        count => format!("all {count} checks passed"),
    }
}

fn rounds(count: u32) -> String {
    if count == 1 { "1 round".into() } else { format!("{count} rounds in a row") }
}

fn ordinal_round(count: u32) -> String {
    let ending = match (count % 10, count % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{count}{ending} failed round")
}
