//! The shares of the revisions as areas over one another, and the mirrored share as a line.

use std::fmt::Write;

use super::canvas::{Anchor, Canvas, escaped};
use super::scale::Scale;
use super::{LEFT, RIGHT};
use crate::model::shape::{Role, Shape};
use crate::report::Report;

const HEIGHT: f64 = 150.0;
/// From the bottom up.
pub const ORDER: [Role; 3] = [Role::Candidate, Role::Baseline, Role::Stable];

/// Shares from one place on.
struct Share {
    x: f64,
    /// The upper edge of each role's area, in the order above, in tenths of a percent.
    tops: [u16; 3],
    mirror: Option<u16>,
}

pub fn draw(canvas: &mut Canvas, scale: &Scale, report: &Report) {
    canvas.y += 6.0;
    let shares = shares(scale, report);
    let y = |tenths: u16| canvas.y + HEIGHT * (1.0 - f64::from(tenths) / 1000.0);
    let mut elements: Vec<String> = Vec::new();
    for (index, role) in ORDER.into_iter().enumerate() {
        let bottom = |share: &Share| index.checked_sub(1).map_or(0, |below| share.tops[below]);
        let runs = shares.windows(2).filter(|pair| pair[0].tops[index] > bottom(&pair[0]));
        let mut path = String::new();
        for pair in runs {
            let (from, to) = (pair[0].x, pair[1].x);
            let (top, low) = (y(pair[0].tops[index]), y(bottom(&pair[0])));
            let _ = write!(path, "M{from:.1} {top:.1}H{to:.1}V{low:.1}H{from:.1}Z");
        }
        if !path.is_empty() {
            let told = escaped(&told(report, role));
            elements.push(format!(r#"<path class="{role}" d="{path}"><title>{told}</title></path>"#));
        }
    }
    for tenths in [0, 250, 500, 750, 1000] {
        let at = y(tenths);
        elements.push(format!(r#"<path class="grid" d="M{LEFT:.1} {at:.1}H{RIGHT:.1}"/>"#));
    }
    // Over the lines of the grid, on which it often lies.
    elements.extend(mirror(&shares, y));
    elements.iter().for_each(|element| canvas.put(element));
    for (part, label) in [(1.0, "0 %"), (0.5, "50 %"), (0.0, "100 %")] {
        canvas.text(LEFT - 10.0, canvas.y + HEIGHT * part + 4.0, "small", Anchor::End, label);
    }
    canvas.y += HEIGHT + 10.0;
}

/// A role with its version.
pub fn told(report: &Report, role: Role) -> String {
    let version = match role {
        Role::Candidate => Some(report.candidate.as_str()),
        Role::Stable | Role::Baseline => report.stable.as_deref(),
    };
    format!("{role} {}", version.unwrap_or_default())
}

fn mirror(shares: &[Share], y: impl Fn(u16) -> f64) -> Option<String> {
    let mut path = String::new();
    for pair in shares.windows(2) {
        if let Some(tenths) = pair[0].mirror {
            let _ = write!(path, "M{:.1} {:.1}H{:.1}", pair[0].x, y(tenths), pair[1].x);
        }
    }
    (!path.is_empty())
        .then(|| format!(r#"<path class="mirror" d="{path}"><title>mirrored share</title></path>"#))
}

/// What was in effect from where on; of those in one place the last.
fn shares(scale: &Scale, report: &Report) -> Vec<Share> {
    let before = report.stable.as_ref().map_or_else(Shape::default, |_| Shape::only(Role::Stable, 1));
    let mut shares = vec![share(scale.x(report.started_at), &before)];
    let mut applied: Vec<_> =
        report.shapes.iter().filter_map(|line| Some((line.in_effect_at?, line))).collect();
    applied.sort_by_key(|(at, _)| *at);
    for (at, line) in applied {
        let next = share(scale.x(at), &line.shape);
        match shares.last_mut() {
            Some(last) if next.x - last.x < 1.0 => *last = Share { x: last.x, ..next },
            _ => shares.push(next),
        }
    }
    let end = share(RIGHT, &Shape::default());
    shares.push(end);
    shares
}

fn share(x: f64, shape: &Shape) -> Share {
    let mut sum = 0;
    let tops = ORDER.map(|role| {
        sum = (sum + shape.weight(role).get()).min(1000);
        sum
    });
    Share { x, tops, mirror: shape.mirror.map(|mirror| mirror.weight.get()) }
}
