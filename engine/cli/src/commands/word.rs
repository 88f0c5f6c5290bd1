//! `sluice approve`, `pause`, `abort`, `promote`: a person's word to a release.

use std::time::{SystemTime, UNIX_EPOCH};

use sluice_core::document::problem::{listed, nearest, quoted};
use sluice_core::model::policy::RuleOutcome;
use sluice_core::plan::Stage;
use sluice_core::release::approval::NotCounted;
use sluice_core::release::event::Signal;
use sluice_core::release::replay::fold;
use sluice_core::release::state::State;
use sluice_runner::engine::abandon;
use sluice_runner::journal::{Filter, JournalError, JournalStore, Lease};

use super::within_runtime;
use crate::args::{Output, Word};
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::{show, wiring};

pub fn run(place: &Place, word: Word, signal: Signal, output: Output) -> Result<Exit, Failure> {
    let store = wiring::existing_journal(place)?;
    let release = addressed(store.as_ref(), &word.release)?;
    let summary = store.read(&release).map_err(Failure::internal)?;
    let mut state = fold(&summary).map_err(damaged)?;
    if let Some(outcome) = state.outcome() {
        let told = format!("release `{release}` has ended: {outcome}");
        return Err(Failure::usage(told, "list the open ones with `sluice history`"));
    }
    known(&state, &signal)?;
    counts(&state, &signal, &word.who)?;
    reasoned(&state, &signal, &word.comment)?;
    // Under the lease nothing is added to what was read; without it an engine is there to hear the word.
    let lease = Lease::acquire(place.state(), &state.plan.about.service).ok();
    store.signal(&release, &signal, &word.who, &word.comment, now_ms()).map_err(Failure::internal)?;
    tell(&state, &signal, &word.who, output);
    if let Some(lease) = lease {
        for record in store.read_from(&release, state.records).map_err(Failure::internal)? {
            state.apply(&record).map_err(damaged)?;
        }
        let touched = state.generation > 0;
        if abandon(store.as_ref(), &lease, state, now_ms()).map_err(Failure::internal)? {
            within_runtime(wiring::end_jobs(place, &release))?;
            show::note(ended(touched));
        } else {
            show::note(&format!("no engine takes care of it now; `sluice resume {release}` starts one"));
        }
    }
    Ok(Exit::Done)
}

/// The release that begins so. Words are for open ones: those that have ended do not make it ambiguous.
fn addressed(store: &dyn JournalStore, prefix: &str) -> Result<String, Failure> {
    let ambiguous = match store.resolve(prefix) {
        Err(ambiguous @ JournalError::Ambiguous { .. }) => ambiguous,
        resolved => return resolved.map_err(Failure::invalid),
    };
    let open = Filter { under_way: true, ..Filter::default() };
    let open = store.releases(&open).map_err(Failure::internal)?;
    let mut so = open.iter().filter(|one| one.id.starts_with(prefix));
    match (so.next(), so.next()) {
        (Some(one), None) => Ok(one.id.clone()),
        _ => Err(Failure::invalid(ambiguous)),
    }
}

/// A job that is accepted by name is one that a person can accept.
fn known(state: &State, signal: &Signal) -> Result<(), Failure> {
    let Signal::Accept { job } = signal else { return Ok(()) };
    let all = Stage::ALL.into_iter().flat_map(|stage| state.plan.stages.jobs(stage));
    let names: Vec<&str> = all.filter(|job| job.is_by_person()).map(|job| job.name.as_str()).collect();
    if names.contains(&job.as_str()) {
        return Ok(());
    }
    let told = format!("release `{}` has no approval or acceptance {}", state.release, quoted(job));
    Err(match nearest(job, names.iter().copied()) {
        Some(near) => Failure::usage(told, format!("did you mean `{near}`?")),
        None if names.is_empty() => Failure::usage(told, "leave out `--job` to approve the step it waits at"),
        None => Failure::usage(told, format!("write one of {}", listed(names))),
    })
}

pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// An approval that would not count is refused rather than left unheard.
fn counts(state: &State, signal: &Signal, who: &str) -> Result<(), Failure> {
    match (signal, state.may_approve(who)) {
        (Signal::Promote | Signal::PromoteFull, _) if state.plan.stages.rehearsal => {
            let told = format!("`{}` is a rehearsal, which promotes nothing", state.release);
            Err(Failure::usage(told, "release it with `sluice run` once the rehearsal has ended"))
        }
        (Signal::Approve, Err(refused)) => Err(Failure::usage(&refused, refused.help())),
        (Signal::Accept { job }, _) => {
            state.may_accept(Some(job), who).map_err(|refused| Failure::usage(&refused, refused.help()))
        }
        _ => Ok(()),
    }
}

/// A soft rule is gone by with a reason or not at all.
fn reasoned(state: &State, signal: &Signal, comment: &str) -> Result<(), Failure> {
    let soft: Vec<String> = state.soft_refusals().map(RuleOutcome::name).collect();
    if !promotes(signal) || soft.is_empty() || !comment.trim().is_empty() {
        return Ok(());
    }
    let told = format!("{} refuses what is next, and is gone by with a reason alone", soft.join(" and "));
    let help = format!("say why: `sluice promote {} --comment \"...\"`", state.release);
    Err(Failure::usage(told, help))
}

fn promotes(signal: &Signal) -> bool {
    matches!(signal, Signal::Promote | Signal::PromoteFull)
}

fn tell(state: &State, signal: &Signal, who: &str, output: Output) {
    let release = &state.release;
    show::told(output, release, signal);
    if promotes(signal) {
        let soft =
            state.soft_refusals().map(|rule| format!("if the rules allow it, it goes by {}", rule.name()));
        let hard = state.hard_refusals().map(|rule| format!("{} is hard, and refuses still", rule.name()));
        soft.chain(hard).for_each(|note| show::note(&note));
    }
    if *signal == Signal::Approve && state.is_held_by_rules() && who == state.plan.about.who {
        show::note("rules that count approvals may leave out that of whoever began the release");
    }
    if let (true, Err(refused @ NotCounted::NotInGroup { .. })) = (promotes(signal), state.may_approve(who)) {
        show::note(&format!("its approval is still waited for: {refused}"));
    }
}

fn ended(touched: bool) -> &'static str {
    if touched {
        "it has ended; the target was left as it is, and was not looked at"
    } else {
        "it has ended; the target had not been touched"
    }
}

fn damaged(error: impl std::fmt::Display) -> Failure {
    Failure::broken(error, "its journal was damaged, or written by another version")
}
