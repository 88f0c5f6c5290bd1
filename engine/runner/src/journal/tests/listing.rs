//! The index of releases, ids by their beginning, and reading beside a writer.

use sluice_core::release::decision::Outcome;
use sluice_core::release::event::{Event, Record};

use super::{Desk, ended, planned, started, told};
use crate::journal::sqlite::SqliteStore;
use crate::journal::{Filter, JournalStore, Lease, Summary};

/// Four releases of two services; the last is under way.
fn desk() -> Desk {
    let desk = Desk::new();
    let blog = Lease::acquire(desk.state.path(), "blog").unwrap();
    let create = |lease: &Lease, id: &str, at: u64| {
        desk.store.create(lease, id, &Record { at, ..planned(id, lease.service()) }).unwrap();
    };
    create(&desk.lease, "shop-20261123-120305-3f2a", 10);
    desk.store
        .append(&desk.lease, "shop-20261123-120305-3f2a", &[ended(1, Outcome::Promoted)], None)
        .unwrap();
    create(&desk.lease, "shop-20261123-120306-3e00", 20);
    desk.store.append(&desk.lease, "shop-20261123-120306-3e00", &[ended(1, Outcome::Refused)], None).unwrap();
    create(&blog, "blog-20261123-120307-77aa", 30);
    desk.store.append(&blog, "blog-20261123-120307-77aa", &[ended(1, Outcome::RolledBack)], None).unwrap();
    create(&desk.lease, "shop-20261123-120308-0001", 40);
    desk
}

fn ids(found: &[Summary]) -> Vec<&str> {
    found.iter().map(|summary| summary.id.as_str()).collect()
}

