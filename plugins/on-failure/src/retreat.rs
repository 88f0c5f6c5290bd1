//! The shapes on the way back. None of them exposes more users to the candidate than the shape in effect.

use sluice_sdk::{Call, Retreat, Role, Shape, Weight};

use crate::config::How;

/// Below this a further half is not worth the time.
const SMALLEST: Weight = Weight::per_mille(10);

/// The shapes to stable, which itself is not among them; none is at once.
pub fn retreats(how: &How, call: &Call) -> Vec<Retreat> {
    let How::Stepwise(stepwise) = how else { return Vec::new() };
    let now = call.snapshot.shape.weight(&Role::Candidate);
    let weights = if stepwise.weights.is_empty() { halves(now) } else { stepwise.weights.clone() };
    let below = weights.into_iter().filter(|weight| *weight < now && *weight > Weight::NONE);
    below
        .filter_map(|weight| lowered(call, weight))
        .map(|shape| Retreat { shape, min_time: stepwise.hold })
        .collect()
}

fn halves(now: Weight) -> Vec<Weight> {
    let half = |weight: &Weight| Some(Weight::per_mille(weight.get() / 2));
    std::iter::successors(half(&now), half).take_while(|weight| *weight >= SMALLEST).collect()
}

/// The shape in effect with less for the candidate and that much more for stable.
fn lowered(call: &Call, weight: Weight) -> Option<Shape> {
    let mut shape = call.snapshot.shape.clone();
    let moved = shape.weight(&Role::Candidate).get() - weight.get();
    let stable = Weight::per_mille(shape.weight(&Role::Stable).get() + moved);
    let instances = shape.instances(&Role::Stable).max(call.full(&Role::Stable));
    if instances == 0 {
        // Nobody is there to take the traffic: it is for the engine to bring stable back at once.
        return None;
    }
    let candidates = shape.instances(&Role::Candidate);
    // Who was sent to the candidate whatever the weights goes back first: there is no load to spread.
    shape.routes.retain(|route| route.role != Role::Candidate);
    shape.mirror = shape.mirror.filter(|mirror| mirror.role != Role::Candidate);
    Some(shape.with(Role::Stable, instances, stable).with(Role::Candidate, candidates, weight))
}
