//! `sluice report`: the record of a release, as Markdown or JSON.

use sluice_core::report::Report;
use sluice_runner::journal::JournalStore;

use crate::args::{self, Format, Output};
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::{show, wiring};

pub fn run(place: &Place, command: &args::Report, output: Output) -> Result<Exit, Failure> {
    let store = wiring::existing_journal(place)?;
    let release = store.resolve(&command.release).map_err(Failure::invalid)?;
    let records = store.read(&release).map_err(Failure::internal)?;
    let report = Report::of(&records).map_err(|error| Failure::broken(error, "the journal was damaged"))?;
    match command.format {
        Format::Markdown if output == Output::Human => show::text(&report.markdown()),
        Format::Markdown | Format::Json => show::json_line(&serde_json::json!({
            "version": show::JSON_VERSION,
            "type": "report",
            "report": report,
        })),
    }
    Ok(Exit::Done)
}
