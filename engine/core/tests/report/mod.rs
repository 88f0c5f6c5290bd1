//! The report of a release whose texts would break its form.

use sluice_core::release::event::{Event, Record, Signal};
use sluice_core::report::Report;

/// A row, a heading, a code span and a list of their own; the cursor; letters that turn the rest around.
const HOSTILE: &str = "x |\n| forged | row |\r\n# head `code`\t- <b>\u{1b}[2J\u{2028}\u{202e}";

fn report() -> String {
    let mut plan = sluice_core::sample::plan();
    plan.candidate.version = HOSTILE.to_owned();
    (plan.about.comment, plan.about.who) = (HOSTILE.to_owned(), HOSTILE.to_owned());
    let text = || HOSTILE.to_owned();
    let events = [
        Event::Planned { release: "shop-1".to_owned(), plan: Box::new(plan) },
        Event::Signalled { signal: Signal::Pause, who: text(), comment: text() },
        Event::Signalled { signal: Signal::Abandon, who: text(), comment: text() },
    ];
    let records: Vec<Record> = (0..).zip(events).map(|(seq, event)| Record { seq, at: 1, event }).collect();
    Report::of(&records).unwrap().markdown(&[])
}

#[test]
fn nobody_forges_or_breaks_a_row_of_the_report() {
    let report = report();
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    let mut columns = 0;
    for line in report.lines() {
        assert!(
            !line
                .contains(|character: char| character.is_control() || "\u{2028}\u{202e}".contains(character))
        );
        columns = match (line.starts_with('|'), columns) {
            (false, _) => 0,
            (true, 0) => cells(line),
            (true, columns) => {
                assert_eq!(cells(line), columns, "{line}");
                columns
            }
        };
        assert!(!line.starts_with("| forged") && !line.starts_with("# head"), "{line}");
        let code = line.replace("\\`", "").matches('`').count();
        assert_eq!(code % 2, 0, "{line}");
    }
    assert_eq!(report.matches("forged").count(), 8, "{report}");
}
