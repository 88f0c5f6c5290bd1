//! Opening the database: its settings, and the ladder of versions that it climbs.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::journal::JournalError;

/// Each step makes the next version of the database.
pub(super) const LADDER: &[&str] = &[include_str!("schema_1.sql")];

/// "SLUC": says that a database is a journal and not somebody else's.
const APPLICATION: i32 = 0x534c_5543;
/// How long a write waits for another process's.
const PATIENCE: Duration = Duration::from_secs(10);
const STATEMENTS: usize = 32;

/// Makes the state directory and the file, for the owner alone, where they are not there yet.
pub(super) fn make(path: &Path) -> Result<(), JournalError> {
    let directory = path.parent().unwrap_or(path);
    let make = || -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        // The name of a new file is durable only with its directory.
        File::open(directory)?.sync_all()
    };
    make().map_err(|source| JournalError::Directory { path: directory.to_owned(), source })
}

/// A connection with the settings that durability rests on, to a database of the newest version.
pub(super) fn open(path: &Path, ladder: &[&str]) -> Result<Connection, JournalError> {
    let failed = |source| failure(path, source);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(PATIENCE).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    refuse_foreign(&connection, path, ladder)?;
    configure(&connection).map_err(failed)?;
    climb(&mut connection, path, ladder)?;
    Ok(connection)
}

/// What a failure of SQLite means to people.
pub(super) fn failure(path: &Path, source: rusqlite::Error) -> JournalError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => JournalError::Full { path },
        Some(ErrorCode::ReadOnly) => JournalError::ReadOnly { path },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => JournalError::Busy { path },
        Some(ErrorCode::NotADatabase) => JournalError::Foreign { path },
        _ => JournalError::Store { path, source },
    }
}

/// Before any setting is changed: what is not ours, or newer than us, is left as it is.
fn refuse_foreign(connection: &Connection, path: &Path, ladder: &[&str]) -> Result<(), JournalError> {
    let failed = |source| failure(path, source);
    let (application, version) = marks(connection).map_err(failed)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    let blank = application == 0 && version == 0 && tables == 0;
    if application != APPLICATION && !blank {
        return Err(JournalError::Foreign { path: path.to_owned() });
    }
    refuse_newer(version, path, ladder)
}

fn refuse_newer(version: u32, path: &Path, ladder: &[&str]) -> Result<(), JournalError> {
    let known = u32::try_from(ladder.len()).unwrap_or(u32::MAX);
    if version > known {
        return Err(JournalError::Newer { path: path.to_owned(), found: version, known });
    }
    Ok(())
}

fn marks(connection: &Connection) -> rusqlite::Result<(i32, u32)> {
    let application = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let version = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok((application, version))
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    // With a write-ahead log, FULL is what makes a transaction survive a power cut and not only a crash.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // A damaged or doctored file gets an error instead of a chance.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)
}

/// Takes the database up to the newest version, all steps or none.
fn climb(connection: &mut Connection, path: &Path, ladder: &[&str]) -> Result<(), JournalError> {
    let failed = |source| failure(path, source);
    let newest = u32::try_from(ladder.len()).unwrap_or(u32::MAX);
    if marks(connection).map_err(failed)?.1 == newest {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    // Another process may have climbed while this one waited.
    let (_, version) = marks(&transaction).map_err(failed)?;
    refuse_newer(version, path, ladder)?;
    for step in ladder.iter().skip(usize::try_from(version).unwrap_or(usize::MAX)) {
        transaction.execute_batch(step).map_err(failed)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
    transaction.pragma_update(None, "user_version", newest).map_err(failed)?;
    transaction.commit().map_err(failed)
}
