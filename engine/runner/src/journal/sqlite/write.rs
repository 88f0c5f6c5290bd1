//! Creating releases and appending to them.

use rusqlite::{OptionalExtension, Transaction, params};
use sluice_core::plan::Plan;
use sluice_core::release::decision::Outcome;
use sluice_core::release::event::{Event, Record};

use super::SqliteStore;
use crate::journal::id::last_part;
use crate::journal::{EVENT_FORMAT, JournalError, Lease, MAX_EVENT_BYTES, is_release_id};

/// What the index knows of a release that is written to.
struct Indexed {
    number: i64,
    service: String,
    ended: bool,
    records: i64,
}

/// How a release's line in the index changes.
struct Progress<'a> {
    last_at: i64,
    records: i64,
    ended: Option<(Outcome, &'a str)>,
}

impl SqliteStore {
    pub(super) fn create_release(
        &self,
        lease: &Lease,
        release: &str,
        first: &Record,
    ) -> Result<(), JournalError> {
        let not_a_journal = |what| JournalError::NotAJournal { release: release.to_owned(), what };
        if !is_release_id(release) {
            return Err(JournalError::NotAnId(release.to_owned()));
        }
        let Event::Planned { release: planned, plan } = &first.event else {
            return Err(not_a_journal("does not begin with a plan"));
        };
        if planned != release {
            return Err(not_a_journal("begins with the plan of another one"));
        }
        if first.seq != 0 {
            return Err(JournalError::OutOfOrder {
                release: release.to_owned(),
                expected: 0,
                found: first.seq,
            });
        }
        lease.allows(&self.state, &plan.about.service)?;
        let event = encode(release, first)?;
        self.writing(|transaction| {
            self.refuse_second(transaction, release, &plan.about.service)?;
            let number = self.insert_release(transaction, release, plan, moment(release, first)?)?;
            self.insert_record(transaction, release, number, first, &event)
        })?;
        lease.note(release);
        Ok(())
    }

    pub(super) fn append_records(
        &self,
        lease: &Lease,
        release: &str,
        records: &[Record],
        consumed: Option<i64>,
    ) -> Result<(), JournalError> {
        // Before the transaction: it keeps other writers waiting.
        let events = records.iter().map(|record| encode(release, record)).collect::<Result<Vec<_>, _>>()?;
        self.writing(|transaction| {
            let indexed = self.indexed(transaction, release)?;
            lease.allows(&self.state, &indexed.service)?;
            let progress = follow(release, &indexed, records)?;
            for (record, event) in records.iter().zip(&events) {
                self.insert_record(transaction, release, indexed.number, record, event)?;
            }
            if let Some(signal) = consumed {
                self.answer_signal(transaction, release, indexed.number, signal, records)?;
            }
            match progress {
                Some(progress) => self.update_index(transaction, indexed.number, &progress),
                None => Ok(()),
            }
        })?;
        lease.note(release);
        Ok(())
    }

