//! `sluice plan --rehearse`: brings the first step's instances up on the target, takes them back, and says what was
//! seen. Nobody is exposed.

use std::sync::Arc;

use sluice_core::plan::{Kind, Plan};
use sluice_core::report::Report;
use sluice_runner::journal::JournalStore;
use sluice_runner::ports::target::{Target, TargetStatus};
use sluice_runner::prepare;
use sluice_runner::rehearsal::changes;

use super::run::{begin, drive, lease};
use crate::args::{self, Leave, OnInterrupt, Output};
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::wiring::Bench;
use crate::{show, wiring};

pub async fn run(place: &Place, command: args::Plan, output: Output) -> Result<Exit, Failure> {
    let host = Arc::new(wiring::host(place.usable()?)?);
    let documents = prepare::read(&command.documents.file, &command.documents.set)?;
    let lease = lease(place, &documents.workflow.service)?;
    let store = wiring::journal(place)?;
    let bench = Bench { store: store.clone(), host: host.clone(), lease };
    if let Some(open) = store.under_way(&documents.workflow.service).map_err(Failure::internal)? {
        let left = clean_up(place, bench, &open.id, &command.leave(), output).await?;
        // Where it could not be brought to its end, nothing new begins beside it.
        return if left == Exit::Waiting { Ok(left) } else { Box::pin(run(place, command, output)).await };
    }
    let glance = wiring::glance(place, &documents).await?;
    let mut planned = super::plan::plan(&host, &documents, &command.documents, glance)?;
    planned.plan.stages.rehearsal = true;
    if let Some(why) = nothing_to_rehearse(&planned.plan) {
        return Err(why);
    }
    show::plan::tell(&planned, output);
    let target = wiring::target(place, &planned.plan).await?;
    let before = look(target.as_ref()).await?;
    let (release, first) = begin(store.as_ref(), &bench.lease, &planned.plan)?;
    let rules = Arc::new(planned.rules);
    let engine = wiring::engine(place, bench, Arc::clone(&target), &release, rules, &command.fault)?;
    let exit = drive(engine, Some(&first), &command.leave(), output).await?;
    let records = store.read(&release).map_err(Failure::internal)?;
    let report = Report::of(&records).map_err(|error| Failure::broken(error, "the journal was damaged"))?;
    if report.outcome.is_none() {
        return Ok(exit);
    }
    let after = look(target.as_ref()).await?;
    let changes = changes(&before, &after);
    show::rehearsal::print(&report, &changes, output);
    Ok(if changes.is_empty() { exit } else { Exit::Internal })
}

async fn look(target: &dyn Target) -> Result<TargetStatus, Failure> {
    target.observe().await.map_err(|error| {
        Failure::broken(error, "without the target nobody can say what it serves; see its output")
    })
}

/// Takes up a rehearsal that was cut short; a release that is open stands in the way.
pub async fn clean_up(
    place: &Place,
    bench: Bench,
    open: &str,
    leave: &Leave,
    output: Output,
) -> Result<Exit, Failure> {
    let state = super::resume::folded(bench.store.as_ref(), open)?;
    if !state.plan.stages.rehearsal {
        let told = format!("release `{open}` of `{}` is still open", state.plan.candidate.version);
        let help = format!("finish it with `sluice resume {open}` before you rehearse another");
        return Err(Failure::broken(told, help));
    }
    show::note(&format!("bringing the rehearsal `{open}` to its end, which was cut short"));
    super::resume::take_up(place, bench, &state, None, leave, output).await
}

fn nothing_to_rehearse(plan: &Plan) -> Option<Failure> {
    let version = &plan.candidate.version;
    match &plan.stable {
        Some(stable) if stable.id == plan.candidate.id => Some(Failure::usage(
            format!("`{version}` is what is served already: there is nothing to rehearse"),
            "name another candidate",
        )),
        Some(_) if plan.kind == Kind::Progressive => None,
        _ => Some(Failure::usage(
            "nothing is served yet: there is no way back to rehearse",
            "deploy a first revision with `sluice run`",
        )),
    }
}

impl args::Plan {
    fn leave(&self) -> Leave {
        let (exit_on_wait, on_interrupt) = (false, OnInterrupt::Pause);
        Leave { exit_on_wait, timeout: None, on_interrupt, fault: self.fault.clone() }
    }
}
