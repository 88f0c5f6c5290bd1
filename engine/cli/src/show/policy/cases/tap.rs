//! TAP 14.

use std::fmt::Write;

use sluice_core::document::problem::Problems;

use super::Results;
use crate::show::safe;

pub fn text(results: &Results) -> String {
    let remarks: Vec<_> = results.remarks().collect();
    let mut text = format!("TAP version 14\n1..{}\n", results.ran.len() + remarks.len());
    for (at, one) in results.ran.iter().enumerate() {
        let verdict = if one.report.passed() { "ok" } else { "not ok" };
        let _ = writeln!(
            text,
            "{verdict} {} - {}",
            at + 1,
            name(&format!("{}/{}", one.report.policy, one.report.case))
        );
        if !one.report.passed() {
            let case = &one.shelved.case;
            let told: Vec<String> = one.report.differences.iter().map(|one| safe(&one.to_string())).collect();
            let at = serde_json::json!(format!("{}:{}", case.document, case.line));
            let _ = writeln!(text, "  ---\n  at: {at}\n  differences: {}\n  ...", serde_json::json!(told));
        }
    }
    for (at, (policy, rule, told)) in remarks.iter().enumerate() {
        let number = results.ran.len() + at + 1;
        let _ = writeln!(text, "not ok {number} - {}", name(&format!("{policy}/{rule}: {told}")));
    }
    if let Some(told) = results.left_out() {
        let _ = writeln!(text, "# {told}");
    }
    text
}

/// Documents that could not be read: nothing was run.
pub fn unread(problems: &Problems) -> String {
    let first = problems.iter().next().map_or_else(String::new, |first| safe(&first.to_string()));
    let first = first.lines().next().unwrap_or_default();
    format!("TAP version 14\nBail out! the policies can not be read: {first}\n")
}

/// `#` begins a directive, and `\` escapes it.
fn name(text: &str) -> String {
    safe(text).replace('\\', "\\\\").replace('#', "\\#")
}