    fn indexed(&self, transaction: &Transaction<'_>, release: &str) -> Result<Indexed, JournalError> {
        let sql = "SELECT number, service, outcome IS NOT NULL, records FROM releases WHERE id = ?1";
        let indexed = |row: &rusqlite::Row<'_>| {
            Ok(Indexed {
                number: row.get(0)?,
                service: row.get(1)?,
                ended: row.get(2)?,
                records: row.get(3)?,
            })
        };
        transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([release], indexed).optional())
            .map_err(|source| self.failure(source))?
            .ok_or_else(|| JournalError::Unknown(release.to_owned()))
    }

    fn refuse_second(
        &self,
        transaction: &Transaction<'_>,
        release: &str,
        service: &str,
    ) -> Result<(), JournalError> {
        let sql = "SELECT id FROM releases WHERE id = ?1 OR (service = ?2 AND outcome IS NULL)
                   ORDER BY id <> ?1";
        let found: Option<String> = transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([release, service], |row| row.get(0)).optional())
            .map_err(|source| self.failure(source))?;
        match found {
            None => Ok(()),
            Some(other) if other == release => Err(JournalError::IdTaken(other)),
            Some(other) => Err(JournalError::UnderWay { service: service.to_owned(), release: other }),
        }
    }

    fn insert_release(
        &self,
        transaction: &Transaction<'_>,
        release: &str,
        plan: &Plan,
        at: i64,
    ) -> Result<i64, JournalError> {
        let sql =
            "INSERT INTO releases (id, short, service, version, stable_version, environment, who, comment,
                   started_at, last_at, records) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, 1)";
        let (about, stable) = (&plan.about, plan.stable.as_ref().map(|stable| &stable.version));
        let values = params![
            release,
            last_part(release),
            about.service,
            plan.candidate.version,
            stable,
            about.environment,
            about.who,
            about.comment,
            at,
        ];
        transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.insert(values))
            .map_err(|source| self.failure(source))
    }

    fn insert_record(
        &self,
        transaction: &Transaction<'_>,
        release: &str,
        number: i64,
        record: &Record,
        event: &str,
    ) -> Result<(), JournalError> {
        let sql = "INSERT INTO records (release, seq, at, format, event) VALUES (?1, ?2, ?3, ?4, ?5)";
        let seq = i64::try_from(record.seq).unwrap_or(i64::MAX);
        let values = params![number, seq, moment(release, record)?, EVENT_FORMAT, event];
        transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values))
            .map_err(|source| self.failure(source))?;
        Ok(())
    }

    fn update_index(
        &self,
        transaction: &Transaction<'_>,
        number: i64,
        progress: &Progress<'_>,
    ) -> Result<(), JournalError> {
        let sql =
            "UPDATE releases SET last_at = ?2, records = ?3, outcome = ?4, reason = ?5 WHERE number = ?1";
        let outcome = progress.ended.map(|(outcome, _)| stored(outcome));
        let reason = progress.ended.map(|(_, reason)| reason);
        let values = params![number, progress.last_at, progress.records, outcome, reason];
        transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values))
            .map_err(|source| self.failure(source))?;
        Ok(())
    }
}

/// The word for an outcome in the index.
pub(super) fn stored(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Promoted => "promoted",
        Outcome::RolledBack => "rolled-back",
        Outcome::Aborted => "aborted",
        Outcome::Abandoned => "abandoned",
        Outcome::Refused => "refused",
        Outcome::Rehearsed => "rehearsed",
    }
}

/// Refuses records that do not go on from what is there; says how the index changes.
fn follow<'a>(
    release: &str,
    indexed: &Indexed,
    records: &'a [Record],
) -> Result<Option<Progress<'a>>, JournalError> {
    let mut progress = None;
    let (mut expected, mut ended) = (indexed.records, indexed.ended);
    for record in records {
        if ended {
            return Err(JournalError::Ended { release: release.to_owned() });
        }
        let due = u64::try_from(expected).unwrap_or(u64::MAX);
        if record.seq != due {
            let release = release.to_owned();
            return Err(JournalError::OutOfOrder { release, expected: due, found: record.seq });
        }
        if matches!(record.event, Event::Planned { .. }) {
            return Err(JournalError::NotAJournal { release: release.to_owned(), what: "has a second plan" });
        }
        let end = match &record.event {
            Event::Ended { outcome, reason } => Some((*outcome, reason.as_str())),
            _ => None,
        };
        expected += 1;
        ended = end.is_some();
        progress = Some(Progress { last_at: moment(release, record)?, records: expected, ended: end });
    }
    Ok(progress)
}

fn encode(release: &str, record: &Record) -> Result<String, JournalError> {
    let what = "has an event that can not be written";
    let text = serde_json::to_string(&record.event)
        .map_err(|_| JournalError::NotAJournal { release: release.to_owned(), what })?;
    if text.len() > MAX_EVENT_BYTES {
        let (release, bytes) = (release.to_owned(), text.len());
        return Err(JournalError::TooLarge { release, seq: record.seq, bytes });
    }
    Ok(text)
}

fn moment(release: &str, record: &Record) -> Result<i64, JournalError> {
    let what = "has a time that no clock shows";
    i64::try_from(record.at).map_err(|_| JournalError::NotAJournal { release: release.to_owned(), what })
}
