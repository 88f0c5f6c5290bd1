//! `sluice policy record`: what rules of a release saw, as a case or as a context.

use sluice_core::model::policy::Moment;
use sluice_runner::journal::JournalStore;
use sluice_runner::policies::{Asked, asked, fixture};

use super::damaged;
use crate::args::policy::Record;
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::show::time;
use crate::{show, wiring};

pub fn run(place: &Place, record: &Record) -> Result<Exit, Failure> {
    let store = wiring::existing_journal(place)?;
    let release = store.resolve(&record.release).map_err(Failure::invalid)?;
    let records = store.read(&release).map_err(Failure::internal)?;
    let all = asked(&records).map_err(|error| damaged(error.into()))?;
    let chosen = all.iter().rev().find(|one| is_chosen(one, record)).ok_or_else(|| {
        let told = format!("no rules were asked there in `{release}`");
        let at: Vec<String> = all.iter().map(|one| format!("{} ({})", one.seq, one.moment.name())).collect();
        let help = match at.is_empty() {
            true => "it has not come so far".to_owned(),
            false => format!("they were asked in the records {}", shortened(&at)),
        };
        Failure::usage(told, help)
    })?;
    let (moment, at) = (chosen.moment.name(), time::date_and_minute(chosen.at));
    show::line(&format!("# Recorded from the release {release} on {at} (UTC), before {moment}."));
    let text = match &record.policy {
        Some(policy) => fixture::case(chosen, policy),
        None => fixture::context(&chosen.context),
    };
    show::text(&text);
    Ok(Exit::Done)
}

fn is_chosen(one: &Asked, record: &Record) -> bool {
    let of_policy = |name: &String| one.outcomes.iter().any(|outcome| outcome.policy == *name);
    record.on.is_none_or(|on| Moment::from(on) == one.moment)
        && record.record.is_none_or(|seq| seq == one.seq)
        && record.policy.as_ref().is_none_or(of_policy)
}

fn shortened(at: &[String]) -> String {
    let last = at.len().saturating_sub(8);
    let more = if last > 0 { "..., " } else { "" };
    format!("{more}{}", at[last..].join(", "))
}
