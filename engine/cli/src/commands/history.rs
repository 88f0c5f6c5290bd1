//! `sluice history`: releases, the latest first.

use serde_json::json;
use sluice_runner::journal::{Filter, JournalStore, Summary};

use crate::args::{History, Output};
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::show::{self, time};
use crate::wiring;

pub fn run(place: &Place, command: &History, output: Output) -> Result<Exit, Failure> {
    let store = wiring::existing_journal(place)?;
    let filter = Filter { service: command.service.clone(), under_way: false, limit: Some(command.limit) };
    let releases = store.releases(&filter).map_err(Failure::internal)?;
    match output {
        Output::Json => releases.iter().for_each(|one| show::json_line(&as_json(one))),
        Output::Human if releases.is_empty() => show::note("no release yet"),
        Output::Human => {
            show::table(&["release", "when (UTC)", "version", "from", "outcome", "who", "comment"], {
                releases.iter().map(row).collect()
            })
        }
    }
    Ok(Exit::Done)
}

fn row(one: &Summary) -> Vec<String> {
    vec![
        one.id.clone(),
        time::date_and_minute(one.started_at),
        one.version.clone(),
        one.stable_version.clone().unwrap_or_else(|| "-".to_owned()),
        one.ended.as_ref().map_or_else(|| "open".to_owned(), |(outcome, _)| outcome.to_string()),
        one.who.clone(),
        one.comment.clone(),
    ]
}

fn as_json(one: &Summary) -> serde_json::Value {
    json!({
        "version": show::JSON_VERSION,
        "type": "release",
        "release": one.id,
        "service": one.service,
        "environment": one.environment,
        "candidate": one.version,
        "stable": one.stable_version,
        "who": one.who,
        "comment": one.comment,
        "started-at": one.started_at,
        "last-at": one.last_at,
        "outcome": one.ended.as_ref().map(|(outcome, _)| outcome),
        "reason": one.ended.as_ref().map(|(_, reason)| reason),
        "records": one.records,
    })
}
