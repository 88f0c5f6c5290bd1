//! The embedded journal: one SQLite database, `<state>/sluice.db`.
//!
//! A write-ahead log lets commands read while an engine writes. Two connections a process, so that a long read does
//! not hold up an append.

mod list;
mod read;
mod schema;
mod signals;
mod write;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use sluice_core::release::event::{Record, Signal};

use super::{Filter, JournalError, JournalStore, Lease, Summary, WaitingSignal};

/// Journals in a SQLite database.
#[derive(Debug)]
pub struct SqliteStore {
    state: PathBuf,
    path: PathBuf,
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
}

impl SqliteStore {
    /// Opens the journal of a state directory; makes both where they are not there yet.
    pub fn open(state: &Path) -> Result<Self, JournalError> {
        Self::open_with(state, schema::LADDER)
    }

    /// Opens the journal of a state directory if there is one: for commands that only look.
    pub fn open_existing(state: &Path) -> Result<Option<Self>, JournalError> {
        let hidden = |source| JournalError::Directory { path: state.to_owned(), source };
        if file(state).try_exists().map_err(hidden)? { Self::open(state).map(Some) } else { Ok(None) }
    }

    /// The database.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn open_with(state: &Path, ladder: &[&str]) -> Result<Self, JournalError> {
        let path = file(state);
        schema::make(&path)?;
        let state = state
            .canonicalize()
            .map_err(|source| JournalError::Directory { path: state.to_owned(), source })?;
        let writer = Mutex::new(schema::open(&path, ladder)?);
        let reader = Mutex::new(schema::open(&path, ladder)?);
        Ok(Self { state, path, writer, reader })
    }

    /// Runs one transaction that writes; nothing of it stays unless all does.
    fn writing<T>(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let mut connection = locked(&self.writer);
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|source| self.failure(source))?;
        let answer = write(&transaction)?;
        transaction.commit().map_err(|source| self.failure(source))?;
        Ok(answer)
    }

    /// Runs reads that all see the same moment.
    fn reading<T>(
        &self,
        read: impl FnOnce(&Transaction<'_>) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let mut connection = locked(&self.reader);
        let transaction = connection.transaction().map_err(|source| self.failure(source))?;
        read(&transaction)
    }

    fn failure(&self, source: rusqlite::Error) -> JournalError {
        schema::failure(&self.path, source)
    }
}

#[cfg(test)]
impl SqliteStore {
    /// Makes the disk as full as a test needs it.
    pub(super) fn limit_pages(&self, pages: u32) {
        let limit =
            locked(&self.writer).pragma_update_and_check(None, "max_page_count", pages, |row| row.get(0));
        assert_eq!(limit, Ok(pages));
    }

    /// Opens as an engine with more versions would.
    pub(super) fn open_longer(state: &Path, more: &[&str]) -> Result<Self, JournalError> {
        Self::open_with(state, &[schema::LADDER, more].concat())
    }

    /// How SQLite would go about a query.
    pub(super) fn query_plan(&self, sql: &str) -> Vec<String> {
        let connection = locked(&self.reader);
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let lines = statement.query_map(rusqlite::params!["shop-1", 0], |row| row.get(3)).unwrap();
        lines.map(Result::unwrap).collect()
    }
}

impl JournalStore for SqliteStore {
    fn create(&self, lease: &Lease, release: &str, first: &Record) -> Result<(), JournalError> {
        self.create_release(lease, release, first)
    }

    fn append(
        &self,
        lease: &Lease,
        release: &str,
        records: &[Record],
        consumed: Option<i64>,
    ) -> Result<(), JournalError> {
        self.append_records(lease, release, records, consumed)
    }

    fn visit(
        &self,
        release: &str,
        from: u64,
        visitor: &mut dyn FnMut(Record) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        self.visit_records(release, from, visitor)
    }

    fn releases(&self, filter: &Filter) -> Result<Vec<Summary>, JournalError> {
        self.list_releases(filter)
    }

    fn resolve(&self, prefix: &str) -> Result<String, JournalError> {
        self.resolve_prefix(prefix)
    }

    fn signal(
        &self,
        release: &str,
        signal: &Signal,
        who: &str,
        comment: &str,
        at: u64,
    ) -> Result<i64, JournalError> {
        self.leave_signal(release, signal, who, comment, at)
    }

    fn waiting_signals(&self, release: &str, after: i64) -> Result<Vec<WaitingSignal>, JournalError> {
        self.list_waiting(release, after)
    }
}

fn file(state: &Path) -> PathBuf {
    state.join("sluice.db")
}

/// A panic in the middle of a transaction has rolled it back, so the connection is as good as before.
fn locked(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}
