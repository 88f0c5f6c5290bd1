//! The journal: the append-only record of every release, and the signals that people leave for one.
//!
//! Writing needs a [`Lease`], so two engines can not write one release; an append that returned is durable.

mod error;
pub mod faulty;
mod id;
mod lease;
pub mod sqlite;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::ControlFlow;

use sluice_core::release::decision::Outcome;
use sluice_core::release::event::{Record, Signal};

pub use error::JournalError;
pub use id::{is_release_id, release_id};
pub use lease::{Lease, LeaseError};

/// The version of an event's serialised form.
pub const EVENT_FORMAT: u32 = 1;
/// The most bytes one event may take.
pub const MAX_EVENT_BYTES: usize = 16 << 20;
/// The most signals that may wait for one release.
pub const MAX_WAITING_SIGNALS: u32 = 256;
/// The most bytes of a name or comment that comes with a signal.
pub const MAX_SIGNAL_TEXT: usize = 4096;

/// Where journals are kept. Calls block and are bounded; the loop makes them where blocking is allowed.
pub trait JournalStore: Send + Sync + Debug {
    /// Begins a release. Its first record is `Planned`, of the lease's service, which has no other under way.
    fn create(&self, lease: &Lease, release: &str, first: &Record) -> Result<(), JournalError>;

    /// Adds records, all or none, durable before it returns. Their numbers go on from the last one without a gap.
    /// `consumed` is the number of the signal that a `Signalled` record among them is about.
    fn append(
        &self,
        lease: &Lease,
        release: &str,
        records: &[Record],
        consumed: Option<i64>,
    ) -> Result<(), JournalError>;

    /// Shows the records from a number on, in order, until the visitor breaks.
    fn visit(
        &self,
        release: &str,
        from: u64,
        visitor: &mut dyn FnMut(Record) -> ControlFlow<()>,
    ) -> Result<(), JournalError>;

    /// Releases, the latest first.
    fn releases(&self, filter: &Filter) -> Result<Vec<Summary>, JournalError>;

    /// The one release whose id, or whose id's last part, is or begins with this.
    fn resolve(&self, prefix: &str) -> Result<String, JournalError>;

    /// Leaves a signal for a release, and returns its number. Needs no lease: anybody may ask.
    fn signal(
        &self,
        release: &str,
        signal: &Signal,
        who: &str,
        comment: &str,
        at: u64,
    ) -> Result<i64, JournalError>;

    /// Signals with a number above `after` that no record answers yet. One look at an index: cheap to poll.
    fn waiting_signals(&self, release: &str, after: i64) -> Result<Vec<WaitingSignal>, JournalError>;

    /// All records from a number on.
    fn read_from(&self, release: &str, from: u64) -> Result<Vec<Record>, JournalError> {
        let mut records = Vec::new();
        self.visit(release, from, &mut |record| {
            records.push(record);
            ControlFlow::Continue(())
        })?;
        Ok(records)
    }

    /// All records.
    fn read(&self, release: &str) -> Result<Vec<Record>, JournalError> {
        self.read_from(release, 0)
    }

    /// The release of a service that has not ended, if there is one.
    fn under_way(&self, service: &str) -> Result<Option<Summary>, JournalError> {
        let service = Some(service.to_owned());
        let filter = Filter { service, under_way: true, limit: Some(1), ..Filter::default() };
        Ok(self.releases(&filter)?.pop())
    }
}

/// Which releases are wanted; what is left out binds nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub service: Option<String>,
    pub environment: Option<String>,
    /// The candidate's.
    pub version: Option<String>,
    pub who: Option<String>,
    /// Name of the strategy plugin.
    pub strategy: Option<String>,
    /// A label and its value.
    pub label: Option<(String, String)>,
    pub ticket: Option<String>,
    /// Only those that ended so.
    pub outcome: Option<Outcome>,
    /// Only those that have not ended.
    pub under_way: bool,
    /// Begun at or after the one, and before the other.
    pub since: Option<u64>,
    pub until: Option<u64>,
    pub limit: Option<u32>,
}

/// A release in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub id: String,
    pub service: String,
    /// The candidate's.
    pub version: String,
    /// None for a first deployment.
    pub stable_version: Option<String>,
    pub environment: String,
    pub who: String,
    pub comment: String,
    pub started_at: u64,
    /// Of the latest record.
    pub last_at: u64,
    /// None while under way.
    pub ended: Option<(Outcome, String)>,
    pub records: u64,
    pub strategy: String,
    pub labels: BTreeMap<String, String>,
    pub tickets: Vec<String>,
    /// Whether it only tried the first step's instances and the way back.
    pub rehearsal: bool,
}

/// A signal that no record answers yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingSignal {
    /// Given back to [`JournalStore::append`] with the record that answers it.
    pub number: i64,
    pub at: u64,
    pub signal: Signal,
    pub who: String,
    pub comment: String,
}
