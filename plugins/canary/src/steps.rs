//! From a configured step to the shape and the gate that are proposed.

use sluice_sdk::{Approval, Call, Gate, Role, Shape};

use crate::config::{Canary, Step};

/// The step as it is proposed.
pub fn step(canary: &Canary, step: &Step, call: &Call) -> Result<sluice_sdk::Step, String> {
    let stable = call.full(&Role::Stable);
    if stable == 0 {
        return Err("there is no stable revision to take traffic from".into());
    }
    let instances = call.scaled(&Role::Candidate, step.weight).max(step.instances.unwrap_or(1));
    let shape = Shape::new().with(Role::Stable, stable, step.weight.rest()).with(
        Role::Candidate,
        instances,
        step.weight,
    );
    Ok(sluice_sdk::Step::new(step.weight.to_string(), shape, gate(canary, step)))
}

/// Why the release is complete.
pub fn completed(canary: &Canary) -> String {
    match (canary.steps.len(), canary.steps.last()) {
        (1, Some(last)) => format!("the one step, {}, closed", last.weight),
        (count, Some(last)) => format!("all {count} steps up to {} closed", last.weight),
        (_, None) => "there are no steps".into(),
    }
}

fn gate(canary: &Canary, step: &Step) -> Gate {
    let mut gate = Gate::after(step.hold.unwrap_or(canary.hold))
        .min_events(step.min_events.unwrap_or(canary.min_events))
        .checks(&step.checks);
    if let Some(deadline) = step.deadline.or(canary.deadline) {
        gate = gate.deadline(deadline);
    }
    match &step.pause {
        Some(pause) => gate.approval(Approval {
            group: pause.group.clone(),
            message: if pause.message.is_empty() {
                format!("approve the step after {}", step.weight)
            } else {
                pause.message.clone()
            },
            deadline: pause.deadline,
        }),
        None => gate,
    }
}
