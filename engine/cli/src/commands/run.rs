//! `sluice run`: a release from its documents to its end.

use std::sync::Arc;
use std::time::Duration;

use sluice_core::document::measure::show_duration;
use sluice_core::model::shape::Weight;
use sluice_core::plan::{Kind, Plan};
use sluice_core::release::event::{Event, Record};
use sluice_runner::engine::{Engine, Interrupt, Listener, Until};
use sluice_runner::journal::{JournalStore, Lease, LeaseError, release_id};
use sluice_runner::ports::target::{Progress, RevisionStatus, Target, TargetStatus};
use sluice_runner::prepare;
use tokio::sync::watch;

use super::now_ms;
use crate::args::{Leave, Output, Run};
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::wiring::Bench;
use crate::{show, wiring};

/// How what is stable is served.
enum Standing {
    Alone,
    /// Alone, once this is there.
    Coming(String),
    /// With something beside it, or not at all.
    Other,
}

/// How often the target is looked at while what it serves comes up.
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub async fn run(place: &Place, command: Run, output: Output) -> Result<Exit, Failure> {
    let documents = prepare::read(&command.documents.file, &command.documents.set)?;
    let host = Arc::new(wiring::host(place.usable()?)?);
    let glance = wiring::glance(place, &documents).await?;
    let mut planned = super::plan::plan(&host, &documents, &command.documents, glance)?;
    let service = planned.plan.about.service.clone();
    let lease = match Lease::acquire(place.state(), &service) {
        Ok(lease) => lease,
        Err(held @ LeaseError::Held { .. }) => return in_other_hands(place, held, &planned.plan, output),
        Err(error) => return Err(Failure::internal(error)),
    };
    // From here on this service is ours; what was stable may have changed before.
    let glance = wiring::glance(place, &documents).await?;
    if glance.stable != planned.plan.stable {
        planned = super::plan::plan(&host, &documents, &command.documents, glance)?;
    }
    let bench = Bench { store: wiring::journal(place)?, host, lease };
    if let Some(open) = bench.store.under_way(&service).map_err(Failure::internal)? {
        if !open.rehearsal {
            return take_up(place, bench, &open.id, &planned.plan, &command, output).await;
        }
        // A rehearsal that was cut short is no release of this: what it left goes first.
        let left = super::rehearse::clean_up(place, bench, &open.id, &command.leave, output).await?;
        return if left == Exit::Waiting { Ok(left) } else { Box::pin(run(place, command, output)).await };
    }
    // A release whose target can not be had is never begun.
    let there = planned.plan.kind != Kind::First || wiring::is_there(place, &planned.plan).await;
    let target = wiring::target(place, &planned.plan).await?;
    if planned.plan.stable.as_ref().is_some_and(|stable| stable.id == planned.plan.candidate.id) {
        if serves_alone(target.as_ref(), &planned.plan).await? {
            show::nothing_to_do(output, &planned.plan);
            return Ok(Exit::Done);
        }
        planned.plan.kind = Kind::Restore;
    }
    let plan = &planned.plan;
    let (release, first) = begin(bench.store.as_ref(), &bench.lease, plan)?;
    let engine =
        wiring::engine(place, bench, target, &release, Arc::new(planned.rules), &command.leave.fault)?;
    let exit = drive(engine, Some(&first), &command.leave, output).await?;
    if exit == Exit::Refused && !there {
        // Nothing was begun, and nothing is left of what was made ready for it.
        wiring::put_down(place, &planned.plan.about.service).await;
    }
    Ok(exit)
}

