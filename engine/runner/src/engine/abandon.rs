//! Ending a release that never asked anything of its target: a person's word and the journal are enough.

use sluice_core::release::effect::Effect;
use sluice_core::release::event::{Event, Record, Signal};
use sluice_core::release::next::next;
use sluice_core::release::replay::fold;
use sluice_core::release::state::State;

use super::EngineError;
use crate::journal::{JournalStore, Lease};

/// Ends the release where somebody asked to abort it and no shape of it was ever intended. False where that is not
/// so: then an engine has to bring stable back.
pub fn abandon(
    store: &dyn JournalStore,
    lease: &Lease,
    release: &str,
    now_ms: u64,
) -> Result<bool, EngineError> {
    let mut state = fold(&store.read(release)?)?;
    let words = store.waiting_signals(release, 0)?;
    let asked = state.abort.is_some() || words.iter().any(|word| word.signal == Signal::Abort);
    if state.generation > 0 || state.outcome().is_some() || !asked {
        return Ok(false);
    }
    let at = now_ms.max(state.at);
    for word in words {
        let event = Event::Signalled { signal: word.signal, who: word.who, comment: word.comment };
        append(store, lease, &mut state, (at, event), Some(word.number))?;
    }
    while let [Effect::Record(event)] = next(&state, at).as_slice() {
        let event = (**event).clone();
        append(store, lease, &mut state, (at, event), None)?;
    }
    Ok(state.outcome().is_some())
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
