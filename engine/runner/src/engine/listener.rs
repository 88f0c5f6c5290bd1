//! Who is told of every record, after it is durable.

use std::collections::BTreeMap;

use sluice_core::release::event::Record;
use sluice_core::release::state::State;

/// Somebody who shows a release. It can not change what happens.
pub trait Listener: Send {
    /// A record was appended; `state` is the state with it.
    fn recorded(&mut self, record: &Record, state: &State);

    /// Somebody interrupted a way back: it is finished first, unless there is a second interrupt.
    fn going_back_first(&mut self) {}

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
