//! Ending a release by a person's word: what neither its plugins nor its target are needed for.

use sluice_core::plan::Occasion;
use sluice_core::release::effect::Effect;
use sluice_core::release::event::{Event, Record, Signal};
use sluice_core::release::next::next;
use sluice_core::release::prepared::Told;
use sluice_core::release::state::State;

use super::EngineError;
use crate::journal::{JournalStore, Lease};

/// Ends the release by its journal alone, where a person's word is enough for that: it was abandoned, or aborted and
/// no shape of it was ever intended. False where that is not so: then an engine has to bring stable back.
/// `state` is all of its journal, read under the lease.
pub fn abandon(
    store: &dyn JournalStore,
    lease: &Lease,
    mut state: State,
    now_ms: u64,
) -> Result<bool, EngineError> {
    let release = state.release.clone();
    let words = store.waiting_signals(&release, 0)?;
    let said = |signal: Signal| words.iter().any(|word| word.signal == signal);
    let aborted = state.abort.is_some() || said(Signal::Abort);
    let abandoned = state.abandoned.is_some() || said(Signal::Abandon);
    let enough = abandoned || (aborted && state.generation == 0);
    if state.outcome().is_some() || !enough {
        return Ok(false);
    }
    let at = now_ms.max(state.at);
    for word in words {
        let event = Event::Signalled { signal: word.signal, who: word.who, comment: word.comment };
        append(store, lease, &mut state, (at, event), Some(word.number))?;
    }
    loop {
        let event = match next(&state, at).as_slice() {
            [Effect::Record(event)] => (**event).clone(),
            [Effect::Notify { occasion, text }] => untold(&state, *occasion, text),
            _ => return Ok(state.outcome().is_some()),
        };
        append(store, lease, &mut state, (at, event), None)?;
    }
}

/// That nobody was told, as no engine was there to do it.
fn untold(state: &State, occasion: Occasion, text: &str) -> Event {
    let all = state.plan.stages.prepare.notify.iter().filter(|one| one.on.contains(&occasion));
    let error = "the release was ended by its journal alone";
    let told = all.map(|one| Told { name: one.name.clone(), error: error.to_owned() }).collect();
    Event::Notified { occasion, text: text.to_owned(), told }
}

/// Whether the release only goes back, or is about to: stable is restored without asking any plugin.
pub fn needs_no_plugin(state: &State, store: &dyn JournalStore) -> bool {
    let back = [Signal::Abort, Signal::Abandon];
    let words = store.waiting_signals(&state.release, 0).unwrap_or_default();
    let said = words.iter().any(|word| back.contains(&word.signal));
    state.abort.is_some() || state.abandoned.is_some() || said || !state.turnable()
}

fn append(
    store: &dyn JournalStore,
    lease: &Lease,
    state: &mut State,
    (at, event): (u64, Event),
    consumed: Option<i64>,
) -> Result<(), EngineError> {
    let record = Record { seq: state.records, at, event };
    state.apply(&record)?;
    Ok(store.append(lease, &state.release, &[record], consumed)?)
}
