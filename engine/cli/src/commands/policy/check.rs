//! `sluice policy check`: whether policies can be loaded, and what of them is surely not meant.

use sluice_policy::Context;
use sluice_policy::set::WaiverState;
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
    notes.iter().for_each(|note| show::policy::waiver(note, output));
    let ended = notes.iter().any(|note| note.state == WaiverState::Ended);
    summary(&shelf, hints.len(), output);
    Ok(if check.strict && (ended || !hints.is_empty()) { Exit::Refused } else { Exit::Done })
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
