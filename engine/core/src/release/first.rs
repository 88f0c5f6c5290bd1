//! The very first deployment: nothing is served yet, so no strategy is asked.
//!
//! One step brings the candidate up; its checks are judged, and a failed one takes it away again. Nobody
//! used the service before, so a check without data holds nothing up.

use crate::model::shape::{Gate, Step};

use super::event::{Event, Proposal};
use super::state::State;

/// How much longer than its minimum the only step may take.
const DEADLINE_FACTOR: u64 = 10;
const DEADLINE_EXTRA_MS: u64 = 300_000;

/// What stands in the place of the strategy's answer.
pub(super) fn answer(state: &State) -> Event {
    Event::StrategyAnswered { proposal: proposal(state), state: Vec::new() }
}

pub(super) fn proposal(state: &State) -> Proposal {
    match state.completed {
        0 => Proposal::Step(Box::new(only_step(state))),
        _ => Proposal::Complete("the first deployment is up".to_owned()),
    }
}

fn only_step(state: &State) -> Step {
    let min_time_ms = state.plan.first_min_time_ms;
    let deadline_ms = min_time_ms.saturating_mul(DEADLINE_FACTOR).saturating_add(DEADLINE_EXTRA_MS);
    let (checks, approval) = (Vec::new(), None);
    let gate = Gate { min_time_ms, min_events: 0, checks, unchecked: false, approval, deadline_ms };
    let (name, reason) = ("first deployment".to_owned(), String::new());
    Step { name, shape: state.promoted_shape(), gate, reason }
}
