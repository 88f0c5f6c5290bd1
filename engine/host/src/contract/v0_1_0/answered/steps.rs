//! Steps, shapes and gates of a guest, checked.

use sluice_core::model::shape::{
    Allocation, Approval, Gate, Matcher, Mirror, Role, Route, Shape, Step, Weight,
};

use super::{few, text, types, unknown};
use crate::config::Limits;
use crate::failure::Failure;

/// Longer than any release, and short enough that moments added up stay moments.
const LONGEST_MS: u64 = 366 * 24 * 60 * 60 * 1000;

pub(super) fn step(given: types::Step, limits: &Limits) -> Result<Step, Failure> {
    few("facts of a step", given.attrs.len(), limits)?;
    let fact = |key: &str| given.attrs.iter().find(|one| one.key == key).map_or("", |one| one.value.as_str());
    let unchecked = fact("gate.unchecked") == "true";
    Ok(Step {
        name: text("the name of a step", &given.name, limits)?,
        reason: text("the reason of a step", fact("reason"), limits)?,
        shape: shape(given.shape, limits)?,
        gate: Gate { unchecked, ..gate(given.gate, limits)? },
    })
}

pub(super) fn shape(given: types::Shape, limits: &Limits) -> Result<Shape, Failure> {
    few("allocations", given.allocations.len(), limits)?;
    few("routes", given.routes.len(), limits)?;
    if given.allocations.is_empty() {
        return Err(Failure::BadOutput("a shape that serves nobody".to_owned()));
    }
    let allocations = given.allocations.into_iter().map(allocation).collect::<Result<_, _>>()?;
    let routes = given.routes.into_iter().map(|one| route(one, limits)).collect::<Result<_, _>>()?;
    let shape = Shape { allocations, routes, mirror: given.mirror.map(mirror).transpose()? };
    match shape.problems().as_slice() {
        [] => Ok(shape),
        problems => {
            let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Err(Failure::BadOutput(format!("a shape that can not be: {}", all.join("; "))))
        }
    }
}

pub(super) fn length_of_time(what: &str, given: u64) -> Result<u64, Failure> {
    if given > LONGEST_MS {
        return Err(Failure::BadOutput(format!("{what} as {given} ms, which is more than a year")));
    }
    Ok(given)
}

fn allocation(given: types::Allocation) -> Result<Allocation, Failure> {
    let role = role(&given.role)?;
    Ok(Allocation { role, instances: given.instances, weight: weight(given.weight)? })
}

fn route(given: types::Route, limits: &Limits) -> Result<Route, Failure> {
    let part = |part: &str| text("a part of a route", part, limits);
    let matcher = match given.matcher {
        types::Matcher::Header((name, value)) => Matcher::Header { name: part(&name)?, value: part(&value)? },
        types::Matcher::Cookie((name, value)) => Matcher::Cookie { name: part(&name)?, value: part(&value)? },
        types::Matcher::Other(what) => return Err(unknown("matcher", &what)),
    };
    Ok(Route { name: part(&given.name)?, matcher, role: role(&given.role)? })
}

fn mirror(given: types::Mirror) -> Result<Mirror, Failure> {
    Ok(Mirror { role: role(&given.role)?, weight: weight(given.weight)? })
}

fn gate(given: types::Gate, limits: &Limits) -> Result<Gate, Failure> {
    few("names of checks", given.checks.len(), limits)?;
    let checks = given.checks.iter().map(|name| text("the name of a check", name, limits));
    Ok(Gate {
        min_time_ms: length_of_time("the minimum time of a gate", given.min_time)?,
        min_events: given.min_events,
        checks: checks.collect::<Result<_, _>>()?,
        unchecked: false,
        approval: given.approval.map(|one| approval(one, limits)).transpose()?,
        deadline_ms: length_of_time("the deadline of a gate", given.deadline)?,
    })
}

fn approval(given: types::Approval, limits: &Limits) -> Result<Approval, Failure> {
    Ok(Approval {
        group: text("the group of an approval", &given.group, limits)?,
        message: text("the message of an approval", &given.message, limits)?,
        deadline_ms: length_of_time("the deadline of an approval", given.deadline)?,
    })
}

fn weight(given: types::Weight) -> Result<Weight, Failure> {
    Weight::per_mille(given).map_err(|error| Failure::BadOutput(format!("a weight that is none: {error}")))
}

fn role(given: &types::Role) -> Result<Role, Failure> {
    Ok(match given {
        types::Role::Stable => Role::Stable,
        types::Role::Candidate => Role::Candidate,
        types::Role::Baseline => Role::Baseline,
        types::Role::Other(what) => return Err(unknown("role", what)),
    })
}
