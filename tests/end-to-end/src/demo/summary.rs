//! What users saw, as a table.

use std::fmt::Write;

use super::{Part, wrong};
use crate::load::Tally;

const VERSIONS: [&str; 3] = ["v1", "v2", "v3"];

/// The table, and what came out otherwise than it should.
pub fn summary(parts: &[Part]) -> String {
    let mut text = String::from("What users saw\n\n");
    let _ = writeln!(
        text,
        "  {:<14}{:<14}{:>7}{:>10}{:>8}{:>8}{:>8}{:>8}{:>6}{:>9}",
        "", "outcome", "took", "requests", "v1", "v2", "v3", "500s", "lost", "p99"
    );
    for part in parts {
        let _ = writeln!(
            text,
            "  {:<14}{:<14}{:>5.1} s{}",
            part.title,
            outcome(part.code),
            part.took.as_secs_f64(),
            counts(&part.seen)
        );
    }
    let problems: Vec<String> = parts.iter().flat_map(wrong).collect();
    if problems.is_empty() {
        text.push_str("\nNo request was lost, and only v3 answered any with an error: as it should be.\n");
    } else {
        text.push_str("\nThis is not as it should be:\n");
        problems.iter().for_each(|problem| {
            let _ = writeln!(text, "  {problem}");
        });
    }
    text
}

fn counts(seen: &Tally) -> String {
    if seen.requests() == 0 {
        return String::new();
    }
    let mut text = format!("{:>10}", seen.requests());
    for version in VERSIONS {
        let _ = write!(text, "{:>8}", seen.of_version(version));
    }
    let errors: u64 = VERSIONS.iter().map(|version| seen.errors_of(version)).sum();
    let p99 = seen.latencies.quantile(0.99).map_or(0.0, |took| took.as_secs_f64() * 1e3);
    let _ = write!(text, "{errors:>8}{:>6}{p99:>6.1} ms", seen.lost());
    text
}

fn outcome(code: Option<i32>) -> &'static str {
    match code {
        None => "",
        Some(0) => "promoted",
        Some(4) => "rolled back",
        Some(_) => "failed",
    }
}
