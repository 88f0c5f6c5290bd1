//! `sluice policy explain`: why rules of a release came out as they did.

use sluice_core::model::policy::RuleOutcome;
use sluice_runner::journal::JournalStore;
use sluice_runner::policies::{Explained, explained};

use super::damaged;
use crate::args::Output;
use crate::args::policy::Explain;
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::{show, wiring};

pub fn run(place: &Place, explain: &Explain, output: Output) -> Result<Exit, Failure> {
    let store = wiring::existing_journal(place)?;
    let release = store.resolve(&explain.release).map_err(Failure::invalid)?;
    let records = store.read(&release).map_err(Failure::internal)?;
    let wanted = |outcome: &RuleOutcome| match &explain.rule {
        None => outcome.refuses(),
        Some(named) => named_so(outcome, named),
    };
    let told = explained(&records, wanted).map_err(damaged)?;
    if told.is_empty() {
        let help = "`sluice show --output json` has every rule that was asked, and `sluice policy list` those of a folder";
        return match &explain.rule {
            Some(named) => {
                Err(Failure::usage(format!("no rule `{}` was asked in `{release}`", show::safe(named)), help))
            }
            None => {
                show::note(&format!("no rule refused in `{release}`; name one to have it explained"));
                Ok(Exit::Done)
            }
        };
    }
    match output {
        Output::Human => told.iter().for_each(show::policy::explained),
        Output::Json => told.iter().for_each(|one| show::json_line(&as_json(&release, one))),
    }
    Ok(Exit::Done)
}

fn named_so(outcome: &RuleOutcome, named: &str) -> bool {
    match named.split_once('/') {
        Some((policy, rule)) => outcome.policy == policy && outcome.rule == rule,
        None => outcome.rule == named || outcome.policy == named,
    }
}

fn as_json(release: &str, one: &Explained) -> serde_json::Value {
    serde_json::json!({
        "version": show::JSON_VERSION, "type": "explanation", "release": release, "at": one.at, "moment": one.moment,
        "step": one.step, "outcome": one.recorded, "again": one.explanation.outcome,
        "source": one.explanation.source, "explanation": one.explanation.diagram(), "missing": one.explanation.missing,
    })
}
