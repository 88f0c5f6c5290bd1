//! The plan of every release here, and the shapes that its canary goes through.

use std::collections::BTreeMap;

use serde_json::json;
use sluice_core::model::shape::{Allocation, Approval, Gate, Role, Shape, Step, Weight};
use sluice_core::plan::*;
use sluice_core::release::event::Proposal;
use sluice_core::snapshot::Snapshot;

pub const RELEASE: &str = "shop-1";
pub const STEPS: [u16; 3] = [50, 500, 1000];

/// A release of `v2` over `v1` under two checks.
pub fn plan() -> Plan {
    let about = About {
        service: "shop".to_owned(),
        environment: "production".to_owned(),
        labels: BTreeMap::new(),
        comment: String::new(),
        who: "anna".to_owned(),
    };
    Plan {
        format: PLAN_FORMAT,
        kind: Kind::Progressive,
        about,
        stable: Some(revision("v1")),
        candidate: revision("v2"),
        target: TargetPlan { kind: "fake".to_owned(), config: json!({}), capabilities: None },
        metrics: MetricsPlan {
            interval_ms: 500,
            scrape_timeout_ms: 500,
            stale_after_ms: 5_000,
            events: "requests_total".to_owned(),
        },
        strategy: used("strategy"),
        checks: vec![used("errors"), used("latency")],
        rollback: used("rollback"),
        policies: PolicySet { digest: String::new(), documents: vec![] },
        deadlines: Deadlines { apply_ms: 20_000, hold_ms: 30_000, pause_ms: 40_000 },
        first_min_time_ms: 1_000,
        max_restarts: DEFAULT_MAX_RESTARTS,
        seed: 7,
    }
}

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

fn revision(version: &str) -> Revision {
    let readiness = Readiness { path: None, within_ms: 1_000, interval_ms: 100 };
    let spec = RevisionSpec {
        command: vec!["serve".to_owned(), version.to_owned()],
        port: Port::Env("PORT".to_owned()),
        env: BTreeMap::new(),
        directory: "/".to_owned(),
        readiness,
        metrics_path: None,
        drain_ms: 0,
        stop_ms: 0,
    };
    Revision::new(version, spec, 2)
}

fn used(name: &str) -> PluginUse {
    let pin = PluginPin {
        name: name.to_owned(),
        version: "1".to_owned(),
        digest: format!("sha256:{name}"),
        source: "bundled".to_owned(),
    };
    PluginUse { name: name.to_owned(), pin, config: json!({}), queries: vec![] }
}
