//! JUnit: a suite a policy; what coverage and mutation lack is a suite of its own.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use sluice_core::document::problem::Problems;
use sluice_runner::policies::testing::Ran;

use super::Results;

pub fn text(results: &Results) -> String {
    let mut suites: BTreeMap<&str, Vec<&Ran>> = BTreeMap::new();
    results.ran.iter().for_each(|one| suites.entry(&one.report.policy).or_default().push(one));
    let remarks: Vec<_> = results.remarks().collect();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let took: Duration = results.ran.iter().map(|one| one.took).sum();
    let (all, failed) = (results.ran.len() + remarks.len(), results.failed() + remarks.len());
    let _ = writeln!(
        text,
        "<testsuites name=\"sluice policy test\" tests=\"{all}\" failures=\"{failed}\" time=\"{:.6}\">",
        took.as_secs_f64()
    );
    suites.iter().for_each(|(policy, ran)| suite(&mut text, policy, ran));
    if !remarks.is_empty() {
        let count = remarks.len();
        let _ = writeln!(text, "  <testsuite name=\"completeness\" tests=\"{count}\" failures=\"{count}\">");
        for (policy, rule, told) in &remarks {
            let (name, told) = (escaped(&format!("{policy}/{rule}: {told}")), escaped(told));
            let place = results.place(policy, rule);
            let place = place.map_or_else(String::new, |(file, line)| {
                format!(" file=\"{}\" line=\"{line}\"", escaped(file))
            });
            let _ = writeln!(text, "    <testcase classname=\"completeness\" name=\"{name}\"{place}>");
            let _ = writeln!(text, "      <failure message=\"{told}\"/>\n    </testcase>");
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn suite(text: &mut String, policy: &str, ran: &[&Ran]) {
    let failed = ran.iter().filter(|one| !one.report.passed()).count();
    let took: Duration = ran.iter().map(|one| one.took).sum();
    let (name, all, took) = (escaped(policy), ran.len(), took.as_secs_f64());
    let _ = writeln!(
        text,
        "  <testsuite name=\"{name}\" tests=\"{all}\" failures=\"{failed}\" time=\"{took:.6}\">"
    );
    for one in ran {
        let case = &one.shelved.case;
        let _ = write!(
            text,
            "    <testcase classname=\"{name}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.6}\"",
            escaped(&one.report.case),
            escaped(&case.document),
            case.line,
            one.took.as_secs_f64()
        );
        if one.report.passed() {
            text.push_str("/>\n");
            continue;
        }
        let told: Vec<String> = one.report.differences.iter().map(ToString::to_string).collect();
        let first = told.first().map_or("", |first| first.lines().next().unwrap_or_default());
        let (first, whole) = (escaped(first), escaped(&told.join("\n")));
        let _ = writeln!(text, ">\n      <failure message=\"{first}\">{whole}</failure>\n    </testcase>");
    }
    text.push_str("  </testsuite>\n");
}

/// Documents that could not be read: an error each, as no case was run.
pub fn unread(problems: &Problems) -> String {
    let count = problems.iter().count();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(text, "<testsuites name=\"sluice policy test\" tests=\"{count}\" errors=\"{count}\">");
    let _ = writeln!(text, "  <testsuite name=\"documents\" tests=\"{count}\" errors=\"{count}\">");
    for problem in problems.iter() {
        let name = problem.document.as_ref().map_or("policies", |document| document.name.as_str());
        let (line, column) = problem.position().unwrap_or((1, 1));
        let told = match &problem.help {
            Some(help) => format!("{} ({help})", problem.message),
            None => problem.message.clone(),
        };
        let _ = writeln!(
            text,
            "    <testcase classname=\"documents\" name=\"{name}:{line}:{column}\" file=\"{name}\" line=\"{line}\">\n      \
             <error type=\"{}\" message=\"{}\"/>\n    </testcase>",
            escaped(&problem.code),
            escaped(&told),
            name = escaped(name),
        );
    }
    text.push_str("  </testsuite>\n</testsuites>\n");
    text
}

/// XML has no place for most control characters, however they are written.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, one| {
        match one {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            one if one.is_control() || matches!(one, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            one => escaped.push(one),
        }
        escaped
    })
}
