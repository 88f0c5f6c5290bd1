//! `sluice report`: the record of a release, as Markdown, a page, JSON or a picture.

use std::path::Path;

use sluice_core::model::policy::RuleOutcome;
use sluice_core::release::event::Record;
use sluice_core::report::{ExplanationLine, Report};
use sluice_runner::journal::JournalStore;
use sluice_runner::policies::{self, Explained};

use crate::args::{self, Format, Output};
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::{show, wiring};

/// Where the Markdown finds the pictures beside it.
const PICTURE: &str = "timeline.svg";
const PLOTS: &str = "checks.svg";

pub fn run(place: &Place, command: &args::Report, output: Output) -> Result<Exit, Failure> {
    let store = wiring::existing_journal(place)?;
    let release = store.resolve(&command.release).map_err(Failure::invalid)?;
    let records = store.read(&release).map_err(Failure::internal)?;
    let mut report =
        Report::of(&records).map_err(|error| Failure::broken(error, "the journal was damaged"))?;
    report.explanations = explanations(&records);
    if let Some(folder) = &command.output_dir {
        write(folder, &report, output)?;
        return Ok(Exit::Done);
    }
    match command.format {
        Format::Html => show::text(&report.html()),
        Format::Svg => show::text(&report.timeline()),
        Format::Markdown if output == Output::Human => show::text(&report.markdown(&[])),
        Format::Markdown | Format::Json => show::json_line(&json(&report)),
    }
    Ok(Exit::Done)
}

/// A report is of use without them, where the policies are of another version.
fn explanations(records: &[Record]) -> Vec<ExplanationLine> {
    let line = |one: Explained| ExplanationLine {
        at: one.at,
        moment: one.moment,
        outcome: one.recorded,
        drawn: one.explanation.diagram(),
    };
    let refused = policies::explained(records, RuleOutcome::refuses).unwrap_or_default();
    refused.into_iter().map(line).collect()
}

fn json(report: &Report) -> serde_json::Value {
    serde_json::json!({ "version": show::JSON_VERSION, "type": "report", "report": report })
}

/// Writes every form into a folder, and names each file.
fn write(folder: &Path, report: &Report, output: Output) -> Result<(), Failure> {
    let files = [
        ("report.md", report.markdown(&[PICTURE, PLOTS])),
        ("report.json", format!("{}\n", json(report))),
        ("report.html", report.html()),
        (PICTURE, report.timeline()),
        (PLOTS, report.plots()),
    ];
    let failed = |error: std::io::Error| {
        let told = format!("the report can not be written to `{}`: {error}", folder.display());
        Failure::broken(told, "name a folder that you may write to")
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(failed)?;
        match output {
            Output::Human => show::line(&show::safe(&path.display().to_string())),
            Output::Json => show::json_line(&serde_json::json!({
                "version": show::JSON_VERSION, "type": "written", "path": path,
            })),
        }
    }
    Ok(())
}
