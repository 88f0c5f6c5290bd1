//! Tests of the journal, over a real database in a directory of their own.

mod append;
mod crash;
mod damage;
mod lease;
mod listing;
mod signals;

use std::path::Path;

use sluice_core::plan::Plan;
use sluice_core::release::decision::Outcome;
use sluice_core::release::event::{Event, Record};
use tempfile::TempDir;

use super::sqlite::SqliteStore;
use super::{JournalError, JournalStore, Lease};

/// A state directory with a journal and the lease of the service `shop`.
pub(super) struct Desk {
    pub lease: Lease,
    pub store: SqliteStore,
    pub state: TempDir,
}

impl Desk {
    pub fn new() -> Self {
        let state = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(state.path()).unwrap();
        Self { lease: Lease::acquire(state.path(), "shop").unwrap(), store, state }
    }

    /// With the release `shop-1`, which has its plan.
    pub fn with_release() -> Self {
        let desk = Self::new();
        desk.store.create(&desk.lease, "shop-1", &planned("shop-1", "shop")).unwrap();
        desk
    }

    pub fn append(&self, records: &[Record]) -> Result<(), JournalError> {
        self.store.append(&self.lease, "shop-1", records, None)
    }

    /// The numbers of the records of `shop-1`.
    pub fn seqs(&self) -> Vec<u64> {
        self.store.read("shop-1").unwrap().iter().map(|record| record.seq).collect()
    }

    /// Changes the database behind the journal's back.
    pub fn tamper(&self, sql: &str) {
        tamper(self.store.path(), sql);
    }
}

pub(super) fn tamper(database: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(database).unwrap();
    connection.execute_batch(sql).unwrap();
}

pub(super) fn planned(release: &str, service: &str) -> Record {
    let event = Event::Planned { release: release.to_owned(), plan: Box::new(plan(service)) };
    Record { seq: 0, at: 1000, event }
}

pub(super) fn started(seq: u64) -> Record {
    Record { seq, at: 1000 + seq, event: Event::EngineStarted { version: "0.1.0".to_owned() } }
}

pub(super) fn ended(seq: u64, outcome: Outcome) -> Record {
    Record { seq, at: 1000 + seq, event: Event::Ended { outcome, reason: "so it is".to_owned() } }
}

/// The error as people see it, with its help.
pub(super) fn told(error: &JournalError) -> String {
    let help = miette::Diagnostic::help(error).map(|help| help.to_string());
    format!("{error}\nhelp: {}", help.unwrap_or_default())
}

pub(crate) fn plan(service: &str) -> Plan {
    let mut plan = sluice_core::sample::plan();
    service.clone_into(&mut plan.about.service);
    "staging".clone_into(&mut plan.about.environment);
    "try it".clone_into(&mut plan.about.comment);
    plan.checks.truncate(1);
    "gateway_requests_total{role=\"candidate\"}".clone_into(&mut plan.metrics.events);
    plan
}
