//! Bars: what the release was busy with, its steps, its jobs.

use super::canvas::{Anchor, Canvas, fitted, width};
use super::scale::Scale;
use super::{LEFT, RIGHT};
use crate::release::event::Purpose;
use crate::report::time::span;
use crate::report::{JobLine, Report, ShapeLine};

const BAR: f64 = 18.0;
/// Distance of rows.
const ROW: f64 = 22.0;
const MOST_JOBS: usize = 16;
/// Bars of one row; more could not be told apart.
const MOST_BARS: usize = 200;

pub fn phases(canvas: &mut Canvas, scale: &Scale, report: &Report) {
    let bars = report.phases.iter().map(|phase| (phase.name.to_owned(), phase.from, phase.to));
    row(canvas, scale, "stage", bars.collect());
}

/// Each step from when its shape was in effect until another took its place.
pub fn steps(canvas: &mut Canvas, scale: &Scale, report: &Report) {
    let places = |line: &&ShapeLine| !matches!(line.purpose, Purpose::Grow | Purpose::Repair);
    let all: Vec<&ShapeLine> = report.shapes.iter().filter(places).collect();
    let mut bars = Vec::new();
    for (index, line) in all.iter().enumerate() {
        let next = all[index + 1..].iter().find_map(|next| next.in_effect_at);
        let to = next.unwrap_or(report.last_at);
        if let (Some(from), false) = (line.in_effect_at, line.step.is_empty()) {
            bars.push((line.step.clone(), from, to));
        }
    }
    if !bars.is_empty() {
        row(canvas, scale, "step", bars);
    }
}

fn row(canvas: &mut Canvas, scale: &Scale, name: &str, bars: Vec<(String, u64, u64)>) {
    canvas.name(canvas.y + 13.0, name);
    let mut end = LEFT;
    for (word, from, to) in bars.into_iter().take(MOST_BARS) {
        let (x, until) = (scale.x(from).max(end), scale.x(to) - 1.0);
        if until < x && scale.x(to) < RIGHT {
            // Too short to be seen beside the next.
            continue;
        }
        let took = span(to.saturating_sub(from));
        canvas.bar("bar", x, until, BAR, &format!("{word}: {took}"));
        let shown = fitted(&word, 12.0, until - x - 8.0);
        if shown.chars().count() > 2 || shown == word {
            canvas.text(x + 4.0, canvas.y + 13.0, "inside", Anchor::Start, &shown);
        }
        end = until + 1.0;
    }
    canvas.y += ROW + 2.0;
}

/// Every try of every job; what is left out is told.
pub fn jobs(canvas: &mut Canvas, scale: &Scale, report: &Report) -> Option<String> {
    for one in report.jobs.iter().take(MOST_JOBS) {
        job(canvas, scale, one);
    }
    let more = report.jobs.len().saturating_sub(MOST_JOBS);
    (more > 0).then(|| format!("{more} further tries of jobs are in the report."))
}

fn job(canvas: &mut Canvas, scale: &Scale, one: &JobLine) {
    let (from, to) = (scale.x(one.at.saturating_sub(one.result.took_ms)), scale.x(one.at));
    let (class, word) = if one.result.passed { ("passed", "passed") } else { ("failed", "failed") };
    canvas.name(canvas.y + 13.0, &one.job);
    canvas.bar(class, from, to, BAR, &format!("{}, try {}: {}", one.job, one.attempt, one.result.how));
    let again = if one.attempt > 1 { format!(", try {}", one.attempt) } else { String::new() };
    let took = span(one.result.took_ms);
    let text = format!("{word} in {took}{again}");
    let room = width(&text, 12.0);
    let to = to.max(from + 1.5);
    let y = canvas.y + 13.0;
    if to + 6.0 + room <= RIGHT {
        canvas.text(to + 6.0, y, "dim", Anchor::Start, &text);
    } else if from - 6.0 - room >= LEFT {
        canvas.text(from - 6.0, y, "dim", Anchor::End, &text);
    } else {
        canvas.text(from + 6.0, y, "inside", Anchor::Start, &fitted(&text, 12.0, to - from - 12.0));
    }
    canvas.y += ROW;
}
