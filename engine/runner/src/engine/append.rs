//! Appending: durable first, told afterwards. Nothing is done before its record is on disk.

use sluice_core::release::event::{Event, Record};

use super::{Engine, EngineError, Listener, faults};

impl Engine {
    /// Appends events under the present time.
    pub(super) fn append(
        &mut self,
        events: Vec<Event>,
        consumed: Option<i64>,
        listener: &mut dyn Listener,
    ) -> Result<(), EngineError> {
        self.append_at(self.now(), events, consumed, listener)
    }

    /// Appends events under the time on which they were decided.
    pub(super) fn append_at(
        &mut self,
        at: u64,
        events: Vec<Event>,
        consumed: Option<i64>,
        listener: &mut dyn Listener,
    ) -> Result<(), EngineError> {
        let number = |(seq, event): (u64, Event)| Record { seq, at, event };
        let mut records: Vec<Record> = (self.state.records..).zip(events).map(number).collect();
        if let Some(last) = records.iter().position(|record| self.parts.faults.kills_after(record.seq)) {
            records.truncate(last + 1);
        }
        let mut state = self.state.clone();
        for record in &records {
            state.apply(record)?;
        }
        self.parts.store.append(&self.lease, &self.release, &records, consumed)?;
        self.state = state;
        for record in &records {
            if self.parts.faults.kills_after(record.seq) {
                faults::kill_self();
            }
            listener.recorded(record, &self.state);
        }
        Ok(())
    }
}
