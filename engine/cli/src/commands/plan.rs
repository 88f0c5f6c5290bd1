//! `sluice plan`: what a release would do.

use sluice_core::plan::Plan;
use sluice_host::Host;
use sluice_runner::prepare::{self, Circumstances, PrepareError};

use crate::args::{self, Output};
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::{show, wiring};

pub fn run(place: &Place, command: args::Plan, output: Output) -> Result<Exit, Failure> {
    let host = wiring::host(place)?;
    let documents = prepare::read(&command.documents.file, &command.documents.set)?;
    let plan = plan(place, &host, &documents, &command.documents)?;
    match output {
        Output::Human => show::plan::print(&plan),
        Output::Json => show::json_line(&serde_json::json!({
            "version": show::JSON_VERSION,
            "type": "plan",
            "digest": plan.digest(),
            "plan": plan,
        })),
    }
    Ok(Exit::Done)
}

/// Plans against what the gateway's record says that it serves; nothing is started.
pub fn plan(
    place: &Place,
    host: &Host,
    read: &prepare::Documents,
    documents: &args::Documents,
) -> Result<Plan, Failure> {
    let service = &read.workflow.service;
    let stable =
        sluice_targets::gateway::recorded_stable(&place.gateway(service)).map_err(Failure::internal)?;
    let circumstances = Circumstances {
        who: documents.who.clone(),
        comment: documents.comment.clone(),
        stable,
        capabilities: sluice_targets::gateway::capabilities(),
        // Plugins get the same seed for the same workflow and version: a plan can be made twice and compared.
        seed: seed(&[service, &read.workflow.candidate.version]),
    };
    Ok(prepare::plan(read, circumstances, host)?)
}

fn seed(words: &[&str]) -> u64 {
    let digest = sluice_core::plan::digest(words.join("\n").as_bytes());
    u64::from_str_radix(digest.get(7..23).unwrap_or_default(), 16).unwrap_or_default()
}

impl From<PrepareError> for Failure {
    fn from(error: PrepareError) -> Self {
        match error {
            PrepareError::Documents(problems) => Self::invalid(problems),
            PrepareError::File(file) => Self::invalid(file),
        }
    }
}
