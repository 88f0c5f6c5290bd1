//! `sluice plan`: what a release would do.

use sluice_host::Host;
use sluice_policy::Context;
use sluice_runner::prepare::{self, Circumstances, Planned, PrepareError};
use sluice_targets::factory::Glance;

use crate::args::{self, Output};
use crate::commands::now_ms;
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::{show, wiring};

pub async fn run(place: &Place, command: args::Plan, output: Output) -> Result<Exit, Failure> {
    let host = wiring::host(place.usable()?)?;
    let documents = prepare::read(&command.documents.file, &command.documents.set)?;
    let glance = wiring::glance(place, &documents).await?;
    let planned = plan(&host, &documents, &command.documents, glance)?;
    planned.rules.set().hints().for_each(|hint| show::problem::hint(hint, output));
    planned.rules.unmeasured(&planned.plan).iter().for_each(|hint| show::problem::hint(hint, output));
    planned.rules.unapproved(&planned.plan).iter().for_each(|hint| show::problem::hint(hint, output));
    let waivers = planned.rules.set().waiver_notes(&Context { now: now_ms(), ..Context::default() });
    waivers.iter().for_each(|note| show::policy::waiver(note, output));
    if planned.rules.lacks_a_policy(&planned.plan) {
        show::note(
            "`requirePolicy` asks for a policy, and none is for this release: `sluice run` would refuse it",
        );
    }
    show::plan::tell(&planned, output);
    Ok(Exit::Done)
}

/// Plans against what was seen of the target.
pub fn plan(
    host: &Host,
    read: &prepare::Documents,
    documents: &args::Documents,
    glance: Glance,
) -> Result<Planned, Failure> {
    let service = &read.workflow.service;
    let circumstances = Circumstances {
        who: documents.who.clone(),
        comment: documents.comment.clone(),
        stable: glance.stable,
        capabilities: glance.capabilities,
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
