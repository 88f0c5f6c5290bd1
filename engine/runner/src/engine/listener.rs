//! Who is told of every record, after it is durable.

use std::collections::BTreeMap;

use sluice_core::release::event::Record;
use sluice_core::release::state::State;

/// What a way back is finished in spite of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Although {
    /// The second interrupt leaves it where it is.
    Interrupted,
    /// It is left where the target does not take it within its time.
    OutOfTime,
}

/// Somebody who shows a release. It can not change what happens.
pub trait Listener: Send {
    /// A record was appended; `state` is the state with it.
    fn recorded(&mut self, record: &Record, state: &State);

    /// A way back is finished first.
    fn going_back_first(&mut self, _although: Although) {}

    /// The target was looked at while a shape is on its way: so many instances are ready, by role.
    fn looked(&mut self, _ready: &BTreeMap<String, u32>) {}

    /// A job wrote a line.
    fn said(&mut self, _job: &str, _line: &str) {}

    /// Time went by.
    fn ticked(&mut self, state: &State, now_ms: u64);
}

/// Nobody.
impl Listener for () {
    fn recorded(&mut self, _record: &Record, _state: &State) {}
    fn ticked(&mut self, _state: &State, _now_ms: u64) {}
}
