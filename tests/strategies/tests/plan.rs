//! A plan: which component stands where, with which config, between revisions of which sizes.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sluice_core::model::capabilities::Capabilities;
use sluice_core::plan::*;

/// What is different from release to release.
#[derive(Debug, Clone)]
pub struct Setup {
    pub strategy: String,
    pub config: Value,
    /// Of `on-failure`.
    pub rollback: Value,
    pub stable: u32,
    pub candidate: u32,
    pub capabilities: Capabilities,
}

/// The checks of every release here.
pub const CHECKS: [&str; 2] = ["errors", "diff"];

impl Setup {
    pub fn plan(&self) -> Plan {
        let about = About {
            service: "shop".to_owned(),
            environment: "test".to_owned(),
            labels: BTreeMap::new(),
            comment: String::new(),
            who: "anna".to_owned(),
        };
        let capabilities = Some(self.capabilities);
        Plan {
            format: PLAN_FORMAT,
            kind: Kind::Progressive,
            about,
            stable: Some(revision("v1", self.stable)),
            candidate: revision("v2", self.candidate),
            max_restarts: DEFAULT_MAX_RESTARTS,
            approvers: None,
            target: TargetPlan { kind: "gateway".to_owned(), config: json!({}), capabilities },
            metrics: MetricsPlan {
                prometheus: None,
                interval_ms: 1_000,
                scrape_timeout_ms: 500,
                stale_after_ms: 5_000,
                events: "requests_total".to_owned(),
                pages: Vec::new(),
            },
            strategy: used("strategy", &self.config),
            checks: CHECKS.iter().map(|name| used(name, &json!({}))).collect(),
            rollback: used("rollback", &self.rollback),
            policies: PolicySet::default(),
            deadlines: Deadlines { apply_ms: 60_000, hold_ms: 60_000, pause_ms: 30_000 },
            first_min_time_ms: 1_000,
            seed: 7,
            stages: Stages::default(),
        }
    }
}

fn used(name: &str, config: &Value) -> PluginUse {
    let pin = PluginPin {
        name: name.to_owned(),
        version: "1".to_owned(),
        digest: format!("sha256:{name}"),
        source: "bundled".to_owned(),
    };
    PluginUse { name: name.to_owned(), pin, config: config.clone(), queries: Vec::new() }
}

fn revision(version: &str, instances: u32) -> Revision {
    let spec = RevisionSpec {
        command: vec!["serve".to_owned(), version.to_owned()],
        port: Port::Env("PORT".to_owned()),
        env: BTreeMap::new(),
        directory: "/".to_owned(),
        readiness: Readiness { path: None, within_ms: 1_000, interval_ms: 100 },
        metrics_path: None,
        drain_ms: 0,
        stop_ms: 0,
    };
    Revision::new(version, spec, instances)
}
