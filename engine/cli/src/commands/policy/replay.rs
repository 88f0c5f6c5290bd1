//! `sluice policy replay`: which decisions of the past other policies would have taken otherwise.

use sluice_policy::PolicySet;
use sluice_runner::journal::{Filter, JournalStore, Summary};
use sluice_runner::policies::replay::{Replayed, replay};
use sluice_runner::policies::{self};

use crate::args::Output;
use crate::args::policy::{Replay, Sheet};
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::show::policy::replay as shown;
use crate::{show, wiring};

pub fn run(place: &Place, command: &Replay, output: Output) -> Result<Exit, Failure> {
    let set: Option<PolicySet> = match command.policies.as_slice() {
        [] => None,
        paths => Some(policies::read(paths).map_err(Failure::invalid)?.set),
    };
    let store = wiring::existing_journal(place)?;
    let filter = Filter { service: command.service.clone(), ..Filter::default() };
    let mut releases: Vec<Summary> = store.releases(&filter).map_err(Failure::internal)?;
    releases.retain(|one| one.started_at >= command.since);
    releases.reverse();
    let mut all: Vec<(Summary, Replayed)> = Vec::new();
    for summary in releases {
        let records = store.read(&summary.id).map_err(Failure::internal)?;
        match replay(&records, set.as_ref()) {
            Ok(replayed) => all.push((summary, replayed)),
            // One journal of another version does not hide what the others say.
            Err(error) => show::note(&format!("`{}` is left out: {error}", summary.id)),
        }
    }
    match (command.format, output) {
        (Sheet::Json, _) | (Sheet::Table, Output::Json) => shown::json(&all),
        (Sheet::Markdown, _) => show::text(&shown::markdown(&all)),
        (Sheet::Table, Output::Human) => shown::table(&all),
    }
    Ok(Exit::Done)
}
