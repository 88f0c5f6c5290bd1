//! `sluice compare`: two releases beside one another.

use sluice_core::report::Comparison;
use sluice_runner::journal::JournalStore;

use crate::args::{Compare, Output};
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::{show, wiring};

pub fn run(place: &Place, command: &Compare, output: Output) -> Result<Exit, Failure> {
    let store = wiring::existing_journal(place)?;
    let read = |prefix: &str| {
        let release = store.resolve(prefix).map_err(Failure::invalid)?;
        store.read(&release).map_err(Failure::internal)
    };
    let (one, other) = (read(&command.one)?, read(&command.other)?);
    let compared =
        Comparison::of(&one, &other).map_err(|error| Failure::broken(error, "a journal was damaged"))?;
    match output {
        Output::Human => show::compare::print(&compared),
        Output::Json => show::json_line(&serde_json::json!({
            "version": show::JSON_VERSION, "type": "comparison", "comparison": compared,
        })),
    }
    Ok(Exit::Done)
}
