//! What colours, areas and marks mean; only what the picture has.

use super::canvas::{Anchor, Canvas, WIDTH, fitted, width};
use super::verdicts::mark;
use super::weights::{ORDER, told};
use crate::model::shape::{Role, Weight};
use crate::model::verdict::Verdict;
use crate::report::Report;

const ROW: f64 = 20.0;
const VERDICTS: [Verdict; 5] =
    [Verdict::Pass, Verdict::Warn, Verdict::Inconclusive, Verdict::Error, Verdict::Fail];

pub fn draw(canvas: &mut Canvas, report: &Report) {
    canvas.y += 18.0;
    let mut x = 16.0;
    for (sign, word) in areas(report).into_iter().chain(verdicts(report)) {
        let word = fitted(&word, 12.0, 240.0);
        let room = 16.0 + width(&word, 12.0) + 14.0;
        if x + room > WIDTH - 16.0 {
            (x, canvas.y) = (16.0, canvas.y + ROW);
        }
        let sign = sign.drawn(x + 5.0, canvas.y - 4.0);
        canvas.put(&sign);
        canvas.text(x + 16.0, canvas.y, "dim", Anchor::Start, &word);
        x += room;
    }
}

enum Sign {
    Area(Role),
    Mirror,
    Verdict(Verdict),
}

impl Sign {
    fn drawn(&self, x: f64, y: f64) -> String {
        match self {
            Self::Area(role) => {
                format!(
                    r#"<rect class="{role}" x="{:.1}" y="{:.1}" width="11" height="11" rx="2"/>"#,
                    x - 5.5,
                    y - 5.5
                )
            }
            Self::Mirror => format!(r#"<path class="mirror" d="M{:.1} {y:.1}h13"/>"#, x - 6.0),
            Self::Verdict(verdict) => mark(*verdict, x, y),
        }
    }
}

fn areas(report: &Report) -> Vec<(Sign, String)> {
    let applied = || report.shapes.iter().filter(|line| line.in_effect_at.is_some()).map(|line| &line.shape);
    let served = |role: &Role| {
        let before = *role == Role::Stable && report.stable.is_some();
        before || applied().any(|shape| shape.weight(*role) > Weight::NONE)
    };
    let roles = ORDER.into_iter().rev().filter(served);
    let mut areas: Vec<_> = roles.map(|role| (Sign::Area(role), told(report, role))).collect();
    if let Some(mirror) = applied().find_map(|shape| shape.mirror) {
        areas.push((Sign::Mirror, format!("mirrored to {}", mirror.role)));
    }
    areas
}

fn verdicts(report: &Report) -> impl Iterator<Item = (Sign, String)> {
    let seen = |verdict: &Verdict| report.verdicts.iter().any(|line| line.judgement.verdict == *verdict);
    let seen: Vec<Verdict> = VERDICTS.into_iter().filter(seen).collect();
    seen.into_iter().map(|verdict| (Sign::Verdict(verdict), verdict.to_string()))
}
