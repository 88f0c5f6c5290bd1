//! What is left after the process was killed, and after the power was cut in the middle of a write.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use super::{Desk, planned, started};
use crate::journal::sqlite::SqliteStore;
use crate::journal::{JournalStore, Lease};

const STATE: &str = "SLUICE_TEST_STATE";

/// Appends for ever and says each number once it is durable. Ends by being killed.
#[test]
#[ignore = "the child of `a_killed_engine_leaves_every_acknowledged_record_and_no_gap`"]
fn appending_child() {
    let state = std::path::PathBuf::from(std::env::var_os(STATE).unwrap());
    let store = SqliteStore::open(&state).unwrap();
    let lease = Lease::acquire(&state, "shop").unwrap();
    let mut out = std::io::stdout();
    for seq in store.read("shop-1").unwrap().len() as u64.. {
        store.append(&lease, "shop-1", &[started(seq)], None).unwrap();
        writeln!(out, "durable {seq}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn a_killed_engine_leaves_every_acknowledged_record_and_no_gap() {
    let state = tempfile::tempdir().unwrap();
    {
        let lease = Lease::acquire(state.path(), "shop").unwrap();
        let store = SqliteStore::open(state.path()).unwrap();
        store.create(&lease, "shop-1", &planned("shop-1", "shop")).unwrap();
    }
    let mut before = 1;
    for lines in [1, 2, 3, 5, 8, 40, 1, 90] {
        let acknowledged = append_until_killed(state.path(), lines);
        let store = SqliteStore::open(state.path()).unwrap();
        let seqs: Vec<u64> = store.read("shop-1").unwrap().iter().map(|record| record.seq).collect();
        assert_eq!(seqs, (0..seqs.len() as u64).collect::<Vec<u64>>());
        assert!(
            seqs.len() as u64 > acknowledged,
            "{acknowledged} was acknowledged, there are {}",
            seqs.len()
        );
        assert!(seqs.len() >= before + lines);
        before = seqs.len();
    }
}

/// Lets a child append until it has said so many numbers, kills it, and returns the last it ever said.
fn append_until_killed(state: &std::path::Path, lines: usize) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "journal::tests::crash::appending_child", "--ignored", "--nocapture"])
        .env(STATE, state)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = 0;
    let mut count = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        // Its harness writes to the same line before the first number.
        let line = line.unwrap();
        let Some((_, number)) = line.split_once("durable ") else { continue };
        said = number.parse().unwrap();
        count += 1;
        if count == lines {
            child.kill().unwrap();
        }
    }
    assert!(count >= lines, "the child ended by itself after {count} records");
    child.wait().unwrap();
    said
}

/// A power cut leaves the write-ahead log cut short anywhere.
#[test]
fn a_log_that_was_cut_short_leaves_the_records_before_the_cut() {
    let desk = Desk::with_release();
    for seq in 1..30 {
        desk.append(&[started(seq)]).unwrap();
    }
    let log = fs::read(desk.state.path().join("sluice.db-wal")).unwrap();
    let database = fs::read(desk.store.path()).unwrap();
    let mut lengths = Vec::new();
    for cut in (0..log.len()).step_by(1499).chain([log.len()]) {
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join("sluice.db"), &database).unwrap();
        fs::write(other.path().join("sluice.db-wal"), &log[..cut]).unwrap();
        let store = SqliteStore::open(other.path()).unwrap();
        let seqs: Vec<u64> = match store.resolve("shop-1") {
            Ok(id) => store.read(&id).unwrap().iter().map(|record| record.seq).collect(),
            Err(_) => Vec::new(),
        };
        assert_eq!(seqs, (0..seqs.len() as u64).collect::<Vec<u64>>());
        lengths.push(seqs.len());
    }
    assert!(lengths.is_sorted());
    assert_eq!((lengths.first(), lengths.last()), (Some(&0), Some(&30)));
    assert!(lengths.iter().any(|length| (1..30).contains(length)));
}
