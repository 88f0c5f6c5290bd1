//! A row for each check, with a mark for each verdict: its shape says which, and its colour again.

use std::collections::BTreeMap;

use super::canvas::{Canvas, escaped};
use super::scale::Scale;
use super::{PLACE, RIGHT};
use crate::model::verdict::Verdict;
use crate::report::Report;

const ROW: f64 = 20.0;
const MOST_CHECKS: usize = 12;

/// What was said in one place.
struct Place {
    worst: Verdict,
    x: f64,
    rounds: u64,
    reason: String,
}

/// Draws the rows; what is left out is told.
pub fn draw(canvas: &mut Canvas, scale: &Scale, report: &Report) -> Vec<String> {
    let mut checks: BTreeMap<&str, BTreeMap<u32, Place>> = BTreeMap::new();
    for line in &report.verdicts {
        let x = scale.x(line.at).min(RIGHT - 2.0);
        let places = checks.entry(&line.judgement.check).or_default();
        let (verdict, reason) = (line.judgement.verdict, &line.judgement.reason);
        let new = || Place { worst: verdict, x, rounds: 0, reason: reason.clone() };
        let place = places.entry((x / PLACE) as u32).or_insert_with(new);
        place.rounds += 1;
        if weight(verdict) > weight(place.worst) {
            *place = Place { worst: verdict, x, rounds: place.rounds, reason: reason.clone() };
        }
    }
    for (check, places) in checks.iter().take(MOST_CHECKS) {
        canvas.name(canvas.y + 13.0, check);
        for place in places.values() {
            let more = if place.rounds > 1 { format!("; {} rounds", place.rounds) } else { String::new() };
            let told = escaped(&format!("{check}: {}: {}{more}", place.worst, place.reason));
            let mark = mark(place.worst, place.x, canvas.y + 9.0);
            canvas.put(&format!("<g>{mark}<title>{told}</title></g>"));
        }
        canvas.y += ROW;
    }
    canvas.y += 4.0;
    let crowded = checks.values().flat_map(BTreeMap::values).any(|place| place.rounds > 1);
    let more = checks.len().saturating_sub(MOST_CHECKS);
    let left_out = (more > 0).then(|| format!("{more} further checks are in the report."));
    let merged = crowded.then(|| "Of several verdicts in one place the most serious is drawn.".to_owned());
    merged.into_iter().chain(left_out).collect()
}

/// How serious a verdict is.
fn weight(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Warn => 1,
        Verdict::Inconclusive => 2,
        Verdict::Error => 3,
        Verdict::Fail => 4,
    }
}

/// Round, a triangle, an open diamond, a square, a cross.
pub fn mark(verdict: Verdict, x: f64, y: f64) -> String {
    match verdict {
        Verdict::Pass => format!(r#"<circle class="good" cx="{x:.1}" cy="{y:.1}" r="3.2"/>"#),
        Verdict::Warn => {
            let (left, top, bottom) = (x - 4.2, y - 4.4, y + 3.6);
            format!(r#"<path class="careful" d="M{x:.1} {top:.1}L{:.1} {bottom:.1}H{left:.1}Z"/>"#, x + 4.2)
        }
        Verdict::Inconclusive => {
            format!(r#"<path class="open" d="M{x:.1} {:.1}l4 4l-4 4l-4 -4Z"/>"#, y - 4.0)
        }
        Verdict::Error => {
            format!(r#"<rect class="bad" x="{:.1}" y="{:.1}" width="7" height="7"/>"#, x - 3.5, y - 3.5)
        }
        Verdict::Fail => {
            format!(r#"<path class="cross" d="M{:.1} {:.1}l7 7m0 -7l-7 7"/>"#, x - 3.5, y - 3.5)
        }
    }
}
