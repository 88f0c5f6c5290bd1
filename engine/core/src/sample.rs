//! A small plan of a release of `v2` over `v1`, for tests of every crate that takes one.

use std::collections::BTreeMap;

use serde_json::json;

use crate::plan::*;

/// Two checks, rounds every half second, and an approval that anna and lea may give.
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
            prometheus: None,
            interval_ms: 500,
            scrape_timeout_ms: 500,
            stale_after_ms: 5_000,
            events: "requests_total".to_owned(),
            pages: Vec::new(),
        },
        strategy: used("strategy"),
        checks: vec![used("errors"), used("latency")],
        rollback: used("rollback"),
        policies: PolicySet::default(),
        deadlines: Deadlines { apply_ms: 20_000, hold_ms: 30_000, pause_ms: 40_000 },
        first_min_time_ms: 1_000,
        approvers: Some(BTreeMap::from([("leads".to_owned(), vec!["anna".to_owned(), "lea".to_owned()])])),
        max_restarts: DEFAULT_MAX_RESTARTS,
        seed: 7,
        stages: Stages::default(),
    }
}

/// Two instances of a program that is told its port.
pub fn revision(version: &str) -> Revision {
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

/// A bundled plugin in this place, of the same name.
pub fn used(name: &str) -> PluginUse {
    let pin = PluginPin {
        name: name.to_owned(),
        version: "1".to_owned(),
        digest: format!("sha256:{name}"),
        source: "bundled".to_owned(),
    };
    PluginUse { name: name.to_owned(), pin, config: json!({}), queries: Vec::new() }
}