/// Whether what is stable is seen to serve alone, waiting for its instances to be ready; false where there is
/// something beside it.
async fn serves_alone(target: &dyn Target, plan: &Plan) -> Result<bool, Failure> {
    let deadline = now_ms().saturating_add(plan.deadlines.apply_ms);
    let mut told = false;
    loop {
        let status = target.observe().await.map_err(|error| {
            Failure::broken(error, "without the target nobody can say what it serves; see its output")
        })?;
        let waits_for = match standing(&status, plan) {
            Standing::Alone => return Ok(true),
            Standing::Other => return Ok(false),
            Standing::Coming(what) => what,
        };
        if !told {
            let within = show_duration(plan.deadlines.apply_ms);
            show::note(&format!(
                "`{}` is stable and comes up: it waits for {waits_for}, at most {within}",
                plan.candidate.version
            ));
            told = true;
        }
        if now_ms() >= deadline {
            let (version, service) = (&plan.candidate.version, &plan.about.service);
            let told = format!(
                "`{version}` is stable for `{service}`, and does not serve: it waits for {waits_for}"
            );
            let help = "see its output among the target's logs, mend what it lacks and run this again";
            return Err(Failure::broken(told, help));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn standing(status: &TargetStatus, plan: &Plan) -> Standing {
    let is_it = |one: &&RevisionStatus| one.revision.id == plan.candidate.id;
    let there = |one: &&RevisionStatus| one.weight > Weight::NONE || !one.instances.is_empty();
    let others = status.revisions.iter().filter(there).any(|one| !is_it(&one));
    let stable = status.stable.as_ref().is_some_and(|stable| stable.id == plan.candidate.id);
    let Some(seen) = status.revisions.iter().find(is_it).filter(|_| stable && !others) else {
        return Standing::Other;
    };
    let ready = seen.instances.iter().filter(|instance| instance.ready).count();
    let missing = usize::try_from(plan.candidate.instances).is_ok_and(|all| ready < all);
    match &status.progress {
        Progress::Settling { waiting_for } => Standing::Coming(waiting_for.clone()),
        Progress::Settled if seen.weight == Weight::ALL && !missing => Standing::Alone,
        Progress::Settled if seen.weight == Weight::ALL => Standing::Coming("its instances".to_owned()),
        Progress::Settled | Progress::Failed { .. } => Standing::Other,
    }
}

/// A release of the same candidate that is open is taken up; one of another candidate stands in the way.
async fn take_up(
    place: &Place,
    bench: Bench,
    open: &str,
    plan: &Plan,
    command: &Run,
    output: Output,
) -> Result<Exit, Failure> {
    let state = super::resume::folded(bench.store.as_ref(), open)?;
    let opened = &state.plan;
    if opened.candidate.id != plan.candidate.id {
        let told = format!("release `{open}` of `{}` is still open", opened.candidate.version);
        let help =
            format!("finish it with `sluice resume {open}`, or go back with `sluice abort {open}` first");
        return Err(Failure::broken(told, help));
    }
    show::note(&format!("taking up the open release `{open}`"));
    if differs(opened, plan) {
        show::note("the documents have changed since it was planned; it goes on as it was planned");
    }
    // Whoever runs a release again wants it to go on, also where an interrupt had paused it.
    let resume = super::resume::Resumed { who: &command.documents.who, comment: "run again" };
    super::resume::take_up(place, bench, &state, Some(resume), &command.leave, output).await
}

/// Whether two plans of the same candidate would go about it differently.
fn differs(opened: &Plan, plan: &Plan) -> bool {
    let of = |plan: &Plan| {
        (plan.strategy.clone(), plan.checks.clone(), plan.rollback.clone(), plan.metrics.clone())
    };
    of(opened) != of(plan) || opened.policies.digest != plan.policies.digest || opened.target != plan.target
}

/// The right to write this service's journals.
pub fn lease(place: &Place, service: &str) -> Result<Lease, Failure> {
    Lease::acquire(place.state(), service).map_err(|error: LeaseError| Failure::internal(error))
}

/// Another engine works on the service. Where that is a release of the same candidate, it is the one that is wanted.
fn in_other_hands(place: &Place, held: LeaseError, plan: &Plan, output: Output) -> Result<Exit, Failure> {
    let store = wiring::journal(place)?;
    if let Some(open) = store.under_way(&plan.about.service).map_err(Failure::internal)? {
        let state = super::resume::folded(store.as_ref(), &open.id)?;
        if state.plan.candidate.id == plan.candidate.id {
            return Ok(super::resume::elsewhere(&held, output, &open.id));
        }
    }
    Err(Failure::internal(held))
}

pub fn begin(store: &dyn JournalStore, lease: &Lease, plan: &Plan) -> Result<(String, Record), Failure> {
    let at = now_ms();
    let random = u16::try_from((at ^ u64::from(std::process::id()).wrapping_mul(0x9e37)) & 0xffff);
    let release = release_id(&plan.about.service, at, random.unwrap_or_default());
    let event = Event::Planned { release: release.clone(), plan: Box::new(plan.clone()) };
    let first = Record { seq: 0, at, event };
    store.create(lease, &release, &first).map_err(Failure::internal)?;
    Ok((release, first))
}

/// Runs an engine, shows what happens (from its first record on, where that is new), and listens to Ctrl-C.
pub async fn drive(
    mut engine: Engine,
    first: Option<&Record>,
    leave: &Leave,
    output: Output,
) -> Result<Exit, Failure> {
    let until = Until { person: leave.exit_on_wait, at_ms: leave.timeout.map(|wait| now_ms() + wait) };
    let beginning = engine.state().clone();
    let mut view = show::Behind::new(move || show::view(output, &beginning));
    if let Some(first) = first {
        view.recorded(first, engine.state());
    }
    let (sender, receiver) = watch::channel(Interrupt::None);
    let listening = tokio::spawn(super::interrupt::listen(sender, leave.on_interrupt));
    let left = engine.run(until, receiver, &mut view).await;
    listening.abort();
    view.end(left.as_ref().ok().cloned(), engine.state());
    match left {
        Ok(left) => Ok(Exit::from(&left)),
        Err(error) => Err(Failure::internal(error)),
    }
}
