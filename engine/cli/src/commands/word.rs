//! `sluice approve`, `pause`, `abort`, `promote`: a person's word to a release.

use std::time::{SystemTime, UNIX_EPOCH};

use sluice_core::release::event::Signal;
use sluice_core::release::replay::fold;
use sluice_runner::engine::abandon;
use sluice_runner::journal::{JournalStore, Lease};

use crate::args::{Output, Word};
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::{show, wiring};

pub fn run(place: &Place, word: Word, signal: Signal, output: Output) -> Result<Exit, Failure> {
    let store = wiring::existing_journal(place)?;
    let release = store.resolve(&word.release).map_err(Failure::invalid)?;
    let state = fold(&store.read(&release).map_err(Failure::internal)?)
        .map_err(|error| Failure::broken(error, "see `sluice show`"))?;
    if let Some(outcome) = state.outcome() {
        let told = format!("release `{release}` has ended: {outcome}");
        return Err(Failure::usage(told, "list the open ones with `sluice history`"));
    }
    store.signal(&release, &signal, &word.who, &word.comment, now_ms()).map_err(Failure::internal)?;
    match output {
        Output::Human => show::line(&format!("told release `{release}`")),
        Output::Json => show::json_line(&serde_json::json!({
            "version": show::JSON_VERSION, "type": "told", "release": release, "signal": signal,
        })),
    }
    if let Ok(lease) = Lease::acquire(place.state(), &state.plan.about.service) {
        if abandon(store.as_ref(), &lease, &release, now_ms()).map_err(Failure::internal)? {
            show::note("it has ended; nothing had been done");
        } else {
            show::note(&format!("no engine takes care of it now; `sluice resume {release}` starts one"));
        }
    }
    Ok(Exit::Done)
}

pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
