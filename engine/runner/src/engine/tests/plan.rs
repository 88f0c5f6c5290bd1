//! The plan of every release here, and the shapes that its canary goes through.

use sluice_core::model::shape::{Allocation, Approval, Gate, Role, Shape, Step, Weight};
use sluice_core::plan::{Kind, Plan};
use sluice_core::release::event::Proposal;
use sluice_core::snapshot::Snapshot;

pub const RELEASE: &str = "shop-1";
pub const STEPS: [u16; 3] = [50, 500, 1000];

pub use sluice_core::sample::plan;

/// The same with nothing served before.
pub fn first_deployment() -> Plan {
    Plan { kind: Kind::First, stable: None, ..plan() }
}

/// The next step of the canary.
pub fn canary(snapshot: &Snapshot) -> Proposal {
    match STEPS.get(snapshot.completed as usize) {
        Some(weight) => Proposal::Step(Box::new(step(*weight))),
        None => Proposal::Complete("all steps done".to_owned()),
    }
}

/// The same, with an approval before the second step is left.
pub fn approved_canary(snapshot: &Snapshot) -> Proposal {
    let approval = Approval { group: "leads".to_owned(), message: "look".to_owned(), deadline_ms: 60_000 };
    match canary(snapshot) {
        Proposal::Step(mut step) if snapshot.completed == 1 => {
            step.gate.approval = Some(approval);
            Proposal::Step(step)
        }
        other => other,
    }
}

pub fn split(weight: u16) -> Shape {
    let weight = Weight::per_mille(weight).unwrap();
    let allocations = vec![
        Allocation { role: Role::Stable, instances: 2, weight: weight.rest() },
        Allocation { role: Role::Candidate, instances: 2, weight },
    ];
    Shape { allocations, ..Shape::default() }
}

fn step(weight: u16) -> Step {
    let gate = Gate {
        min_time_ms: 1_000,
        min_events: 10,
        checks: vec![],
        unchecked: false,
        approval: None,
        deadline_ms: 20_000,
    };
    Step { name: weight.to_string(), shape: split(weight), gate, reason: String::new() }
}
