//! The steps that a release takes, in words.

use sluice_core::document::measure::show_duration;
use sluice_core::model::shape::{Approval, Gate, Matcher, Route, Shape, Step};
use sluice_core::plan::Kind;
use sluice_core::release::outline::{End, Outline};

use super::safe;
use super::style::{DIM, painted};

/// A line for each step and one for its gate, then what comes after them.
pub fn drawn(outline: &Outline, kind: Kind) -> Vec<String> {
    let mut lines = Vec::new();
    for (number, step) in (1..).zip(&outline.steps) {
        lines.push(format!(
            "  {} {}: {}",
            painted(DIM, format!("{:<10}", format!("step {number}"))),
            safe(&step.name),
            shape(&step.shape)
        ));
        lines.push(format!("  {} {}", painted(DIM, format!("{:<10}", "")), painted(DIM, gate(step, kind))));
        if !step.reason.is_empty() {
            lines.push(format!("  {:<10} {}", "", painted(DIM, safe(&step.reason))));
        }
    }
    let end = match &outline.end {
        End::Promotion => "the candidate is promoted".to_owned(),
        End::Unknown(why) => format!("not to be said beforehand: {}", safe(why)),
    };
    lines.push(format!("  {} {end}", painted(DIM, format!("{:<10}", "then"))));
    lines
}

/// Who gets what, by weight, route and mirror.
pub(super) fn shape(shape: &Shape) -> String {
    let mut parts = vec![shape.to_string()];
    parts.extend(shape.routes.iter().map(route));
    parts.extend(shape.mirror.map(|mirror| format!("{} mirrored to {}", mirror.weight, mirror.role)));
    parts.join("; ")
}

fn route(route: &Route) -> String {
    let carries = match &route.matcher {
        Matcher::Header { name, value } => format!("header `{name}: {value}`"),
        Matcher::Cookie { name, value } => format!("cookie `{name}={value}`"),
    };
    format!("{} to {}", safe(&carries), route.role)
}

fn gate(step: &Step, kind: Kind) -> String {
    let gate = &step.gate;
    let mut parts = vec![format!("for {}", show_duration(gate.min_time_ms))];
    if gate.min_events > 0 {
        parts.push(format!("{} events", gate.min_events));
    }
    parts.push(checks(step, gate, kind));
    parts.extend(gate.approval.as_ref().map(approval));
    parts.push(format!("else back after {}", show_duration(gate.deadline_ms)));
    parts.join(", ")
}

fn checks(step: &Step, gate: &Gate, kind: Kind) -> String {
    match gate.checks.as_slice() {
        _ if step.goes_unchecked() => "no check, as nobody is exposed".to_owned(),
        // Nobody used the service before: no data holds nothing up.
        [] if kind == Kind::First => "no check fails".to_owned(),
        [] => "every check passes".to_owned(),
        named => format!("{} {}", named.join(" and "), if named.len() == 1 { "passes" } else { "pass" }),
    }
}

fn approval(approval: &Approval) -> String {
    let by = if approval.group.is_empty() { "anybody" } else { &approval.group };
    let message =
        if approval.message.is_empty() { String::new() } else { format!(" (`{}`)", approval.message) };
    safe(&format!("approval by {by}{message} within {}", show_duration(approval.deadline_ms)))
}
