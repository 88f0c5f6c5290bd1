//! One engine a service, whatever ends the other one.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use super::{Desk, planned, started};
use crate::journal::{JournalStore, Lease};

#[test]
fn the_holder_is_named() {
    let desk = Desk::new();
    let taken =
        |service: &str| Lease::acquire(desk.state.path(), service).map(|lease| lease.service().to_owned());
    let process = std::process::id().to_string();
    let told = || taken("shop").unwrap_err().to_string().replace(&process, "PID");
    assert_eq!(told(), "another engine works on `shop`: process PID");
    desk.store.create(&desk.lease, "shop-1", &planned("shop-1", "shop")).unwrap();
    assert_eq!(told(), "another engine works on `shop`: process PID runs release `shop-1`");
    assert_eq!(taken("blog").unwrap(), "blog");
}

#[test]
fn a_lease_that_ended_can_be_taken_and_names_nobody() {
    let state = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        let lease = Lease::acquire(state.path(), "shop").unwrap();
        lease.note("shop-1");
        drop(lease);
        assert_eq!(fs::read_to_string(state.path().join("locks/shop.lock")).unwrap(), "");
    }
}

#[test]
fn a_hostile_note_is_left_out() {
    let desk = Desk::new();
    for note in ["\u{1b}[31m \u{1b}[32m", "9999999999999 ../../etc", "", "12", "\0\0\0", &"7".repeat(100_000)]
    {
        fs::write(desk.state.path().join("locks/shop.lock"), note).unwrap();
        let told = Lease::acquire(desk.state.path(), "shop").unwrap_err().to_string();
        assert!(
            ["another engine works on `shop`", "another engine works on `shop`: process 12"]
                .contains(&told.as_str()),
            "{told:?}"
        );
    }
}

#[test]
fn services_with_odd_names_do_not_share_a_lock() {
    let state = tempfile::tempdir().unwrap();
    let names = ["shop", "Shop", "shop/", "../shop", "sh op", "sh-op", "", "release", ".", "店", "shop.lock"];
    let leases: Vec<Lease> = names.iter().map(|name| Lease::acquire(state.path(), name).unwrap()).collect();
    assert_eq!(fs::read_dir(state.path().join("locks")).unwrap().count(), leases.len());
}

#[test]
fn a_replaced_lock_stops_the_next_append() {
    let desk = Desk::with_release();
    let lock = desk.state.path().join("locks/shop.lock");
    fs::remove_file(&lock).unwrap();
    let told = desk.append(&[started(1)]).unwrap_err().to_string();
    assert!(told.ends_with("locks/shop.lock` was removed or replaced while it was held"), "{told}");
    let _other = Lease::acquire(desk.state.path(), "shop").unwrap();
    desk.append(&[started(1)]).unwrap_err();
    assert_eq!(desk.seqs(), [0]);
}

const STATE: &str = "SLUICE_TEST_STATE";

/// Takes the lease, starts a process that lives on, and waits to be killed.
#[test]
#[ignore = "the child of `a_killed_engine_loses_the_lease_though_a_process_that_it_started_lives_on`"]
fn leasing_child() {
    let state = std::path::PathBuf::from(std::env::var_os(STATE).unwrap());
    let _lease = Lease::acquire(&state, "shop").unwrap();
    let mut survivor = Command::new("cat").stdout(Stdio::null()).spawn().unwrap();
    println!("leased");
    std::io::stdout().flush().unwrap();
    survivor.wait().unwrap();
}

/// The data plane is started by the engine and outlives it: it must not keep the engine's lock.
#[test]
fn a_killed_engine_loses_the_lease_though_a_process_that_it_started_lives_on() {
    let state = tempfile::tempdir().unwrap();
    let mut engine = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "journal::tests::lease::leasing_child", "--ignored", "--nocapture"])
        .env(STATE, state.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(engine.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with("leased")));
    let pid = engine.id();
    let mut input = engine.stdin.take().unwrap();
    let held = Lease::acquire(state.path(), "shop").unwrap_err().to_string();
    assert_eq!(held, format!("another engine works on `shop`: process {pid}"));
    engine.kill().unwrap();
    engine.wait().unwrap();
    Lease::acquire(state.path(), "shop").unwrap();
    // Only the survivor still reads from this pipe.
    input.write_all(b"alive").unwrap();
}

#[test]
fn a_lease_holds_although_who_has_it_can_not_be_noted() {
    let state = tempfile::tempdir().unwrap();
    let locks = state.path().join("locks");
    fs::create_dir(&locks).unwrap();
    // What is written to a pipe has no length: writing the note fails, as on a full disk.
    let made = Command::new("mkfifo").arg(locks.join("shop.lock")).status().unwrap();
    assert!(made.success());
    let lease = Lease::acquire(state.path(), "shop").unwrap();
    lease.note("shop-1");
    lease.allows(&state.path().canonicalize().unwrap(), "shop").unwrap();
}
