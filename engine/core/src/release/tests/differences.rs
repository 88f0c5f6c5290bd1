//! Examples of what a shadow answered otherwise, on their way into the report.

use super::world::{Script, World, plan};
use crate::model::difference::{Difference, DifferenceKind};
use crate::release::event::Event;
use crate::report::Report;

#[test]
fn a_report_has_the_last_examples_of_differences_and_no_more() {
    let mut world = World::new(plan(&["errors"]), Script::default());
    world.run(2_000);
    let mut numbers = 0;
    for record in &mut world.records {
        let Event::Observed { set } = &mut record.event else { continue };
        numbers += 1;
        set.differences = vec![difference(numbers); 20];
    }
    assert!(numbers > 3, "only {numbers} sets were observed");
    let report = Report::of(&world.records).unwrap();
    let seen: Vec<u64> = report.differences.iter().map(|one| one.difference.number).collect();
    let last = [vec![numbers - 2; 10], vec![numbers - 1; 20], vec![numbers; 20]].concat();
    assert_eq!(seen, last);
    let row = r"| GET /a\_b | body /price | 10 | 12\| |";
    assert!(report.markdown(&[]).contains(row), "{}", report.markdown(&[]));
}

fn difference(number: u64) -> Difference {
    Difference {
        number,
        kind: DifferenceKind::Body,
        method: "GET".to_owned(),
        path: "/a_b".to_owned(),
        place: "/price".to_owned(),
        stable: "10".to_owned(),
        shadow: "12|".to_owned(),
    }
}

#[test]
fn a_difference_is_told_in_one_line() {
    let whole = Difference { kind: DifferenceKind::Status, place: String::new(), ..difference(1) };
    let told = [difference(1), whole].map(|one| one.to_string());
    assert_eq!(
        told,
        ["GET /a_b: body /price: stable `10`, shadow `12|`", "GET /a_b: status: stable `10`, shadow `12|`"]
    );
}
