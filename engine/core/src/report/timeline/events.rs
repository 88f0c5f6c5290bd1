//! Decisions, people's words and the changes that come of them, as marks with short words below.

use std::collections::BTreeMap;

use super::canvas::{Anchor, Canvas, WIDTH, escaped, fitted, width};
use super::scale::Scale;
use super::{LEFT, PLACE, RIGHT};
use crate::release::decision::DecisionKind;
use crate::release::event::{Purpose, Signal};
use crate::report::Report;

/// Rows of words.
const TIERS: usize = 6;
const TIER: f64 = 15.0;
const WORDS: f64 = 170.0;

/// A mark, and what it says.
#[derive(Debug, Clone)]
struct Mark {
    at: u64,
    /// How serious it is among marks in one place.
    weight: u8,
    class: &'static str,
    word: String,
    told: String,
}

/// Where a word stands.
struct Placed {
    tier: usize,
    x: f64,
    anchor: Anchor,
}

/// Draws them; what is left out is told.
pub fn draw(canvas: &mut Canvas, scale: &Scale, report: &Report) -> Option<String> {
    let all = marks(report);
    let count = all.len();
    let mut places: BTreeMap<u32, Mark> = BTreeMap::new();
    for mark in all {
        let place = (scale.x(mark.at) / PLACE) as u32;
        match places.get(&place) {
            Some(other) if other.weight > mark.weight => {}
            _ => drop(places.insert(place, mark)),
        }
    }
    let shown: Vec<Mark> = places.into_values().collect();
    let words = place(scale, &shown);
    canvas.name(canvas.y + 8.0, "decided");
    let line = canvas.y + 4.0;
    canvas.put(&format!(r#"<path class="grid" d="M{LEFT:.1} {line:.1}H{RIGHT:.1}"/>"#));
    let mut deepest = 0;
    for (mark, placed) in shown.iter().zip(&words) {
        let (x, told) = (scale.x(mark.at), escaped(&mark.told));
        if let Some(placed) = placed {
            let y = line + 14.0 + TIER * placed.tier as f64;
            deepest = deepest.max(placed.tier + 1);
            canvas.put(&format!(r#"<path class="line" d="M{x:.1} {line:.1}V{:.1}"/>"#, y - 3.0));
            canvas.text(placed.x, y, mark.class, placed.anchor, &mark.word);
        }
        let class = mark.class;
        canvas.put(&format!(
            r#"<circle class="{class}" cx="{x:.1}" cy="{line:.1}" r="3.5"><title>{told}</title></circle>"#
        ));
    }
    canvas.y = line + 12.0 + TIER * deepest as f64;
    let unsaid = count - words.iter().flatten().count();
    (unsaid > 0).then(|| format!("{unsaid} of {count} decisions, words and changes are only in the report."))
}

/// From the right to the left, each word in the first row where it, and the line that leads to it, has room.
fn place(scale: &Scale, marks: &[Mark]) -> Vec<Option<Placed>> {
    let mut free = [WIDTH - 8.0; TIERS];
    let mut placed: Vec<Option<Placed>> = Vec::new();
    for mark in marks.iter().rev() {
        let (x, room) = (scale.x(mark.at), width(&mark.word, 12.0));
        let leads = |tier: usize, free: &[f64; TIERS]| free[..tier].iter().all(|edge| x + 3.0 <= *edge);
        let right = (0..TIERS).find(|tier| x + 5.0 + room <= free[*tier] && leads(*tier, &free));
        let left = |tier: &usize| x + 2.0 <= free[*tier] && leads(*tier, &free) && x - 5.0 - room > 8.0;
        let found = match right {
            Some(tier) => Some((tier, x + 5.0, Anchor::Start, x)),
            // At the right edge, where it has no room to that side.
            None if x + 5.0 + room > WIDTH - 8.0 => {
                (0..TIERS).find(left).map(|tier| (tier, x - 5.0, Anchor::End, x - 5.0 - room))
            }
            None => None,
        };
        placed.push(found.map(|(tier, at, anchor, begins)| {
            free[..tier].iter_mut().for_each(|edge| *edge = edge.min(x - 3.0));
            free[tier] = begins - 6.0;
            Placed { tier, x: at, anchor }
        }));
    }
    placed.reverse();
    placed
}

fn marks(report: &Report) -> Vec<Mark> {
    let mut marks = decisions(report);
    marks.extend(report.signals.iter().map(|line| {
        let word = fitted(&format!("{}: {}", line.who, signal_word(&line.signal)), 12.0, WORDS);
        let told = format!("{} said {}: {}", line.who, signal_word(&line.signal), line.comment);
        Mark { at: line.at, weight: 4, class: "plain", word, told }
    }));
    marks.extend(report.shapes.iter().filter_map(|line| {
        let (weight, class, word) = match line.purpose {
            Purpose::Grow | Purpose::Step => return None,
            Purpose::Repair => (2, "careful", "repaired"),
            Purpose::Retreat => (2, "bad", "retreat"),
            Purpose::Restore => (5, "bad", "stable restored"),
            Purpose::Promote => (5, "good", "promoted"),
        };
        let told = format!("{word}: {}", line.shape);
        Some(Mark { at: line.in_effect_at?, weight, class, word: word.to_owned(), told })
    }));
    marks.sort_by_key(|mark| mark.at);
    marks
}

/// What was decided; going on with a step once more, as its gate closed, is shown by the next step.
fn decisions(report: &Report) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let mut last = (None, String::new());
    for line in &report.decisions {
        let decision = &line.decision;
        let (weight, class, word) = match decision.kind {
            DecisionKind::Proceed => (1, "good", format!("proceed {}", decision.about)),
            DecisionKind::Hold => (3, "careful", format!("hold {}", decision.about)),
            DecisionKind::AwaitApproval => (3, "careful", format!("await approval {}", decision.about)),
            DecisionKind::RollBack => (6, "bad", "roll back".to_owned()),
            DecisionKind::Abort => (6, "bad", "abort".to_owned()),
        };
        let this = (Some(decision.kind), decision.about.clone());
        let again = decision.kind == DecisionKind::Proceed && this == last;
        last = this;
        if !again {
            let reasons: Vec<String> = decision.reasons.iter().take(8).map(ToString::to_string).collect();
            let told = format!("{} {}: {}", decision.kind, decision.about, reasons.join("; "));
            marks.push(Mark { at: line.at, weight, class, word: fitted(&word, 12.0, WORDS), told });
        }
    }
    marks
}

fn signal_word(signal: &Signal) -> String {
    match signal {
        Signal::Accept { job } => format!("accept {job}"),
        other => crate::report::markdown::word(other),
    }
}
