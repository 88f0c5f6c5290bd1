//! What each revision has: its share, its instances, what is mirrored to it.

use sluice_core::model::shape::{Role, Shape};
use sluice_core::release::state::{Phase, State};

use super::Seen;
use crate::show::bar::bar;
use crate::show::style::{CANDIDATE, CAREFUL, DIM, STABLE, painted};

/// Cells of a bar in a terminal that is wide enough, and of the dots beside it.
const BAR: usize = 32;
const DOTS: u32 = 8;

pub fn shares(state: &State, seen: &Seen, width: usize) -> Vec<String> {
    let next = match &state.phase {
        Phase::Moving(moving) => Some(&moving.shape),
        _ => None,
    };
    let shown = Role::ALL.into_iter().filter_map(|role| share(state, seen, next, role, width));
    shown.chain(mirror(state, seen)).collect()
}

fn share(state: &State, seen: &Seen, next: Option<&Shape>, role: Role, width: usize) -> Option<String> {
    let wanted = state.shape.instances(role).max(next.map_or(0, |shape| shape.instances(role)));
    let version = match role {
        Role::Stable => &state.plan.stable.as_ref()?.version,
        Role::Candidate => &state.plan.candidate.version,
        // A copy of stable is there only where the strategy asks for one.
        Role::Baseline if wanted == 0 => return None,
        Role::Baseline => &state.plan.stable.as_ref()?.version,
    };
    let weight = state.shape.weight(role);
    let cells = BAR.min(width.saturating_sub(48)).max(8);
    let style = if role == Role::Candidate { CANDIDATE } else { STABLE };
    let name = format!("{:<9} {:<8}", role.name(), super::cut(version, 8));
    let drawn = painted(style, bar(weight, cells));
    Some(format!("  {name} {drawn} {:>6}{}", weight.to_string(), instances(wanted, ready(state, seen, role))))
}

fn ready(state: &State, seen: &Seen, role: Role) -> Option<u32> {
    let observed = || state.round.observed.as_ref().and_then(|set| set.ready.get(role.name()));
    seen.ready.get(role.name()).or_else(observed).copied()
}

/// A dot for each instance, full when it is ready; where there are many, or nobody looked yet, their number.
fn instances(wanted: u32, ready: Option<u32>) -> String {
    match (wanted, ready) {
        (0, None | Some(0)) => String::new(),
        (0, Some(left)) => painted(DIM, format!("  {left} draining")),
        (1, None) => painted(DIM, "  1 instance"),
        (_, None) => painted(DIM, format!("  {wanted} instances")),
        (1..=DOTS, Some(ready)) => {
            let count = |count: u32| usize::try_from(count).unwrap_or_default();
            let full = count(ready.min(wanted));
            format!("  {}{}", "●".repeat(full), "○".repeat(count(wanted) - full))
        }
        (_, Some(ready)) => format!("  {ready}/{wanted} ready"),
    }
}

fn mirror(state: &State, seen: &Seen) -> Option<String> {
    let mirror = state.shape.mirror?;
    let sorts: Vec<String> = seen.differences.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let differs = match sorts.is_empty() {
        true => painted(DIM, "no difference seen"),
        false => painted(CAREFUL, format!("differs: {}", sorts.join(", "))),
    };
    Some(format!("  mirror    {} to {}  {differs}", mirror.weight, mirror.role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_fill_as_instances_become_ready() {
        let plain = |wanted, ready| anstream::adapter::strip_str(&instances(wanted, ready)).to_string();
        assert_eq!(plain(3, Some(0)), "  ○○○");
        assert_eq!(plain(3, Some(2)), "  ●●○");
        assert_eq!(plain(3, Some(5)), "  ●●●");
        assert_eq!(plain(20, Some(7)), "  7/20 ready");
        assert_eq!(plain(0, Some(2)), "  2 draining");
        assert_eq!([plain(0, None), plain(2, None)], ["", "  2 instances"]);
    }
}
