//! Releases beside the one under way, for the rules that ask after them.

use sluice_core::model::policy::{Other, Past};

use crate::journal::{Filter, JournalError, JournalStore, Summary};

/// The most releases of the same service, and of others, that rules see.
const MAX_RECENT: usize = 20;
const MAX_OTHERS: u32 = 100;

/// The last releases of a service that have ended, the latest first.
pub(super) fn recent(
    store: &dyn JournalStore,
    service: &str,
    release: &str,
) -> Result<Vec<Past>, JournalError> {
    let limit = u32::try_from(2 * MAX_RECENT).ok();
    let filter = Filter { service: Some(service.to_owned()), limit, ..Filter::default() };
    let past = |one: Summary| {
        let (outcome, _) = one.ended.filter(|_| one.id != release && !one.rehearsal)?;
        let (began, ended) = (one.started_at, one.last_at);
        Some(Past { version: one.version, outcome: outcome.to_string(), who: one.who, began, ended })
    };
    Ok(store.releases(&filter)?.into_iter().filter_map(past).take(MAX_RECENT).collect())
}

/// Releases of other services that are under way.
pub(super) fn others(store: &dyn JournalStore, service: &str) -> Result<Vec<Other>, JournalError> {
    let filter = Filter { under_way: true, limit: Some(MAX_OTHERS), ..Filter::default() };
    let other = |one: Summary| Other {
        service: one.service,
        environment: one.environment,
        version: one.version,
        who: one.who,
        labels: one.labels,
        began: one.started_at,
    };
    let all = store.releases(&filter)?.into_iter();
    Ok(all.filter(|one| one.service != service && !one.rehearsal).map(other).collect())
}
