//! `sluice history`: releases, the latest first.

use serde_json::json;
use sluice_core::release::decision::Outcome;
use sluice_runner::journal::{Filter, JournalStore, Summary};

use crate::args::{Ended, History, Output};
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::show::{self, time};
use crate::wiring;

pub fn run(place: &Place, command: &History, output: Output) -> Result<Exit, Failure> {
    let store = wiring::existing_journal(place)?;
    let filter = filter(command);
    let releases = store.releases(&filter).map_err(Failure::internal)?;
    match output {
        Output::Json => releases.iter().for_each(|one| show::json_line(&as_json(one))),
        Output::Human if !releases.is_empty() => {
            let headings = [
                "release",
                "when (UTC)",
                "version",
                "from",
                "strategy",
                "outcome",
                "who",
                "comment",
                "reason",
            ];
            show::table(&headings, releases.iter().map(row).collect());
        }
        Output::Human if filter == (Filter { limit: filter.limit, ..Filter::default() }) => {
            show::note("no release yet")
        }
        Output::Human => show::note("no release is so; `sluice history` shows all that there are"),
    }
    Ok(Exit::Done)
}

fn filter(command: &History) -> Filter {
    let outcome = match command.outcome {
        None | Some(Ended::Open) => None,
        Some(Ended::Promoted) => Some(Outcome::Promoted),
        Some(Ended::RolledBack) => Some(Outcome::RolledBack),
        Some(Ended::Aborted) => Some(Outcome::Aborted),
        Some(Ended::Abandoned) => Some(Outcome::Abandoned),
        Some(Ended::Refused) => Some(Outcome::Refused),
        Some(Ended::Rehearsed) => Some(Outcome::Rehearsed),
    };
    Filter {
        service: command.service.clone(),
        environment: command.environment.clone(),
        version: command.version.clone(),
        who: command.who.clone(),
        strategy: command.strategy.clone(),
        label: command.label.clone(),
        ticket: command.ticket.clone(),
        outcome,
        under_way: command.outcome == Some(Ended::Open),
        since: command.since,
        until: command.until,
        limit: Some(command.limit),
    }
}

fn row(one: &Summary) -> Vec<String> {
    vec![
        one.id.clone(),
        time::date_and_minute(one.started_at),
        one.version.clone(),
        one.stable_version.clone().unwrap_or_else(|| "-".to_owned()),
        one.strategy.clone(),
        outcome(one),
        one.who.clone(),
        one.comment.clone(),
        one.ended.as_ref().map_or_else(String::new, |(_, reason)| shortened(reason)),
    ]
}

/// How it ended; a rehearsal that did not end as one is told as such.
fn outcome(one: &Summary) -> String {
    let outcome = one.ended.as_ref().map_or_else(|| "open".to_owned(), |(outcome, _)| outcome.to_string());
    let other = one.rehearsal && !matches!(one.ended, Some((Outcome::Rehearsed, _)));
    if other { format!("{outcome} (rehearsal)") } else { outcome }
}

/// The most characters of a reason in a table; `sluice show` has all of it.
const MOST_OF_A_REASON: usize = 120;

fn shortened(reason: &str) -> String {
    match reason.char_indices().nth(MOST_OF_A_REASON) {
        Some((end, _)) => format!("{}…", &reason[..end]),
        None => reason.to_owned(),
    }
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
        "strategy": one.strategy,
        "labels": one.labels,
        "tickets": one.tickets,
        "rehearsal": one.rehearsal,
    })
}
