//! What each check saw, under the same line of time as the rest: a line for each revision, its bounds, how it came
//! out, and what was decided.

use std::fmt::Write;

use super::canvas::{Anchor, Canvas, WIDTH, escaped, fitted, width};
use super::scale::Scale;
use super::verdicts::mark;
use super::{LEFT, PLACE, RIGHT};
use crate::model::verdict::Verdict;
use crate::release::decision::DecisionKind;
use crate::report::Report;
use crate::report::charts::{Chart, Line};

const HEIGHT: f64 = 96.0;
/// Changes of course that are drawn into every plot.
const MOST_DECISIONS: usize = 40;

/// The values from the bottom to the top of a plot.
struct Values {
    least: f64,
    most: f64,
    top: f64,
}

/// Draws all plots; what is left out is told.
pub fn draw(report: &Report) -> String {
    let scale = Scale::new(report.started_at, report.last_at);
    let mut canvas = Canvas::new();
    canvas.y = 30.0;
    canvas.text(16.0, canvas.y, "title", Anchor::Start, "What the checks saw");
    canvas.y += 18.0;
    if report.charts.all().is_empty() {
        canvas.text(16.0, canvas.y, "dim", Anchor::Start, "No check had a value.");
        canvas.y += 12.0;
    }
    for chart in report.charts.all() {
        plot(&mut canvas, &scale, report, chart);
    }
    let left_out = report.charts.left_out();
    if left_out > 0 {
        canvas.text(16.0, canvas.y, "small", Anchor::Start, "Further values are only in the journal.");
    }
    canvas.finish("plots", "What the checks saw", &description(report))
}