#[test]
fn releases_are_listed_the_latest_first_and_filtered() {
    let desk = desk();
    let list = |service: Option<&str>, under_way, limit| {
        let service = service.map(str::to_owned);
        let filter = Filter { service, under_way, limit, ..Filter::default() };
        desk.store.releases(&filter).unwrap()
    };
    let all = list(None, false, None);
    insta::assert_snapshot!(ids(&all).join("\n"), @r"
    shop-20261123-120308-0001
    blog-20261123-120307-77aa
    shop-20261123-120306-3e00
    shop-20261123-120305-3f2a
    ");
    assert_eq!(ids(&list(Some("blog"), false, None)), ["blog-20261123-120307-77aa"]);
    assert_eq!(ids(&list(None, true, None)), ["shop-20261123-120308-0001"]);
    assert_eq!(list(Some("shop"), false, Some(2)), [all[0].clone(), all[2].clone()]);
    assert_eq!(list(Some("%"), false, None), []);
    insta::assert_debug_snapshot!(all[2], @r#"
    Summary {
        id: "shop-20261123-120306-3e00",
        service: "shop",
        version: "v2",
        stable_version: Some(
            "v1",
        ),
        environment: "staging",
        who: "anna",
        comment: "try it",
        started_at: 20,
        last_at: 1001,
        ended: Some(
            (
                Refused,
                "so it is",
            ),
        ),
        records: 2,
        strategy: "strategy",
        labels: {},
        tickets: [],
        rehearsal: false,
    }
    "#);
}

#[test]
fn releases_are_found_by_what_only_their_plans_know() {
    let desk = desk();
    desk.store
        .append(&desk.lease, "shop-20261123-120308-0001", &[ended(1, Outcome::Promoted)], None)
        .unwrap();
    let mut first = planned("shop-20261123-120309-0002", "shop");
    let Event::Planned { plan, .. } = &mut first.event else { panic!("no plan") };
    plan.about.labels.insert("team".to_owned(), "it's; DROP".to_owned());
    plan.stages.record.tickets.push("PAY-7".to_owned());
    (plan.strategy.pin.name, plan.stages.rehearsal) = ("rolling".to_owned(), true);
    desk.store.create(&desk.lease, "shop-20261123-120309-0002", &Record { at: 50, ..first }).unwrap();
    let found = |filter: Filter| desk.store.releases(&filter).unwrap().len();
    let text = |text: &str| Some(text.to_owned());
    let label = |value: &str| Some(("team".to_owned(), value.to_owned()));
    let all = Filter::default;
    assert_eq!(found(all()), 5);
    assert_eq!(found(Filter { strategy: text("rolling"), ..all() }), 1);
    assert_eq!(found(Filter { label: label("it's; DROP"), ..all() }), 1);
    assert_eq!(found(Filter { label: label("other"), ..all() }), 0);
    assert_eq!(found(Filter { ticket: text("PAY-7"), ..all() }), 1);
    assert_eq!(found(Filter { ticket: text("PAY"), ..all() }), 0);
    assert_eq!(found(Filter { outcome: Some(Outcome::Refused), ..all() }), 1);
    assert_eq!(
        found(Filter { environment: text("staging"), who: text("anna"), version: text("v2"), ..all() }),
        5
    );
    assert_eq!(found(Filter { environment: text("production"), ..all() }), 0);
    assert_eq!(found(Filter { since: Some(20), until: Some(40), ..all() }), 2);
    let latest = desk.store.under_way("shop").unwrap().unwrap();
    assert!(latest.rehearsal && latest.tickets == ["PAY-7"] && latest.labels.len() == 1);
}

#[test]
fn an_id_is_found_by_its_beginning_or_by_its_last_part() {
    let desk = desk();
    let found = |prefix: &str| desk.store.resolve(prefix).unwrap();
    assert_eq!(found("3f"), "shop-20261123-120305-3f2a");
    assert_eq!(found("b"), "blog-20261123-120307-77aa");
    assert_eq!(found("shop-20261123-120308"), "shop-20261123-120308-0001");
    assert_eq!(found("shop-20261123-120306-3e00"), "shop-20261123-120306-3e00");
    let failed = |prefix: &str| told(&desk.store.resolve(prefix).unwrap_err());
    insta::assert_snapshot!(failed("3"), @r"
    `3` may be `shop-20261123-120305-3f2a` or `shop-20261123-120306-3e00`
    help: write more of the id
    ");
    insta::assert_snapshot!(failed("%"), @r"
    there is no release `%`
    help: `sluice history` lists the releases of this state directory
    ");
    for nothing in ["", "*", "_", "\u{10ffff}", "shop-20261123-120308-0001-", "'; --"] {
        assert!(failed(nothing).starts_with("there is no release"));
    }
}

#[test]
fn a_whole_id_is_found_though_others_begin_with_it() {
    let desk = Desk::new();
    for id in ["shop-1", "shop-12"] {
        desk.store.create(&desk.lease, id, &planned(id, "shop")).unwrap();
        desk.store.append(&desk.lease, id, &[ended(1, Outcome::Promoted)], None).unwrap();
    }
    assert_eq!(desk.store.resolve("shop-1").unwrap(), "shop-1");
    assert_eq!(desk.store.resolve("12").unwrap(), "shop-12");
}

#[test]
fn readers_of_other_processes_see_whole_appends_while_one_writes() {
    let desk = Desk::with_release();
    let state = desk.state.path().to_owned();
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let store = SqliteStore::open(&state).unwrap();
            let mut lengths = vec![1];
            while lengths.last() < Some(&901) {
                let seqs: Vec<u64> = store.read("shop-1").unwrap().iter().map(|record| record.seq).collect();
                assert_eq!(seqs, (0..seqs.len() as u64).collect::<Vec<u64>>());
                lengths.push(seqs.len());
            }
            lengths
        });
        for batch in 0..300 {
            desk.append(&[started(batch * 3 + 1), started(batch * 3 + 2), started(batch * 3 + 3)]).unwrap();
        }
        let lengths = reader.join().unwrap();
        assert!(lengths.is_sorted());
    });
    assert_eq!(desk.store.releases(&Filter::default()).unwrap()[0].records, 901);
}
