//! What may be appended, and what is refused with nothing changed.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sluice_core::model::observation::{Observation, ObservationSet, Quality, Series};
use sluice_core::release::decision::Outcome;
use sluice_core::release::event::{Event, Record};

use super::{Desk, ended, planned, started, told};
use crate::journal::faulty::{Fault, FaultyStore};
use crate::journal::sqlite::SqliteStore;
use crate::journal::{JournalStore, Lease, MAX_EVENT_BYTES};

#[test]
fn what_was_appended_is_read_back_in_order() {
    let desk = Desk::with_release();
    desk.append(&[started(1), started(2)]).unwrap();
    desk.append(&[]).unwrap();
    desk.append(&[ended(3, Outcome::Promoted)]).unwrap();
    let expected = [planned("shop-1", "shop"), started(1), started(2), ended(3, Outcome::Promoted)];
    assert_eq!(desk.store.read("shop-1").unwrap(), expected);
    assert_eq!(desk.store.read_from("shop-1", 2).unwrap(), expected[2..]);
    assert_eq!(desk.store.read_from("shop-1", 9).unwrap(), []);
}

#[test]
fn reading_goes_over_many_pages_and_stops_when_told() {
    let desk = Desk::with_release();
    let records: Vec<Record> = (1..1000).map(started).collect();
    desk.append(&records).unwrap();
    assert_eq!(desk.seqs(), (0..1000).collect::<Vec<u64>>());
    let mut seen = 0;
    let mut visit = |_| {
        seen += 1;
        if seen == 300 { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
    };
    desk.store.visit("shop-1", 10, &mut visit).unwrap();
    assert_eq!(seen, 300);
}

#[test]
fn a_gap_and_a_repeated_number_are_refused_whole() {
    let desk = Desk::with_release();
    desk.append(&[started(1)]).unwrap();
    for records in
        [vec![started(3)], vec![started(1)], vec![started(2), started(4)], vec![planned("shop-1", "shop")]]
    {
        desk.append(&records).unwrap_err();
        assert_eq!(desk.seqs(), [0, 1]);
    }
    insta::assert_snapshot!(told(&desk.append(&[started(5)]).unwrap_err()), @r"
    record 5 of release `shop-1` came where 2 was due
    help: another engine may have written to this release; resume it
    ");
    let second = Record { seq: 2, ..planned("shop-1", "shop") };
    insta::assert_snapshot!(told(&desk.append(&[second]).unwrap_err()), @r"
    the journal of release `shop-1` has a second plan
    help: this is an error in the engine; please report it
    ");
}

#[test]
fn nothing_follows_the_end() {
    let desk = Desk::with_release();
    desk.append(&[ended(1, Outcome::Aborted), started(2)]).unwrap_err();
    assert_eq!(desk.seqs(), [0]);
    desk.append(&[ended(1, Outcome::Aborted)]).unwrap();
    insta::assert_snapshot!(told(&desk.append(&[started(2)]).unwrap_err()), @r"
    release `shop-1` has ended
    help: `sluice show shop-1` tells how
    ");
}

#[test]
fn a_release_begins_with_its_own_plan() {
    let desk = Desk::new();
    let create = |id: &str, first: &Record| told(&desk.store.create(&desk.lease, id, first).unwrap_err());
    let reports = [
        create("shop-1", &started(0)),
        create("shop-1", &planned("shop-2", "shop")),
        create("shop-1", &Record { seq: 1, ..planned("shop-1", "shop") }),
        create("../shop", &planned("../shop", "shop")),
        told(&desk.store.append(&desk.lease, "shop-1", &[started(1)], None).unwrap_err()),
    ];
    insta::assert_snapshot!(reports.join("\n"), @r"
    the journal of release `shop-1` does not begin with a plan
    help: this is an error in the engine; please report it
    the journal of release `shop-1` begins with the plan of another one
    help: this is an error in the engine; please report it
    record 1 of release `shop-1` came where 0 was due
    help: another engine may have written to this release; resume it
    `../shop` can not be the id of a release
    help: an id has lower-case letters, digits and single hyphens, and at most 100 of them
    there is no release `shop-1`
    help: `sluice history` lists the releases of this state directory
    ");
    assert_eq!(desk.store.releases(&Default::default()).unwrap(), []);
}

#[test]
fn a_service_has_one_release_under_way() {
    let desk = Desk::with_release();
    let create = |id: &str| desk.store.create(&desk.lease, id, &planned(id, "shop"));
    insta::assert_snapshot!(told(&create("shop-2").unwrap_err()), @r"
    release `shop-1` of `shop` is still under way
    help: `sluice resume shop-1` takes it up, `sluice abort shop-1` ends it
    ");
    insta::assert_snapshot!(told(&create("shop-1").unwrap_err()), @r"
    there already is a release `shop-1`
    help: start it again: it gets another id
    ");
    desk.append(&[ended(1, Outcome::RolledBack)]).unwrap();
    assert_eq!(desk.store.under_way("shop").unwrap(), None);
    create("shop-2").unwrap();
    assert_eq!(desk.store.under_way("shop").unwrap().map(|summary| summary.id).as_deref(), Some("shop-2"));
    insta::assert_snapshot!(told(&create("shop-1").unwrap_err()), @r"
    there already is a release `shop-1`
    help: start it again: it gets another id
    ");
}

#[test]
fn writing_needs_the_lease_of_that_service_in_that_state_directory() {
    let (desk, elsewhere) = (Desk::with_release(), Desk::with_release());
    let other = Lease::acquire(desk.state.path(), "blog").unwrap();
    let refused = desk.store.append(&other, "shop-1", &[started(1)], None).unwrap_err();
    insta::assert_snapshot!(told(&refused), @r"
    a lease on `blog` does not allow writing to a release of `shop`
    help: this is an error in the engine; please report it
    ");
    desk.store.create(&other, "shop-2", &planned("shop-2", "shop")).unwrap_err();
    desk.store.append(&elsewhere.lease, "shop-1", &[started(1)], None).unwrap_err();
    assert_eq!(desk.seqs(), [0]);
}

#[test]
fn an_event_over_the_limit_is_refused() {
    let desk = Desk::with_release();
    let version = "x".repeat(MAX_EVENT_BYTES);
    let large = Record { seq: 1, at: 1, event: Event::EngineStarted { version } };
    insta::assert_snapshot!(told(&desk.append(&[large]).unwrap_err()), @r"
    record 1 of release `shop-1` takes 16777254 bytes, and 16777216 is the limit
    help: have the plugins query fewer series, or shorter ranges
    ");
    assert_eq!(desk.seqs(), [0]);
}

#[test]
fn a_disk_that_is_full_is_told_and_leaves_whole_records() {
    let desk = Desk::with_release();
    desk.store.limit_pages(40);
    let long = |seq| Record { seq, at: 1, event: Event::EngineStarted { version: "x".repeat(20_000) } };
    let failed = (1..100).find_map(|seq| desk.append(&[long(seq)]).err().map(|error| (seq, error)));
    let (seq, error) = failed.unwrap();
    assert!(error.to_string().starts_with("there is no room left for the journal"), "{error}");
    assert_eq!(desk.seqs(), (0..seq).collect::<Vec<u64>>());
    desk.store.limit_pages(4000);
    desk.append(&[long(seq)]).unwrap();
}

#[test]
fn a_state_directory_that_can_not_be_made_is_told() {
    let error = SqliteStore::open(std::path::Path::new("/proc/version/state")).unwrap_err();
    assert!(
        error.to_string().starts_with("the state directory `/proc/version/state` can not be used"),
        "{error}"
    );
}

#[test]
fn a_faulty_store_fails_the_write_it_was_told_to() {
    for (fault, kept) in [(Fault::NotWritten, vec![0]), (Fault::WrittenUnanswered, vec![0, 1])] {
        let desk = Desk::new();
        let store = FaultyStore::new(desk.store, 2, fault);
        store.create(&desk.lease, "shop-1", &planned("shop-1", "shop")).unwrap();
        let error = store.append(&desk.lease, "shop-1", &[started(1)], None).unwrap_err();
        assert_eq!(error.to_string(), "write 2 to the journal was made to fail");
        let next = kept.len() as u64;
        store.append(&desk.lease, "shop-1", &[started(next)], None).unwrap();
        assert_eq!(store.read("shop-1").unwrap().len(), kept.len() + 1);
        assert_eq!(store.writes(), 3);
    }
}

fn observed(seq: u64, value: Vec<f64>) -> Record {
    let series = Series { labels: BTreeMap::new(), at: vec![1; value.len()], value };
    let observation = Observation {
        query: "q".to_owned(),
        expr: "up".to_owned(),
        quality: Quality::Value,
        series: vec![series],
        reason: String::new(),
        newest_age_ms: Some(3),
        evidence: Default::default(),
        histograms: Vec::new(),
    };
    let set = ObservationSet {
        id: "obs-1".to_owned(),
        at: 1,
        events: None,
        ready: BTreeMap::from([("candidate".to_owned(), 1)]),
        observations: BTreeMap::from([("errors".to_owned(), vec![observation])]),
        found: None,
        failures: Vec::new(),
        differences: Vec::new(),
    };
    Record { seq, at: 1, event: Event::Observed { set: Box::new(set) } }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A replay sees the very numbers that the release saw, to the bit.
    #[test]
    fn numbers_come_back_to_the_bit(bits in proptest::collection::vec(any::<u64>(), 1..200)) {
        let desk = Desk::with_release();
        let value: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
        desk.append(&[observed(1, value.clone())]).unwrap();
        let read = desk.store.read_from("shop-1", 1).unwrap().remove(0);
        let Event::Observed { set } = read.event else { panic!("another event") };
        let back = &set.observations["errors"][0].series[0].value;
        prop_assert_eq!(back.len(), value.len());
        for (back, value) in back.iter().zip(&value) {
            prop_assert!(back.to_bits() == value.to_bits() || (back.is_nan() && value.is_nan()));
        }
    }
}