fn plot(canvas: &mut Canvas, scale: &Scale, report: &Report, chart: &Chart) {
    let bound = if chart.bound.is_empty() { String::new() } else { format!("  ({})", chart.bound) };
    let name = fitted(&format!("{}: {}{bound}", chart.check, chart.name), 12.0, WIDTH - 48.0);
    canvas.y += 14.0;
    canvas.text(16.0, canvas.y, "", Anchor::Start, &name);
    canvas.y += 6.0;
    let values = Values::of(chart, canvas.y);
    values.frame(canvas);
    for bound in chart.bounds() {
        let y = values.y(bound);
        canvas.put(&format!(r#"<path class="bound" d="M{LEFT:.1} {y:.1}H{RIGHT:.1}"/>"#));
        // Under the line where it would else stand in the title.
        let y = if y - 12.0 < values.top { y + 11.0 } else { y - 3.0 };
        canvas.text(LEFT + 4.0, y, "small", Anchor::Start, &format!("bound {}", short(bound)));
    }
    decisions(canvas, scale, report, values.top);
    for line in &chart.lines {
        values.line(canvas, scale, line);
    }
    canvas.y += HEIGHT + 12.0;
    verdicts(canvas, scale, chart);
    for (x, label) in scale.ticks() {
        canvas.text(x, canvas.y + 10.0, "small", Anchor::Middle, &label);
    }
    canvas.y += 26.0;
    legend(canvas, chart);
    canvas.y += 14.0;
}

/// Where the course changed, in every plot.
fn decisions(canvas: &mut Canvas, scale: &Scale, report: &Report, top: f64) {
    let turns = report.decisions.iter().filter(|line| line.decision.kind != DecisionKind::Hold);
    let mut last = (f64::NEG_INFINITY, DecisionKind::Hold);
    let mut drawn = 0;
    for line in turns {
        let (x, kind) = (scale.x(line.at), line.decision.kind);
        if (x - last.0 < PLACE && kind == last.1) || drawn >= MOST_DECISIONS {
            continue;
        }
        (last, drawn) = ((x, kind), drawn + 1);
        let class = match kind {
            DecisionKind::Proceed => "turn going",
            DecisionKind::RollBack | DecisionKind::Abort => "turn back",
            DecisionKind::Hold | DecisionKind::AwaitApproval => "turn waiting",
        };
        let reasons: Vec<String> = line.decision.reasons.iter().take(4).map(ToString::to_string).collect();
        let told = escaped(&format!("{kind} {}: {}", line.decision.about, reasons.join("; ")));
        let bottom = top + HEIGHT;
        canvas.put(&format!(
            r#"<path class="{class}" d="M{x:.1} {top:.1}V{bottom:.1}"><title>{told}</title></path>"#
        ));
        if matches!(kind, DecisionKind::RollBack | DecisionKind::Abort) {
            let word = kind.to_string();
            let (at, anchor) = if x + width(&word, 12.0) > RIGHT {
                (x - 4.0, Anchor::End)
            } else {
                (x + 4.0, Anchor::Start)
            };
            canvas.text(at, bottom - 6.0, "bad", anchor, &word);
        }
    }
}

/// One mark for each place, the most serious.
fn verdicts(canvas: &mut Canvas, scale: &Scale, chart: &Chart) {
    let mut places: Vec<(u32, f64, Verdict)> = Vec::new();
    for (at, verdict) in &chart.verdicts {
        let x = scale.x(*at);
        let place = (x / PLACE) as u32;
        match places.last_mut() {
            Some((last, _, worst)) if *last == place => *worst = (*worst).max(*verdict),
            _ => places.push((place, x, *verdict)),
        }
    }
    for (_, x, verdict) in places {
        let drawn = mark(verdict, x, canvas.y - 4.0);
        canvas.put(&format!("<g>{drawn}<title>{verdict}</title></g>"));
    }
    canvas.y += if chart.verdicts.is_empty() { 0.0 } else { 6.0 };
}

fn legend(canvas: &mut Canvas, chart: &Chart) {
    let mut x = LEFT;
    for line in &chart.lines {
        let last = line.points.last().map_or_else(String::new, |last| short(last.most));
        let text = fitted(format!("{} {} {last}", line.role, line.labels).trim(), 11.0, 300.0);
        if x + width(&text, 12.0) + 30.0 > RIGHT {
            canvas.y += 15.0;
            x = LEFT;
        }
        let (class, y) = (class_of(line), canvas.y - 4.0);
        canvas.put(&format!(r#"<path class="{class}" d="M{x:.1} {y:.1}h22"/>"#));
        canvas.text(x + 28.0, canvas.y, "small", Anchor::Start, &text);
        x += 44.0 + width(&text, 12.0);
    }
    if chart.left_out > 0 {
        canvas.y += 15.0;
        canvas.text(LEFT, canvas.y, "small", Anchor::Start, "Further series are only in the journal.");
    }
}

/// A dash and a colour.
fn class_of(line: &Line) -> &'static str {
    match line.role.as_str() {
        "stable" => "of-stable",
        "candidate" => "of-candidate",
        "baseline" => "of-baseline",
        _ => "of-none",
    }
}

impl Values {
    fn of(chart: &Chart, top: f64) -> Self {
        let points = chart.lines.iter().flat_map(|line| &line.points);
        let all = points.flat_map(|point| [point.least, point.most]).chain(chart.bounds());
        let (least, most) =
            all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), one| (low.min(one), high.max(one)));
        if !least.is_finite() {
            return Self { least: 0.0, most: 1.0, top };
        }
        // What is above zero is seen from there, and a flat line in the middle.
        let least = if least > 0.0 && least < most * 0.8 { 0.0 } else { least };
        let room = if most > least { 0.0 } else { (most.abs() / 2.0).max(0.5) };
        Self { least: least - room, most: most + room, top }
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value / 2.0 - self.least / 2.0) / (self.most / 2.0 - self.least / 2.0);
        self.top + HEIGHT - 4.0 - share.clamp(0.0, 1.0) * (HEIGHT - 8.0)
    }

    fn frame(&self, canvas: &mut Canvas) {
        let (top, bottom) = (self.top, self.top + HEIGHT);
        canvas.put(&format!(r#"<path class="line" d="M{LEFT:.1} {top:.1}V{bottom:.1}H{RIGHT:.1}"/>"#));
        for value in [self.most, self.least / 2.0 + self.most / 2.0, self.least] {
            let y = self.y(value);
            canvas.put(&format!(r#"<path class="grid" d="M{LEFT:.1} {y:.1}H{RIGHT:.1}"/>"#));
            canvas.text(LEFT - 8.0, y + 4.0, "small", Anchor::End, &short(value));
        }
    }

    fn line(&self, canvas: &mut Canvas, scale: &Scale, line: &Line) {
        let mut path = String::new();
        for (index, point) in line.points.iter().enumerate() {
            let (x, low, high) = (scale.x(point.at), self.y(point.least), self.y(point.most));
            let _ = write!(path, "{}{x:.1} {low:.1}", if index == 0 { "M" } else { "L" });
            if high < low {
                let _ = write!(path, "L{x:.1} {high:.1}");
            }
        }
        let class = class_of(line);
        if line.points.len() == 1 {
            path.push_str("h3");
        }
        let told = escaped(format!("{} {}", line.role, line.labels).trim());
        canvas.put(&format!(r#"<path class="{class}" d="{path}"><title>{told}</title></path>"#));
    }
}

/// The same in words, for those who can not see it.
fn description(report: &Report) -> String {
    let mut text = String::new();
    for chart in report.charts.all() {
        let worst = chart.verdicts.iter().map(|(_, verdict)| *verdict).max();
        let worst = worst.map_or_else(String::new, |worst| format!(", at worst {worst}"));
        let _ = write!(text, "{}, {} {}{worst}. ", chart.check, chart.name, chart.bound);
    }
    text
}

/// A number as short as it can be told.
fn short(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e6).contains(&size) {
        return format!("{value:.1e}");
    }
    let decimals = match size {
        100.0.. => 0,
        0.001.. => 4,
        _ => 7,
    };
    let shown = format!("{value:.decimals$}");
    if shown.contains('.') { shown.trim_end_matches('0').trim_end_matches('.').to_owned() } else { shown }
}
