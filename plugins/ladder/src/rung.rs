//! From a configured step to the shape and the gate that are proposed.

use sluice_sdk::{Call, Role, Shape, Weight};

use crate::{Ladder, Step};

/// The cohort alone with the candidate.
pub fn cohort(ladder: &Ladder, call: &Call) -> sluice_sdk::Step {
    let watch = ladder.cohort.as_ref().map(|cohort| cohort.watch()).unwrap_or_default();
    let instances = ladder.cohort.as_ref().and_then(|cohort| cohort.instances).unwrap_or(1);
    let shape = Shape::new().with(Role::Stable, call.full(&Role::Stable), Weight::ALL);
    let shape = routed(ladder, shape.with(Role::Candidate, instances, Weight::NONE));
    sluice_sdk::Step::new("cohort", shape, watch.or(&ladder.defaults()).gate("cohort"))
}

/// A share of the traffic for the candidate, as much for the baseline where there is one, the rest for stable.
pub fn step(ladder: &Ladder, step: &Step, call: &Call) -> sluice_sdk::Step {
    let wanted = step.instances.or_else(|| ladder.cohort.as_ref().and_then(|cohort| cohort.instances));
    let instances = call.scaled(&Role::Candidate, step.weight).max(wanted.unwrap_or(1));
    let baseline = ladder.baseline.and_then(|one| Some((one, one.beside(step.weight)?)));
    let beside = baseline.map_or(Weight::NONE, |(_, weight)| weight);
    let rest = Weight::per_mille(step.weight.rest().get() - beside.get());
    let mut shape = Shape::new().with(Role::Stable, call.full(&Role::Stable), rest).with(
        Role::Candidate,
        instances,
        step.weight,
    );
    if let Some((baseline, weight)) = baseline {
        shape = shape.with(Role::Baseline, baseline.instances.unwrap_or(instances), weight);
    }
    let name = step.weight.to_string();
    let gate = step.watch.or(&ladder.defaults()).gate(&name);
    sluice_sdk::Step::new(name, routed(ladder, shape), gate)
}

/// The cohort stays with the candidate on every step.
fn routed(ladder: &Ladder, shape: Shape) -> Shape {
    match ladder.cohort.as_ref().and_then(|cohort| cohort.audience()) {
        Some(audience) => audience.routed(shape, Role::Candidate),
        None => shape,
    }
}
