//! Signals: what people ask of a release, kept until a record answers it.
//!
//! The mark that a signal is answered is written in the transaction of the record that answers it: over a crash, a
//! signal is neither lost nor obeyed twice.

use rusqlite::{OptionalExtension, Row, Transaction, params};
use sluice_core::release::event::{Event, Record, Signal};

use super::SqliteStore;
use super::read::text;
use crate::journal::{JournalError, MAX_SIGNAL_TEXT, MAX_WAITING_SIGNALS, WaitingSignal};

/// A signal as it is stored: the signal itself in JSON.
struct Stored {
    number: i64,
    at: i64,
    signal: String,
    who: String,
    comment: String,
}

impl SqliteStore {
    pub(in crate::journal) const WAITING: &str =
        "SELECT signals.number, at, signal, signals.who, signals.comment FROM signals
         JOIN releases ON releases.number = release
         WHERE releases.id = ?1 AND signals.number > ?2 AND answered_by IS NULL ORDER BY signals.number";

    pub(super) fn leave_signal(
        &self,
        release: &str,
        signal: &Signal,
        who: &str,
        comment: &str,
        at: u64,
    ) -> Result<i64, JournalError> {
        for (what, text) in [("the name of the sender", who), ("the comment", comment)] {
            if text.len() > MAX_SIGNAL_TEXT {
                return Err(JournalError::SignalTooLong { what });
            }
        }
        let word = serde_json::to_string(signal).unwrap_or_default();
        let at = i64::try_from(at).unwrap_or(i64::MAX);
        self.writing(|transaction| {
            let number = self.signallable(transaction, release)?;
            let sql = "INSERT INTO signals (release, at, signal, who, comment) VALUES (?1, ?2, ?3, ?4, ?5)";
            transaction
                .prepare_cached(sql)
                .and_then(|mut statement| statement.insert(params![number, at, word, who, comment]))
                .map_err(|source| self.failure(source))
        })
    }

    pub(super) fn list_waiting(&self, release: &str, after: i64) -> Result<Vec<WaitingSignal>, JournalError> {
        let stored = self.reading(|transaction| {
            let rows = |statement: &mut rusqlite::CachedStatement<'_>| -> rusqlite::Result<Vec<Stored>> {
                statement.query_map(params![release, after], stored)?.collect()
            };
            transaction
                .prepare_cached(Self::WAITING)
                .and_then(|mut statement| rows(&mut statement))
                .map_err(|source| self.failure(source))
        })?;
        stored.into_iter().map(|stored| waiting(release, stored)).collect()
    }

    /// Marks a signal as answered by the record among these that repeats it.
    pub(super) fn answer_signal(
        &self,
        transaction: &Transaction<'_>,
        release: &str,
        release_number: i64,
        number: i64,
        records: &[Record],
    ) -> Result<(), JournalError> {
        let failed = |source| self.failure(source);
        let sql = "SELECT number, at, signal, who, comment FROM signals
                   WHERE number = ?1 AND release = ?2 AND answered_by IS NULL";
        let found = transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([number, release_number], stored).optional())
            .map_err(failed)?
            .ok_or_else(|| JournalError::SignalGone { release: release.to_owned(), number })?;
        let asked = waiting(release, found)?;
        let answer = records.iter().find(|record| answers(&record.event, &asked));
        let what = "marks a signal as answered without a record of it";
        let answer = answer.ok_or_else(|| JournalError::NotAJournal { release: release.to_owned(), what })?;
        let seq = i64::try_from(answer.seq).unwrap_or(i64::MAX);
        transaction
            .prepare_cached("UPDATE signals SET answered_by = ?2 WHERE number = ?1")
            .and_then(|mut statement| statement.execute([number, seq]))
            .map_err(failed)?;
        Ok(())
    }

    fn signallable(&self, transaction: &Transaction<'_>, release: &str) -> Result<i64, JournalError> {
        let sql = "SELECT number, outcome IS NOT NULL, (SELECT count(*) FROM signals
                   WHERE release = releases.number AND answered_by IS NULL) FROM releases WHERE id = ?1";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let (number, ended, waiting): (i64, bool, u32) = transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([release], read).optional())
            .map_err(|source| self.failure(source))?
            .ok_or_else(|| JournalError::Unknown(release.to_owned()))?;
        if ended {
            return Err(JournalError::Ended { release: release.to_owned() });
        }
        if waiting >= MAX_WAITING_SIGNALS {
            return Err(JournalError::TooManySignals { release: release.to_owned() });
        }
        Ok(number)
    }
}

fn answers(event: &Event, asked: &WaitingSignal) -> bool {
    match event {
        Event::Signalled { signal, who, comment } => {
            (signal, who, comment) == (&asked.signal, &asked.who, &asked.comment)
        }
        _ => false,
    }
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        number: row.get(0)?,
        at: row.get(1)?,
        signal: text(row, 2)?,
        who: text(row, 3)?,
        comment: text(row, 4)?,
    })
}

fn waiting(release: &str, stored: Stored) -> Result<WaitingSignal, JournalError> {
    let number = stored.number;
    let corrupt = |what: String| JournalError::CorruptSignal { release: release.to_owned(), number, what };
    let signal = serde_json::from_str(&stored.signal).map_err(|error| corrupt(error.to_string()))?;
    let at = u64::try_from(stored.at).map_err(|_| corrupt(format!("its time is `{}`", stored.at)))?;
    Ok(WaitingSignal { number, at, signal, who: stored.who, comment: stored.comment })
}
