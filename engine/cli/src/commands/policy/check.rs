//! `sluice policy check`: whether policies can be loaded, and what of them is surely not meant.

use sluice_policy::Context;
use sluice_policy::set::{WaiverNote, WaiverState};
use sluice_runner::policies::{self, Shelf};

use crate::args::Output;
use crate::args::policy::Check;
use crate::commands::now_ms;
use crate::exit::{Exit, Failure};
use crate::show;

pub fn run(check: &Check, output: Output) -> Result<Exit, Failure> {
    let read = policies::read(&check.paths.paths);
    let hints = match &read {
        Ok(shelf) => shelf.set.hints().cloned().collect(),
        Err(_) => policies::shelf::hints(&check.paths.paths),
    };
    hints.iter().for_each(|hint| show::problem::hint(hint, output));
    let shelf = read.map_err(Failure::invalid)?;
    let notes = shelf.set.waiver_notes(&Context { now: now_ms(), ..Context::default() });
    notes.iter().for_each(|note| tell(note, output));
    let ended = notes.iter().any(|note| note.state == WaiverState::Ended);
    summary(&shelf, hints.len(), output);
    Ok(if check.strict && (ended || !hints.is_empty()) { Exit::Refused } else { Exit::Done })
}

fn tell(note: &WaiverNote, output: Output) {
    let state = match note.state {
        WaiverState::Ended => "ended",
        WaiverState::EndsSoon => "ends",
    };
    let WaiverNote { policy, rule, approver, expires, .. } = note;
    match output {
        Output::Human => {
            show::note(&format!("the waiver of {} for {policy}/{rule} {state} on {expires}", show::safe(approver)));
        }
        Output::Json => show::note(
            &serde_json::json!({
                "version": show::JSON_VERSION, "type": "waiver", "policy": policy, "rule": rule, "approver": approver,
                "expires": expires, "state": state,
            })
            .to_string(),
        ),
    }
}

fn summary(shelf: &Shelf, hints: usize, output: Output) {
    let set = &shelf.set;
    let rules: usize = set.policies().iter().map(|policy| policy.rules.len()).sum();
    match output {
        Output::Human => show::line(&format!(
            "{} and {} are well formed, with {}; {}",
            show::counted(set.policies().len(), "policy", "policies"),
            show::counted(rules, "rule", "rules"),
            show::counted(shelf.cases.len(), "case", "cases"),
            set.digest(),
        )),
        Output::Json => show::json_line(&serde_json::json!({
            "version": show::JSON_VERSION, "type": "policies", "policies": set.policies().len(), "rules": rules,
            "cases": shelf.cases.len(), "hints": hints, "digest": set.digest(),
        })),
    }
}
