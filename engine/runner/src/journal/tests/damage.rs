//! Databases that are not what they should be: each is told by name, none is changed, none is a panic.

use std::fs;

use super::{Desk, planned, started, tamper, told};
use crate::journal::sqlite::SqliteStore;
use crate::journal::{JournalStore, Lease};

#[test]
fn a_damaged_record_is_told_with_its_release_and_number() {
    let cases = [
        "UPDATE records SET event = '{' WHERE seq = 1",
        "UPDATE records SET event = '{\"type\":\"ended\"}' WHERE seq = 1",
        "UPDATE records SET event = CAST(x'ff00' AS TEXT) WHERE seq = 1",
        "UPDATE records SET event = replace(hex(zeroblob(9999)), '00', '[') WHERE seq = 1",
        "UPDATE records SET at = -5 WHERE seq = 1",
        "UPDATE records SET format = -1 WHERE seq = 1",
        "UPDATE records SET format = 9 WHERE seq = 1",
        "DELETE FROM records WHERE seq = 1",
        "DELETE FROM records WHERE seq = 2",
    ];
    let mut reports = Vec::new();
    for case in cases {
        let desk = Desk::with_release();
        desk.append(&[started(1), started(2)]).unwrap();
        desk.tamper(case);
        reports.push(desk.store.read("shop-1").unwrap_err().to_string());
    }
    insta::assert_snapshot!(reports.join("\n"), @r"
    record 1 of release `shop-1` is damaged: its event can not be read: EOF while parsing an object at line 1 column 1
    record 1 of release `shop-1` is damaged: its event can not be read: missing field `outcome`
    record 1 of release `shop-1` is damaged: its event can not be read: expected value at line 1 column 1
    record 1 of release `shop-1` is damaged: its event can not be read: invalid type: sequence, expected variant identifier at line 1 column 1
    record 1 of release `shop-1` is damaged: its time is `-5`
    record 1 of release `shop-1` is damaged: its format is `-1`
    record 1 of release `shop-1` has format 9, and this engine knows up to 1
    record 1 of release `shop-1` is damaged: it is missing
    record 2 of release `shop-1` is damaged: it is missing
    ");
}

#[test]
fn a_damaged_index_and_a_damaged_signal_are_told() {
    let desk = Desk::with_release();
    let signal = sluice_core::release::event::Signal::Pause;
    desk.store.signal("shop-1", &signal, "anna", "", 1).unwrap();
    desk.tamper("UPDATE signals SET signal = 'dance'");
    let reports = [desk.store.waiting_signals("shop-1", 0).unwrap_err().to_string(), {
        desk.tamper("UPDATE releases SET outcome = 'sold'");
        desk.store.releases(&Default::default()).unwrap_err().to_string()
    }];
    insta::assert_snapshot!(reports.join("\n"), @r"
    signal 1 of release `shop-1` is damaged: expected value at line 1 column 1
    the index of release `shop-1` is damaged: `sold` is not an outcome
    ");
}

#[test]
fn a_record_over_the_limit_is_not_read() {
    let desk = Desk::with_release();
    desk.append(&[started(1)]).unwrap();
    desk.tamper("UPDATE records SET event = hex(zeroblob(9000000)) WHERE seq = 1");
    let error = desk.store.read("shop-1").unwrap_err();
    assert_eq!(error.to_string(), "record 1 of release `shop-1` is damaged: its event takes 18000000 bytes");
}

#[test]
fn damage_to_the_pages_is_an_error_and_no_panic() {
    let desk = Desk::with_release();
    for seq in 1..200 {
        desk.append(&[started(seq)]).unwrap();
    }
    tamper(desk.store.path(), "PRAGMA wal_checkpoint(TRUNCATE)");
    let whole = fs::read(desk.store.path()).unwrap();
    let expected = desk.store.read("shop-1").unwrap();
    let mut refused = 0;
    for place in (0..whole.len()).step_by(997) {
        let other = tempfile::tempdir().unwrap();
        let mut damaged = whole.clone();
        damaged[place..].iter_mut().take(64).for_each(|byte| *byte ^= 0xa5);
        fs::write(other.path().join("sluice.db"), damaged).unwrap();
        match SqliteStore::open(other.path()).and_then(|store| store.read("shop-1")) {
            // A number or letter in an event may have changed into another one: what is read still has no gap.
            Ok(records) => assert_eq!(records.len(), expected.len()),
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
        }
    }
    assert!(refused > 10, "{refused}");
}

#[test]
fn a_database_of_a_newer_engine_is_refused_and_left_alone() {
    let desk = Desk::with_release();
    desk.tamper("PRAGMA user_version = 41; PRAGMA wal_checkpoint(TRUNCATE)");
    let state = desk.state.path().to_owned();
    let before = fs::read(desk.store.path()).unwrap();
    let error = SqliteStore::open(&state).unwrap_err();
    let report = told(&error).replace(&state.display().to_string(), "STATE");
    insta::assert_snapshot!(report, @r"
    the journal `STATE/sluice.db` has version 41, and this engine knows up to 1
    help: use the engine that wrote it or a newer one; nothing was changed
    ");
    assert!(fs::read(desk.store.path()).unwrap() == before);
}

#[test]
fn another_programs_file_is_refused_and_left_alone() {
    let text = tempfile::tempdir().unwrap();
    fs::write(text.path().join("sluice.db"), "not a database, but long enough to be one ".repeat(40))
        .unwrap();
    let foreign = tempfile::tempdir().unwrap();
    tamper(&foreign.path().join("sluice.db"), "CREATE TABLE songs (title TEXT)");
    for state in [text, foreign] {
        let before = fs::read(state.path().join("sluice.db")).unwrap();
        let error = SqliteStore::open(state.path()).unwrap_err();
        assert!(error.to_string().ends_with("sluice.db` is not a journal"), "{error}");
        assert!(fs::read(state.path().join("sluice.db")).unwrap() == before);
    }
}

#[test]
fn an_old_database_climbs_the_ladder_and_keeps_its_records() {
    let state = tempfile::tempdir().unwrap();
    {
        let lease = Lease::acquire(state.path(), "shop").unwrap();
        let old = SqliteStore::open(state.path()).unwrap();
        old.create(&lease, "shop-1", &planned("shop-1", "shop")).unwrap();
    }
    let longer = ["ALTER TABLE releases ADD COLUMN moon TEXT", "CREATE TABLE stars (name TEXT)"];
    let broken = ["CREATE TABLE stars (name TEXT)", "CREATE TABLE releases (id TEXT)"];
    SqliteStore::open_longer(state.path(), &broken).unwrap_err();
    // All steps or none: the table of the broken ladder's first step is not there.
    for _ in 0..2 {
        let store = SqliteStore::open_longer(state.path(), &longer).unwrap();
        assert_eq!(store.read("shop-1").unwrap(), [planned("shop-1", "shop")]);
    }
    let error = SqliteStore::open(state.path()).unwrap_err().to_string();
    assert!(error.ends_with("has version 3, and this engine knows up to 1"), "{error}");
}

#[test]
fn the_state_directory_and_its_files_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let state = parent.path().join("deep/state");
    assert!(SqliteStore::open_existing(&state).unwrap().is_none());
    assert!(!state.exists());
    let lease = Lease::acquire(&state, "shop").unwrap();
    let store = SqliteStore::open(&state).unwrap();
    store.create(&lease, "shop-1", &planned("shop-1", "shop")).unwrap();
    let mode = |name: &str| fs::metadata(state.join(name)).unwrap().permissions().mode() & 0o777;
    let modes = ["", "locks", "locks/shop.lock", "sluice.db", "sluice.db-wal", "sluice.db-shm"].map(mode);
    assert_eq!(modes, [0o700, 0o700, 0o600, 0o600, 0o600, 0o600]);
    assert!(SqliteStore::open_existing(&state).unwrap().is_some());
}
