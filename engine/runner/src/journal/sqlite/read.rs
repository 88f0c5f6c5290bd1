//! Reading: records in pages, ids by their beginning.
//!
//! A row that is not what was written gets an error that names it, whatever is in it.

use std::ops::ControlFlow;

use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use sluice_core::release::event::Record;

use super::SqliteStore;
use crate::journal::{EVENT_FORMAT, JournalError, MAX_EVENT_BYTES};

/// Records read in one transaction: a visitor that takes its time does not hold up the log's clean-up.
const PAGE: u32 = 128;
/// Ids that an ambiguous one is told to stand for.
const CANDIDATES: u32 = 8;

impl SqliteStore {
    pub(super) fn visit_records(
        &self,
        release: &str,
        from: u64,
        visitor: &mut dyn FnMut(Record) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        let mut next = from;
        loop {
            let page = self.reading(|transaction| self.page(transaction, release, next))?;
            let full = page.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
            for record in page {
                next = record.seq + 1;
                if visitor(record).is_break() {
                    return Ok(());
                }
            }
            if !full {
                return Ok(());
            }
        }
    }

    pub(super) fn resolve_prefix(&self, prefix: &str) -> Result<String, JournalError> {
        let found = self.reading(|transaction| {
            self.begins_with(transaction, prefix).map_err(|source| self.failure(source))
        })?;
        match found.as_slice() {
            [] => Err(JournalError::Unknown(prefix.to_owned())),
            [one] => Ok(one.clone()),
            [first, ..] if first == prefix => Ok(first.clone()),
            _ => Err(JournalError::Ambiguous { prefix: prefix.to_owned(), candidates: found }),
        }
    }

    fn begins_with(&self, transaction: &Transaction<'_>, prefix: &str) -> rusqlite::Result<Vec<String>> {
        if prefix.is_empty() {
            return Ok(Vec::new());
        }
        // A range, and not LIKE or GLOB: what the user wrote has no wildcards.
        let sql = "SELECT id FROM releases WHERE (id >= ?1 AND id < ?1 || char(1114111))
                   OR (short >= ?1 AND short < ?1 || char(1114111)) ORDER BY id LIMIT ?2";
        let mut statement = transaction.prepare_cached(sql)?;
        statement.query_map(params![prefix, CANDIDATES], |row| text(row, 0))?.collect()
    }

    fn page(
        &self,
        transaction: &Transaction<'_>,
        release: &str,
        from: u64,
    ) -> Result<Vec<Record>, JournalError> {
        let failed = |source| self.failure(source);
        let (number, indexed): (i64, u64) = transaction
            .prepare_cached("SELECT number, records FROM releases WHERE id = ?1")
            .and_then(|mut statement| {
                statement.query_row([release], |row| Ok((row.get(0)?, unsigned(row.get(1)?)))).optional()
            })
            .map_err(failed)?
            .ok_or_else(|| JournalError::Unknown(release.to_owned()))?;
        let sql = "SELECT seq, at, format, event FROM records WHERE release = ?1 AND seq >= ?2
                   ORDER BY seq LIMIT ?3";
        let mut statement = transaction.prepare_cached(sql).map_err(failed)?;
        let from_stored = i64::try_from(from).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![number, from_stored, PAGE]).map_err(failed)?;
        let mut records = Vec::new();
        let mut due = from;
        while let Some(row) = rows.next().map_err(failed)? {
            records.push(self.record(release, due, row)?);
            due += 1;
        }
        if due < indexed && records.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
            return Err(corrupt(release, due, "it is missing".to_owned()));
        }
        Ok(records)
    }

    fn record(&self, release: &str, due: u64, row: &Row<'_>) -> Result<Record, JournalError> {
        let failed = |source| self.failure(source);
        let (seq, at, format): (i64, i64, i64) =
            (row.get(0).map_err(failed)?, row.get(1).map_err(failed)?, row.get(2).map_err(failed)?);
        if unsigned(seq) != due {
            return Err(corrupt(release, due, "it is missing".to_owned()));
        }
        let at = u64::try_from(at).map_err(|_| corrupt(release, due, format!("its time is `{at}`")))?;
        let format =
            u32::try_from(format).map_err(|_| corrupt(release, due, format!("its format is `{format}`")))?;
        if format > EVENT_FORMAT {
            let (release, known) = (release.to_owned(), EVENT_FORMAT);
            return Err(JournalError::NewerRecord { release, seq: due, found: format, known });
        }
        let event = match row.get_ref(3).map_err(failed)? {
            ValueRef::Text(bytes) if bytes.len() <= MAX_EVENT_BYTES => serde_json::from_slice(bytes)
                .map_err(|error| corrupt(release, due, format!("its event can not be read: {error}")))?,
            ValueRef::Text(bytes) => {
                return Err(corrupt(release, due, format!("its event takes {} bytes", bytes.len())));
            }
            _ => return Err(corrupt(release, due, "its event is not text".to_owned())),
        };
        Ok(Record { seq: due, at, event })
    }
}

/// A text column; bytes that are not text are shown as such and never an error.
pub(super) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(String::from_utf8_lossy(row.get_ref(column)?.as_bytes()?).into_owned())
}

pub(super) fn optional_text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        _ => text(row, column).map(Some),
    }
}

fn corrupt(release: &str, seq: u64, what: String) -> JournalError {
    JournalError::Corrupt { release: release.to_owned(), seq, what }
}

pub(super) fn unsigned(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}
