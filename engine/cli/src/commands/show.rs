//! `sluice show`: where one release stands, and every event.

use sluice_core::release::state::State;
use sluice_runner::journal::JournalStore;

use crate::args::{One, Output};
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::{show, wiring};

pub fn run(place: &Place, command: &One, output: Output) -> Result<Exit, Failure> {
    let store = wiring::existing_journal(place)?;
    let release = store.resolve(&command.release).map_err(Failure::invalid)?;
    let records = store.read(&release).map_err(Failure::internal)?;
    let illegal = |error| Failure::broken(error, "the journal was damaged, or written by another version");
    let Some((first, rest)) = records.split_first() else {
        return Err(Failure::broken(format!("release `{release}` has no record"), "its journal is damaged"));
    };
    let mut state = State::begin(first).map_err(illegal)?;
    let mut view = show::plain(output, &state);
    view.recorded(first, &state);
    for record in rest {
        state.apply(record).map_err(illegal)?;
        view.recorded(record, &state);
    }
    if output == Output::Human {
        show::stands(&state);
    }
    Ok(Exit::Done)
}
