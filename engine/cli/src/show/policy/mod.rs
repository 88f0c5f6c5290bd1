//! Policies as people and programs read them.

pub mod cases;
pub mod replay;

use sluice_core::model::policy::{RuleOutcome, RuleResult};
use sluice_policy::set::{WaiverNote, WaiverState};
use sluice_runner::policies::Explained;

use super::style::{BAD, BOLD, CAREFUL, DIM, GOOD, painted};
use super::{JSON_VERSION, line, safe, time};
use crate::args::Output;

/// One rule that was asked.
pub fn outcome_line(outcome: &RuleOutcome) -> String {
    let (style, sign) = match outcome.result {
        RuleResult::Pass => (GOOD, "✓"),
        RuleResult::Fail => (BAD, "✗"),
        RuleResult::Error => (BAD, "E"),
        RuleResult::Inconclusive => (CAREFUL, "?"),
        RuleResult::Waived => (CAREFUL, "w"),
        RuleResult::Skipped => (DIM, "·"),
    };
    let name = format!("{sign} {}/{}", outcome.policy, outcome.rule);
    let head = format!("{}  {}", painted(style, name), outcome.result.name());
    match outcome.message.as_str() {
        "" => head,
        message => format!("{head}  {}", safe(message)),
    }
}

/// Why a rule of a release came out as it did.
pub fn explained(one: &Explained) {
    let outcome = &one.recorded;
    let step =
        if one.step.is_empty() { String::new() } else { format!(", in the step `{}`", safe(&one.step)) };
    let enforcement = outcome.enforcement.name();
    line(&format!(
        "{}  {enforcement}, asked before {}{step}, {} UTC",
        painted(BOLD, format!("{}/{}", outcome.policy, outcome.rule)),
        one.moment.name(),
        time::date_and_minute(one.at),
    ));
    line(&outcome_line(outcome));
    let again = &one.explanation;
    if again.trace.all().is_empty() {
        line("  it was not evaluated");
    } else {
        again.diagram().lines().for_each(|drawn| line(&format!("    {}", safe(drawn))));
    }
    if (again.outcome.result, &again.outcome.message) != (outcome.result, &outcome.message) {
        let told =
            "asked again it says otherwise: its journal is of another version, which did not keep all it saw";
        line(&painted(CAREFUL, format!("  {told}")));
        line(&format!("  {}", outcome_line(&again.outcome)));
    }
    line("");
}

/// Tells of a waiver that ended, or ends soon.
pub fn waiver(note: &WaiverNote, output: Output) {
    let state = match note.state {
        WaiverState::Ended => "ended",
        WaiverState::EndsSoon => "ends",
    };
    let WaiverNote { policy, rule, approver, expires, .. } = note;
    match output {
        Output::Human => {
            super::note(&format!("the waiver of {} for {policy}/{rule} {state} on {expires}", safe(approver)));
        }
        Output::Json => super::note(
            &serde_json::json!({
                "version": JSON_VERSION, "type": "waiver", "policy": policy, "rule": rule, "approver": approver,
                "expires": expires, "state": state,
            })
            .to_string(),
        ),
    }
}
