//! `sluice resume`: takes a release up where its journal leaves it.

use std::sync::Arc;

use sluice_core::release::event::Signal;
use sluice_core::release::replay::fold;
use sluice_core::release::state::{Phase, State};
use sluice_runner::engine::Left;
use sluice_runner::journal::{Filter, JournalStore, Lease, LeaseError};

use super::now_ms;
use super::run::drive;
use crate::args::{Leave, Output, Resume};
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::wiring::Bench;
use crate::{show, wiring};

pub async fn run(place: &Place, command: Resume, output: Output) -> Result<Exit, Failure> {
    let store = wiring::existing_journal(place)?;
    let release = match &command.release {
        Some(prefix) => store.resolve(prefix).map_err(Failure::invalid)?,
        None => only_open(store.as_ref())?,
    };
    let state = folded(store.as_ref(), &release)?;
    if let Phase::Ended { outcome, reason } = &state.phase {
        show::note(&format!("release `{release}` has ended already: {outcome}"));
        let left = Left::Ended { outcome: *outcome, reason: reason.clone() };
        return Ok(already(output, &left, &state));
    }
    // A pause may have been asked for and not been heard yet.
    let asked = store.waiting_signals(&release, 0).map_err(Failure::internal)?;
    let paused = state.paused.is_some() || asked.iter().any(|waiting| waiting.signal == Signal::Pause);
    let resume = Resumed { who: &command.who, comment: "" };
    let service = state.plan.about.service.clone();
    let lease = match Lease::acquire(place.state(), &service) {
        Ok(lease) => lease,
        Err(error @ LeaseError::Held { .. }) => {
            if paused {
                resume.say(store.as_ref(), &release)?;
                show::told(output, &release, &Signal::Resume);
            }
            return Ok(elsewhere(&error, output, &release));
        }
        Err(error) => return Err(Failure::internal(error)),
    };
    let host = Arc::new(wiring::host(place)?);
    take_up(place, Bench { store, host, lease }, &state, paused.then_some(resume), &command.leave, output)
        .await
}

/// Somebody's wish that a release goes on.
pub struct Resumed<'a> {
    pub who: &'a str,
    pub comment: &'a str,
}

impl Resumed<'_> {
    fn say(&self, store: &dyn JournalStore, release: &str) -> Result<(), Failure> {
        store
            .signal(release, &Signal::Resume, self.who, self.comment, now_ms())
            .map_err(Failure::internal)?;
        Ok(())
    }
}

/// A release that had ended before, told like one that ends now.
fn already(output: Output, left: &Left, state: &State) -> Exit {
    if output == Output::Json {
        show::plain(output, state).left(Some(left), state);
    }
    Exit::from(left)
}

/// A release that another engine has is open, and in good hands.
pub fn elsewhere(held: &LeaseError, output: Output, release: &str) -> Exit {
    show::note(&format!("{held}: release `{release}` goes on there"));
    if output == Output::Json {
        show::left(Some(release), "elsewhere", None, None);
    }
    Exit::Waiting
}

/// A release as its journal has it.
pub fn folded(store: &dyn JournalStore, release: &str) -> Result<State, Failure> {
    fold(&store.read(release).map_err(Failure::internal)?)
        .map_err(|error| Failure::broken(error, "its journal was damaged, or written by another version"))
}

/// Goes on with a release as it was planned.
pub async fn take_up(
    place: &Place,
    bench: Bench,
    state: &State,
    resume: Option<Resumed<'_>>,
    leave: &Leave,
    output: Output,
) -> Result<Exit, Failure> {
    let release = &state.release;
    let rules = wiring::rules(state, bench.store.as_ref())?;
    let target = wiring::target(place, &state.plan).await.inspect_err(|_| {
        show::note(&format!(
            "if it can not be had any more, `sluice abort {release} --abandon` ends the release and leaves the target as it is"
        ));
    })?;
    // Only now: who can not go on has said nothing.
    if let Some(resume) = resume {
        resume.say(bench.store.as_ref(), release)?;
    }
    let engine = wiring::engine(place, bench, target, release, rules, &leave.fault)?;
    drive(engine, None, leave, output).await
}

fn only_open(store: &dyn JournalStore) -> Result<String, Failure> {
    let filter = Filter { under_way: true, limit: Some(20), ..Filter::default() };
    let open = store.releases(&filter).map_err(Failure::internal)?;
    match open.as_slice() {
        [one] => Ok(one.id.clone()),
        [] => Err(Failure::usage("no release is open", "start one with `sluice run -f workflow.yaml`")),
        several => {
            let ids: Vec<&str> = several.iter().map(|one| one.id.as_str()).collect();
            Err(Failure::usage("several releases are open", format!("name one of: {}", ids.join(", "))))
        }
    }
}
