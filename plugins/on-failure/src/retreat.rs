//! The shapes on the way back. None of them exposes more users to the candidate than the shape in effect.

use sluice_batches::Pair;
use sluice_sdk::{Call, Duration, Retreat, Role, Shape, Weight};

use crate::config::{Batches, How, Stepwise};

/// Below this a further half is not worth the time.
const SMALLEST: Weight = Weight::per_mille(10);
/// Two shapes each, within what the engine takes.
const MOST_BATCHES: usize = 60;

/// The shapes to stable, which itself is not among them; none is at once.
pub fn retreats(how: &How, call: &Call) -> Vec<Retreat> {
    match how {
        How::Immediate => Vec::new(),
        How::Stepwise(stepwise) => stepwise_back(stepwise, call),
        How::Batches(batches) => batches_back(batches, call),
    }
}

fn stepwise_back(stepwise: &Stepwise, call: &Call) -> Vec<Retreat> {
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

/// Each batch starts stable's instances first; only then traffic moves and the candidate's go.
fn batches_back(batches: &Batches, call: &Call) -> Vec<Retreat> {
    let full = call.full(&Role::Stable);
    let limits = batches.bounds().limits(call.full(&Role::Candidate), full);
    let mut now = without_candidate_routes(call.snapshot.shape.clone());
    let mut back = Vec::new();
    let from = Pair { old: now.instances(&Role::Candidate), new: now.instances(&Role::Stable) };
    for batch in limits.batches(from, full).into_iter().take(MOST_BATCHES) {
        if batch.new > now.instances(&Role::Stable) {
            let weight = now.weight(&Role::Stable);
            now = now.with(Role::Stable, batch.new, weight);
            back.push(Retreat { shape: now.clone(), min_time: Duration::ZERO });
        }
        if batch.old == 0 {
            break;
        }
        let weight = batch.share().rest().min(now.weight(&Role::Candidate));
        // What a baseline has goes to stable with the first batch.
        let shape = Shape::new().with(Role::Stable, batch.new, weight.rest());
        now = shape.with(Role::Candidate, batch.old, weight);
        back.push(Retreat { shape: now.clone(), min_time: batches.hold });
    }
    back
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
    shape = without_candidate_routes(shape);
    Some(shape.with(Role::Stable, instances, stable).with(Role::Candidate, candidates, weight))
}

/// Who was sent to the candidate whatever the weights goes back first: there is no load to spread.
fn without_candidate_routes(mut shape: Shape) -> Shape {
    shape.routes.retain(|route| route.role != Role::Candidate);
    shape.mirror = shape.mirror.filter(|mirror| mirror.role != Role::Candidate);
    shape
}
