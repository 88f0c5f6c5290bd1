//! What the health check is asked, in the core's words and in the contract's.

use std::sync::Arc;

use sluice_core::model::observation::{Observation, Quality, Query, Series};
use sluice_core::model::shape::{Role, Shape};
use sluice_core::snapshot::{Capacity, Snapshot};
use sluice_runner::ports::plugins::{Call, Further};

use super::bare::bindings::exports::sluice::plugin::health_check_api::Input;
use super::bare::bindings::sluice::plugin::types;

const CONFIG: &str = r#"{"queries":[{"name":"errors","expr":"sum(errors) / sum(requests)","max":0.05,
    "range":{"window":"10m","step":"30s"}}]}"#;
const NOW: u64 = 1_700_000_000_000;
const STEP_MS: u64 = 30_000;
const INSTANCES: u32 = 4;

/// One call's arguments.
#[derive(Debug)]
pub struct Question {
    snapshot: Snapshot,
    observations: Vec<Observation>,
    metrics: Arc<dyn Further>,
}

/// The check asks nothing beyond what it declared.
#[derive(Debug)]
struct Nothing;

impl Further for Nothing {
    fn query(&self, query: &Query) -> Result<Observation, String> {
        Err(format!("`{}` was not expected", query.name))
    }
}

impl Question {
    /// A release at its start, and one series of so many samples that all pass.
    pub fn of(samples: usize) -> Self {
        let snapshot = Snapshot {
            id: "set-1".to_owned(),
            now: NOW,
            seed: 7,
            service: "shop".to_owned(),
            environment: "production".to_owned(),
            shape: Shape::only(Role::Stable, INSTANCES),
            completed: 0,
            time_in_step_ms: STEP_MS,
            capacities: vec![Capacity {
                role: Role::Stable,
                version: "v1".to_owned(),
                full: INSTANCES,
                ready: INSTANCES,
            }],
            judgements: Vec::new(),
            attrs: Default::default(),
        };
        let (at, value) = columns(samples);
        let series = Series { labels: [("role".to_owned(), "candidate".to_owned())].into(), at, value };
        let observation = Observation {
            query: "errors".to_owned(),
            expr: "sum(errors) / sum(requests)".to_owned(),
            quality: Quality::Value,
            series: vec![series],
            reason: String::new(),
            newest_age_ms: Some(0),
            evidence: Default::default(),
            histograms: Vec::new(),
        };
        Self { snapshot, observations: vec![observation], metrics: Arc::new(Nothing) }
    }

    /// As the host takes it.
    pub fn call(&self) -> Call<'_> {
        Call {
            snapshot: &self.snapshot,
            config: CONFIG,
            state: b"",
            observations: &self.observations,
            metrics: &self.metrics,
        }
    }

    /// The same as the component takes it.
    pub fn input(&self) -> Input {
        Input {
            snapshot: self.given_snapshot(),
            config: CONFIG.to_owned(),
            state: Vec::new(),
            observations: self.observations.iter().map(given_observation).collect(),
        }
    }

    fn given_snapshot(&self) -> types::Snapshot {
        let one = &self.snapshot;
        let allocations = one.shape.allocations.iter().map(|allocation| types::Allocation {
            role: types::Role::Stable,
            instances: allocation.instances,
            weight: allocation.weight.get(),
        });
        let capacities = one.capacities.iter().map(|capacity| types::Capacity {
            role: types::Role::Stable,
            version: capacity.version.clone(),
            full: capacity.full,
            ready: capacity.ready,
        });
        types::Snapshot {
            id: one.id.clone(),
            now: one.now,
            seed: one.seed,
            service: one.service.clone(),
            environment: one.environment.clone(),
            shape: types::Shape {
                allocations: allocations.collect(),
                routes: Vec::new(),
                mirror: None,
                attrs: Vec::new(),
            },
            completed: one.completed,
            time_in_step: one.time_in_step_ms,
            capacities: capacities.collect(),
            judgements: Vec::new(),
            attrs: Vec::new(),
        }
    }
}

fn given_observation(one: &Observation) -> types::Observation {
    let attr = |key: &str, value: &str| types::Attr { key: key.to_owned(), value: value.to_owned() };
    let series = one.series.iter().map(|series| types::Series {
        labels: series.labels.iter().map(|(key, value)| attr(key, value)).collect(),
        at: series.at.clone(),
        value: series.value.clone(),
    });
    types::Observation {
        query: one.query.clone(),
        quality: types::Quality::Value,
        series: series.collect(),
        reason: one.reason.clone(),
        attrs: vec![attr("newest-age-ms", "0")],
    }
}

fn columns(samples: usize) -> (Vec<u64>, Vec<f64>) {
    let ages = (0..samples as u64).rev();
    let at = ages.map(|age| NOW - age * STEP_MS).collect();
    let value = (0..samples).map(|number| 0.01 + 0.000_5 * number as f64).collect();
    (at, value)
}
