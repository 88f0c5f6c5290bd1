//! The index of releases, and which of them are wanted.
//!
//! What only the plan knows (strategy, labels, tickets) is looked up in each release's first record, by SQLite.

use rusqlite::{Row, named_params};
use sluice_core::release::decision::Outcome;

use super::SqliteStore;
use super::read::{optional_text, text, unsigned};
use super::write::stored;
use crate::journal::{Filter, JournalError, Summary};

/// A first record that is no JSON is the reader's to complain of, not the index's.
const WANTED: &str = "
    SELECT id, service, version, stable_version, environment, who, comment, started_at, last_at, outcome, reason,
           releases.records, plan ->> '$.strategy.pin.name', plan -> '$.about.labels',
           plan -> '$.stages.record.tickets', plan ->> '$.stages.rehearsal'
    FROM releases LEFT JOIN
        (SELECT release, CASE WHEN json_valid(event) THEN event -> '$.plan' END AS plan FROM records WHERE seq = 0)
        ON release = releases.number
    WHERE (:service IS NULL OR service = :service)
      AND (:environment IS NULL OR environment = :environment)
      AND (:version IS NULL OR version = :version)
      AND (:who IS NULL OR who = :who)
      AND (:outcome IS NULL OR outcome = :outcome)
      AND (NOT :under_way OR outcome IS NULL)
      AND (:since IS NULL OR started_at >= :since)
      AND (:until IS NULL OR started_at < :until)
      AND (:strategy IS NULL OR plan ->> '$.strategy.pin.name' = :strategy)
      AND (:label IS NULL OR EXISTS
           (SELECT 1 FROM json_each(plan, '$.about.labels') WHERE key = :label AND value = :value))
      AND (:ticket IS NULL OR EXISTS
           (SELECT 1 FROM json_each(plan, '$.stages.record.tickets') WHERE value = :ticket))
    ORDER BY started_at DESC, number DESC LIMIT :limit";

impl SqliteStore {
    pub(super) fn list_releases(&self, filter: &Filter) -> Result<Vec<Summary>, JournalError> {
        let moment = |at: Option<u64>| at.map(|at| i64::try_from(at).unwrap_or(i64::MAX));
        self.reading(|transaction| {
            let failed = |source| self.failure(source);
            let mut statement = transaction.prepare_cached(WANTED).map_err(failed)?;
            let values = named_params! {
                ":service": filter.service,
                ":environment": filter.environment,
                ":version": filter.version,
                ":who": filter.who,
                ":outcome": filter.outcome.map(stored),
                ":under_way": filter.under_way,
                ":since": moment(filter.since),
                ":until": moment(filter.until),
                ":strategy": filter.strategy,
                ":label": filter.label.as_ref().map(|(name, _)| name),
                ":value": filter.label.as_ref().map(|(_, value)| value),
                ":ticket": filter.ticket,
                ":limit": filter.limit.map_or(-1, i64::from),
            };
            let mut rows = statement.query(values).map_err(failed)?;
            let mut found = Vec::new();
            while let Some(row) = rows.next().map_err(failed)? {
                found.push(summary(row)?);
            }
            Ok(found)
        })
    }
}

fn summary(row: &Row<'_>) -> Result<Summary, JournalError> {
    let read = |row: &Row<'_>| -> rusqlite::Result<(Summary, Option<String>, String)> {
        let summary = Summary {
            id: text(row, 0)?,
            service: text(row, 1)?,
            version: text(row, 2)?,
            stable_version: optional_text(row, 3)?,
            environment: text(row, 4)?,
            who: text(row, 5)?,
            comment: text(row, 6)?,
            started_at: unsigned(row.get(7)?),
            last_at: unsigned(row.get(8)?),
            ended: None,
            records: unsigned(row.get(11)?),
            strategy: optional_text(row, 12)?.unwrap_or_default(),
            labels: json(row, 13)?,
            tickets: json(row, 14)?,
            rehearsal: row.get::<_, Option<bool>>(15)?.unwrap_or(false),
        };
        Ok((summary, optional_text(row, 9)?, optional_text(row, 10)?.unwrap_or_default()))
    };
    let damaged = |release: String, what: String| JournalError::CorruptIndex { release, what };
    let (mut summary, outcome, reason) =
        read(row).map_err(|error| damaged(text(row, 0).unwrap_or_default(), error.to_string()))?;
    if let Some(word) = outcome {
        let outcome = outcome_of(&word)
            .ok_or_else(|| damaged(summary.id.clone(), format!("`{word}` is not an outcome")))?;
        summary.ended = Some((outcome, reason));
    }
    Ok(summary)
}

fn outcome_of(word: &str) -> Option<Outcome> {
    [
        Outcome::Promoted,
        Outcome::RolledBack,
        Outcome::Aborted,
        Outcome::Abandoned,
        Outcome::Refused,
        Outcome::Rehearsed,
    ]
    .into_iter()
    .find(|outcome| stored(*outcome) == word)
}

/// A part of the plan; nothing where it has no such part, as plans of earlier versions.
fn json<T: serde::de::DeserializeOwned + Default>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = optional_text(row, column)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}
