//! A picture of a release over time, as SVG: who had which share, what the checks said, what was decided.
//!
//! It stands alone: no script, nothing from elsewhere, its own colours for light and dark. Its size is bounded
//! however long the release took: of marks in one place the most serious is drawn, and that is told.

mod canvas;
mod events;
mod lanes;
mod legend;
mod plots;
mod scale;
#[cfg(test)]
mod tests;
mod verdicts;
mod weights;

use canvas::{Anchor, Canvas, WIDTH};

pub(super) use canvas::escaped;
pub(super) use plots::draw as plots;
use scale::Scale;

use super::Report;
use super::time::{date_and_time, of_day, span};
use crate::release::decision::Outcome;

/// Where time begins and ends across the picture; names stand to its left.
const LEFT: f64 = 128.0;
const RIGHT: f64 = WIDTH - 24.0;
/// Marks nearer to one another than this are one.
const PLACE: f64 = 10.0;

pub(super) fn draw(report: &Report) -> String {
    let scale = Scale::new(report.started_at, report.last_at);
    let mut canvas = Canvas::new();
    head(&mut canvas, report);
    let top = canvas.y;
    let mut left_out = Vec::new();
    lanes::phases(&mut canvas, &scale, report);
    lanes::steps(&mut canvas, &scale, report);
    weights::draw(&mut canvas, &scale, report);
    left_out.extend(events::draw(&mut canvas, &scale, report));
    left_out.extend(verdicts::draw(&mut canvas, &scale, report));
    left_out.extend(lanes::jobs(&mut canvas, &scale, report));
    axis(&mut canvas, &scale, top);
    legend::draw(&mut canvas, report);
    for note in left_out {
        canvas.y += 16.0;
        canvas.text(16.0, canvas.y, "small", Anchor::Start, &note);
    }
    canvas.finish("timeline", &title(report), &description(report))
}

fn head(canvas: &mut Canvas, report: &Report) {
    canvas.y = 30.0;
    let (class, word) = outcome(report);
    let badge = canvas.text(RIGHT, canvas.y, class, Anchor::End, &word);
    let room = WIDTH - 48.0 - badge - 24.0;
    canvas.text(16.0, canvas.y, "title", Anchor::Start, &canvas::fitted(&title(report), 16.0, room));
    canvas.y += 20.0;
    let took = span(report.last_at.saturating_sub(report.started_at));
    let kind = if report.rehearsal { "rehearsal  ·  " } else { "" };
    let line = format!("{kind}{}  ·  {}  ·  {took}", report.release, date_and_time(report.started_at));
    canvas.text(16.0, canvas.y, "dim", Anchor::Start, &canvas::fitted(&line, 12.0, WIDTH - 40.0));
    if !report.reason.is_empty() {
        canvas.y += 18.0;
        canvas.text(
            16.0,
            canvas.y,
            "dim",
            Anchor::Start,
            &canvas::fitted(&report.reason, 12.0, WIDTH - 40.0),
        );
    }
    canvas.y += 14.0;
}

/// Ticks of time under everything, and their lines behind it.
fn axis(canvas: &mut Canvas, scale: &Scale, top: f64) {
    canvas.y += 4.0;
    let bottom = canvas.y;
    for (x, label) in scale.ticks() {
        canvas.behind(&format!(r#"<path class="grid" d="M{x:.1} {top:.1}V{bottom:.1}"/>"#));
        canvas.text(x, bottom + 14.0, "small", Anchor::Middle, &label);
    }
    canvas.put(&format!(r#"<path class="line" d="M{LEFT:.1} {bottom:.1}H{RIGHT:.1}"/>"#));
    canvas.y += 18.0;
}

fn title(report: &Report) -> String {
    let from = report.stable.as_ref().map_or_else(String::new, |stable| format!("{stable} → "));
    format!("{}: {from}{}", report.service, report.candidate)
}

/// The same in words, for those who can not see it.
fn description(report: &Report) -> String {
    let (_, outcome) = outcome(report);
    let mut text = format!("{outcome}. {}", report.reason);
    for shape in report.shapes.iter().take(40) {
        let effect = shape.in_effect_at.map_or_else(|| "never in effect".to_owned(), of_day);
        text.push_str(&format!(" {effect}: {}.", shape.shape));
    }
    text
}

fn outcome(report: &Report) -> (&'static str, String) {
    match report.outcome {
        Some(outcome @ (Outcome::Promoted | Outcome::Rehearsed)) => ("title good", outcome.to_string()),
        Some(outcome) => ("title bad", outcome.to_string()),
        None => ("title careful", "open".to_owned()),
    }
}
