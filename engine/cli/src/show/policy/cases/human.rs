//! For people: what is wrong, with what was expected and what came; then the numbers.

use sluice_policy::testing::Difference;
use sluice_runner::policies::testing::Ran;

use super::{Results, is_covered};
use crate::show::style::{BAD, CAREFUL, DIM, GOOD, painted};
use crate::show::{counted, line, safe};

pub fn print(results: &Results) {
    results.ran.iter().filter(|one| !one.report.passed()).for_each(failed);
    for (policy, rule, text) in results.remarks() {
        let place = results.place(policy, rule);
        let place =
            place.map_or_else(String::new, |(file, at)| painted(DIM, format!("  {}:{at}", safe(file))));
        line(&format!("{}  {}{place}", painted(CAREFUL, format!("! {policy}/{rule}")), safe(&text)));
    }
    let (all, failed) = (results.ran.len(), results.failed());
    let head = match failed {
        0 => painted(GOOD, format!("{} passed", counted(all, "case", "cases"))),
        _ => painted(BAD, format!("{failed} of {} failed", counted(all, "case", "cases"))),
    };
    line(&head);
    if let Some(coverage) = &results.coverage {
        let covered = coverage.rules.iter().filter(|rule| is_covered(rule)).count();
        let (seen, conditions) = coverage.conditions();
        line(&format!(
            "coverage: {covered} of {} seen to pass and to fail, {seen} of {} seen true and false",
            counted(coverage.rules.len(), "rule", "rules"),
            counted(conditions, "condition", "conditions"),
        ));
    }
    if let Some(mutation) = &results.mutation {
        let survived = mutation.survivors.len();
        line(&format!(
            "mutation: {survived} of {} not noticed",
            counted(mutation.tried, "change", "changes")
        ));
        if let Some(told) = results.left_out() {
            line(&painted(CAREFUL, format!("! {told}")));
        }
    }
}

fn failed(one: &Ran) {
    let case = &one.shelved.case;
    let place = painted(DIM, format!("{}:{}", safe(&case.document), case.line));
    line(&format!(
        "{}  {place}",
        painted(BAD, format!("✗ {}/{}", one.report.policy, safe(&one.report.case)))
    ));
    for difference in &one.report.differences {
        match difference {
            Difference::Message { rule, expected, said } => {
                line(&format!("    `{rule}` says other words"));
                line(&painted(BAD, format!("    - {}", safe(expected))));
                line(&painted(GOOD, format!("    + {}", safe(said))));
            }
            Difference::Result { rule, expected, said, message } => {
                line(&format!("    `{rule}`"));
                line(&painted(BAD, format!("    - {}", expected.name())));
                let message = if message.is_empty() { String::new() } else { format!(": {}", safe(message)) };
                line(&painted(GOOD, format!("    + {}{message}", said.name())));
            }
            other => line(&format!("    {}", safe(&other.to_string()))),
        }
    }
}
