//! Replay: the same journal gives the same decisions, byte for byte.

use thiserror::Error;

use super::effect::Effect;
use super::event::{Event, Record};
use super::fold::Illegal;
use super::next::next;
use super::state::State;

/// Why a journal is not what this engine would have written.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ReplayError {
    #[error("the journal is empty")]
    Empty,
    #[error(transparent)]
    Illegal(#[from] Illegal),
    #[error("record {seq} says `{recorded}`, and the engine decides `{decided}`")]
    Differs { seq: u64, recorded: String, decided: String },
}

/// Folds a journal without asking whether the decisions in it are the engine's.
pub fn fold(records: &[Record]) -> Result<State, ReplayError> {
    let (first, rest) = records.split_first().ok_or(ReplayError::Empty)?;
    let mut state = State::begin(first)?;
    for record in rest {
        state.apply(record)?;
    }
    Ok(state)
}

/// Folds a journal and takes every decision in it anew, without any plugin.
pub fn replay(records: &[Record]) -> Result<State, ReplayError> {
    let (first, rest) = records.split_first().ok_or(ReplayError::Empty)?;
    let mut state = State::begin(first)?;
    for record in rest {
        if is_own(&record.event) {
            compare(&state, record)?;
        }
        state.apply(record)?;
    }
    Ok(state)
}

/// Whether the core itself decides on this event; all others come from outside.
pub fn is_own(event: &Event) -> bool {
    matches!(
        event,
        Event::Decided { .. } | Event::ShapeIntended { .. } | Event::JobStarted { .. } | Event::Ended { .. }
    )
}

fn compare(state: &State, record: &Record) -> Result<(), ReplayError> {
    let decided = next(state, record.at.max(state.at));
    if let [Effect::Record(event)] = decided.as_slice()
        && **event == record.event
    {
        return Ok(());
    }
    let recorded = serde_json::to_string(&record.event).unwrap_or_default();
    let decided = match decided.first() {
        Some(Effect::Record(event)) => serde_json::to_string(event).unwrap_or_default(),
        other => format!("{other:?}"),
    };
    Err(ReplayError::Differs { seq: record.seq, recorded, decided })
}
