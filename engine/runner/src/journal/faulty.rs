//! For tests: a journal that fails one write, so that a loop can be seen to stop there and to resume.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use sluice_core::release::event::{Record, Signal};

use super::{Filter, JournalError, JournalStore, Lease, Summary, WaitingSignal};

/// What is left of the write that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: the disk was full.
    NotWritten,
    /// All of it: only the answer was lost.
    WrittenUnanswered,
}

/// A journal whose `failing` write fails; `create` and `append` count as writes, from 1.
#[derive(Debug)]
pub struct FaultyStore<S> {
    inner: S,
    failing: u64,
    fault: Fault,
    writes: AtomicU64,
}

impl<S: JournalStore> FaultyStore<S> {
    pub fn new(inner: S, failing: u64, fault: Fault) -> Self {
        Self { inner, failing, fault, writes: AtomicU64::new(0) }
    }

    /// How many writes were asked for, the failed one included.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Acquire)
    }

    /// The journal itself, which does not fail.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    fn write(&self, write: impl FnOnce(&S) -> Result<(), JournalError>) -> Result<(), JournalError> {
        let number = self.writes.fetch_add(1, Ordering::AcqRel) + 1;
        match self.fault {
            _ if number != self.failing => write(&self.inner),
            Fault::NotWritten => Err(JournalError::Injected(number)),
            Fault::WrittenUnanswered => write(&self.inner).and(Err(JournalError::Injected(number))),
        }
    }
}

impl<S: JournalStore> JournalStore for FaultyStore<S> {
    fn create(&self, lease: &Lease, release: &str, first: &Record) -> Result<(), JournalError> {
        self.write(|inner| inner.create(lease, release, first))
    }

    fn append(
        &self,
        lease: &Lease,
        release: &str,
        records: &[Record],
        consumed: Option<i64>,
    ) -> Result<(), JournalError> {
        self.write(|inner| inner.append(lease, release, records, consumed))
    }

    fn visit(
        &self,
        release: &str,
        from: u64,
        visitor: &mut dyn FnMut(Record) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        self.inner.visit(release, from, visitor)
    }

    fn releases(&self, filter: &Filter) -> Result<Vec<Summary>, JournalError> {
        self.inner.releases(filter)
    }

    fn resolve(&self, prefix: &str) -> Result<String, JournalError> {
        self.inner.resolve(prefix)
    }

    fn signal(
        &self,
        release: &str,
        signal: &Signal,
        who: &str,
        comment: &str,
        at: u64,
    ) -> Result<i64, JournalError> {
        self.inner.signal(release, signal, who, comment, at)
    }

    fn waiting_signals(&self, release: &str, after: i64) -> Result<Vec<WaitingSignal>, JournalError> {
        self.inner.waiting_signals(release, after)
    }
}
