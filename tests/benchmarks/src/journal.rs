//! A durable append to the journal, beside a bare insert into SQLite with the same settings.

use std::path::Path;

use rusqlite::{Connection, params};
use sluice_core::model::observation::Quality;
use sluice_core::model::verdict::{Judgement, Measurement, Verdict};
use sluice_core::release::event::{Event, Record};
use sluice_runner::journal::sqlite::SqliteStore;
use sluice_runner::journal::{EVENT_FORMAT, JournalStore, Lease};
use sluice_runner::prepare::{self, Circumstances};
use tempfile::TempDir;

use crate::bundled;
use crate::figure::{Failure, Figure, Row};
use crate::table::time;
use crate::times::{Times, by_turns, times_longer};

const TURNS: usize = 20;
const CALLS: usize = 25;
/// Until the write-ahead log of both is written over from its start: while it grows, a sync costs more.
const BEFORE: usize = 1200;
const RELEASE: &str = "shop-1";
const AT: u64 = 1_700_000_000_000;

/// The columns and the key of the journal's records.
const TABLE: &str =
    "CREATE TABLE records (release INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,
    format INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (release, seq)) STRICT";
const INSERT: &str = "INSERT INTO records (release, seq, at, format, event) VALUES (1, ?1, ?2, ?3, ?4)";

pub fn measure() -> Result<Figure, Failure> {
    // Beside the program: temporary directories may be in memory, where nothing is durable.
    let program = std::env::current_exe()?;
    let dir = TempDir::new_in(program.parent().ok_or("the program is in no directory")?)?;
    let (store, lease) = journal(dir.path())?;
    let bare = bare(dir.path())?;
    let event = judged();
    let text = serde_json::to_string(&event)?;
    let (mut seq, mut row) = (0_u64, 0_i64);
    let mut append = || {
        seq += 1;
        let record = Record { seq, at: AT, event: event.clone() };
        Ok(store.append(&lease, RELEASE, &[record], None)?)
    };
    let mut insert = || {
        row += 1;
        bare.prepare_cached(INSERT)?.execute(params![row, AT as i64, EVENT_FORMAT, text])?;
        Ok(())
    };
    for _ in 0..BEFORE {
        append()?;
        insert()?;
    }
    let times = by_turns(TURNS, CALLS, [&mut append, &mut insert])?;
    same_rows(&store, &bare)?;
    Ok(figure(text.len(), &times))
}

fn figure(bytes: usize, [ours, bare]: &[Times; 2]) -> Figure {
    let row = |name: &str, share: f64| {
        let (ours, bare) = (ours.quantile(share), bare.quantile(share));
        Row::ratio(name, (time(ours), time(bare)), times_longer(ours, bare))
    };
    Figure {
        title: format!("journal append: one record of {bytes} bytes, durable when it returns"),
        beside:
            "a bare SQLite insert of the same text: write-ahead log, synchronous full, a transaction each"
                .to_owned(),
        rows: vec![row("median", 0.5), row("p99", 0.99)],
        notes: vec![
            format!(
                "{} of each by turns of {CALLS}, after {BEFORE} of each, on the disk of the build.",
                TURNS * CALLS
            ),
            "Ours also checks the lease and the order, writes the event as JSON, and keeps the index."
                .to_owned(),
        ],
    }
}

/// A journal with one release under way.
fn journal(dir: &Path) -> Result<(SqliteStore, Lease), Failure> {
    let state = dir.join("state");
    let store = SqliteStore::open(&state)?;
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/shop.yaml");
    let documents = prepare::read(&workflow, &[])?;
    let (who, comment) = ("anna".to_owned(), "try it".to_owned());
    let capabilities = sluice_targets::gateway::CAPABILITIES;
    let circumstances = Circumstances { who, comment, stable: None, capabilities, seed: 7 };
    let plan = prepare::plan(&documents, circumstances, &bundled::host(&dir.join("plugins"))?)?.plan;
    let lease = Lease::acquire(&state, &plan.about.service)?;
    let planned = Event::Planned { release: RELEASE.to_owned(), plan: Box::new(plan) };
    store.create(&lease, RELEASE, &Record { seq: 0, at: AT, event: planned })?;
    Ok((store, lease))
}

fn bare(dir: &Path) -> Result<Connection, Failure> {
    let connection = Connection::open(dir.join("bare.db"))?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.execute_batch(TABLE)?;
    Ok(connection)
}

/// What is written most: a verdict, with what it rests on.
fn judged() -> Event {
    let measurement = |name: &str, value: f64, bound: &str| Measurement {
        name: name.to_owned(),
        value: Some(value),
        quality: Quality::Value,
        bound: bound.to_owned(),
        verdict: Verdict::Pass,
    };
    Event::Judged {
        judgement: Judgement {
            check: "errors".to_owned(),
            verdict: Verdict::Pass,
            score: Some(1.0),
            reason: "error-ratio is 0.004, p99-seconds is 0.18".to_owned(),
            measurements: vec![
                measurement("error-ratio", 0.004, "<= 0.05"),
                measurement("p99-seconds", 0.18, "<= 0.5"),
            ],
            observed: format!("sha256:{}", "0".repeat(64)),
            further: Vec::new(),
            state: Vec::new(),
        },
    }
}

/// Both must have written what they were measured at.
fn same_rows(store: &SqliteStore, bare: &Connection) -> Result<(), Failure> {
    let rows: i64 = bare.query_row("SELECT count(*) FROM records", [], |row| row.get(0))?;
    // The plan is the first record.
    let records = store.read(RELEASE)?.len() - 1;
    if i64::try_from(records) == Ok(rows) {
        return Ok(());
    }
    Err(format!("{records} records and {rows} rows were written").into())
}
