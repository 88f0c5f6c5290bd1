//! What a rehearsal has shown.

use serde_json::json;
use sluice_core::model::shape::Role;
use sluice_core::release::decision::Outcome;
use sluice_core::release::event::Purpose;
use sluice_core::report::{Report, ShapeLine};

use super::style::{BAD, DIM, GOOD, painted};
use super::{json_line, line, safe, time};
use crate::args::Output;

/// Says how long the way there and back took, and whether stable is as it was.
pub fn print(report: &Report, changes: &[String], output: Output) {
    let took = |purpose: Purpose| report.shapes.iter().rfind(|line| line.purpose == purpose);
    let (up, back) = (took(Purpose::Grow), took(Purpose::Restore));
    match output {
        Output::Json => json_line(&json!({
            "version": super::JSON_VERSION, "type": "rehearsal", "release": report.release,
            "outcome": report.outcome, "up-ms": up.and_then(span), "back-ms": back.and_then(span),
            "stable-as-before": changes.is_empty(), "changes": changes,
        })),
        Output::Human => drawn(report, up, back, changes).iter().for_each(|one| line(one)),
    }
}

fn drawn(
    report: &Report,
    up: Option<&ShapeLine>,
    back: Option<&ShapeLine>,
    changes: &[String],
) -> Vec<String> {
    let entry = |name: &str, text: &str| format!("  {} {text}", painted(DIM, format!("{name:<8}")));
    let good = report.outcome == Some(Outcome::Rehearsed) && changes.is_empty();
    let (style, sign) = if good { (GOOD, "✓") } else { (BAD, "✗") };
    let mut lines = vec![painted(style, format!("{sign} rehearsal: {}", safe(&report.reason)))];
    if let Some(up) = up {
        let count = up.shape.instances(Role::Candidate);
        let instances = if count == 1 { "1 instance".to_owned() } else { format!("{count} instances") };
        let when = span(up).map_or_else(|| "did not come up".to_owned(), |ms| format!("up in {}", short(ms)));
        lines.push(entry(
            "there",
            &format!("{instances} of {} {when}, without traffic", safe(&report.candidate)),
        ));
    }
    if let Some(ms) = back.and_then(span) {
        lines.push(entry("back", &format!("stable alone again in {}", short(ms))));
    }
    let stable = safe(report.stable.as_deref().unwrap_or_default());
    match changes {
        [] => lines.push(entry("stable", &format!("{stable} as before: the same instances, none restarted"))),
        changes => lines.extend(changes.iter().map(|change| entry("stable", &painted(BAD, safe(change))))),
    }
    lines
}

/// Instances may be there within a moment.
fn short(ms: u64) -> String {
    if ms < 1_000 { format!("{ms} ms") } else { time::span(ms) }
}

fn span(line: &ShapeLine) -> Option<u64> {
    line.in_effect_at.map(|at| at.saturating_sub(line.intended_at))
}
