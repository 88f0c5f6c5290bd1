//! The shipped plugins, through the host.

use std::path::Path;
use std::sync::Arc;

use sluice_core::model::enough::{Enough, Extent};
use sluice_core::model::observation::{Evidence, Observation, Quality, Series};
use sluice_core::model::shape::{Role, Shape, Weight};
use sluice_core::model::verdict::Verdict;
use sluice_core::release::event::{Proposal, RollbackAnswer};
use sluice_core::snapshot::{Capacity, Seen, Snapshot};
use sluice_host::BundledPlugin;
use sluice_plugins::Kind;
use sluice_runner::ports::plugins::{
    Call, DescribeError, Further, Plugin, PluginFailure, PluginKind, Plugins,
};

use crate::bench::{Bench, NoData, assert_failure, snapshot};

const CANARY: &str = r#"{ "steps": [5, 25, 50, 100], "hold": "30s" }"#;
const THRESHOLD: &str = r#"{ "queries": [{ "name": "errors", "expr": "sum(errors)", "max": 0.05 }] }"#;
const SEQUENTIAL: &str = r#"{ "ratios": [{ "name": "errors", "limit": 0.01,
    "bad": "bad{role=\"$role\"}", "all": "all{role=\"$role\"}" }] }"#;

#[test]
fn every_shipped_plugin_loads_and_describes_itself() {
    let bench = shipped();
    for (name, kind) in bench.host.bundled() {
        let plugin = bench.host.load(kind, &name, Path::new("/")).unwrap();
        let config = match name.as_str() {
            "canary" => CANARY,
            "threshold" => THRESHOLD,
            "compare" => r#"{ "metrics": [{ "name": "p99", "expr": "p99{role=\"$role\"}" }] }"#,
            "no-regression" => r#"{ "values": [{ "name": "p99", "expr": "p99{role=\"$role\"}" }] }"#,
            "sequential" => SEQUENTIAL,
            "burn-rate" => r#"{ "objective": 0.99, "bad": "b[$window]", "all": "a[$window]" }"#,
            "shadow" => r#"{ "steps": [50], "checks": ["diff"] }"#,
            _ => "{}",
        };
        let description = plugin.describe(config).unwrap();
        assert_eq!((description.name, &description.version), (name, &plugin.pin().version));
        every_part_is_described(&description.config_schema);
    }
}

/// Editors and people complete a config by its schema.
fn every_part_is_described(schema: &serde_json::Value) {
    let parts = schema["properties"].as_object().unwrap();
    assert!(!parts.is_empty());
    let shared = schema["$defs"].as_object().into_iter().flat_map(|defs| defs.values());
    let nested = shared.filter_map(|one| one["properties"].as_object()).flatten();
    for (name, part) in parts.iter().chain(nested) {
        assert!(part["description"].is_string(), "`{name}` has no description: {part}");
    }
}

#[test]
fn a_bad_config_comes_back_with_its_place() {
    let described = load(&shipped(), PluginKind::HealthCheck, "threshold").describe(r#"{ "queries": 3 }"#);
    let Err(DescribeError::Config(problems)) = described else { panic!("{described:?}") };
    assert_eq!(problems[0].path, "/queries");
}

#[test]
fn the_canary_proposes_its_first_step() {
    let plugin = load(&shipped(), PluginKind::Strategy, "canary");
    let snapshot = in_release();
    let answered = plugin.next(call(&snapshot, CANARY, &[], &no_data())).unwrap();
    let Proposal::Step(step) = answered.answer.answer else { panic!("{answered:?}") };
    assert_eq!(step.shape.weight(Role::Candidate), Weight::per_mille(50).unwrap());
    assert_eq!(step.gate.min_time_ms, 30_000);
    assert!(answered.fuel > 0);
}

#[test]
fn the_threshold_judges_by_its_bound() {
    let plugin = load(&shipped(), PluginKind::HealthCheck, "threshold");
    let snapshot = in_release();
    for (value, verdict) in [(0.01, Verdict::Pass), (0.08, Verdict::Fail)] {
        let observed = [observation(value)];
        let judged = plugin.judge(call(&snapshot, THRESHOLD, &observed, &no_data())).unwrap().answer;
        assert_eq!((judged.verdict, judged.measurements[0].value), (verdict, Some(value)));
    }
}

#[test]
fn a_plugin_gets_what_an_answer_rests_on() {
    let plugin = load(&shipped(), PluginKind::HealthCheck, "threshold");
    let config = r#"{ "queries": [{ "name": "errors", "expr": "errors[$window]", "max": 0.05,
        "events": "all[$window]", "min-events": 200, "window": "1m", "max-window": "15m" }] }"#;
    let described = plugin.describe(config).unwrap();
    let extent = Some(Extent { window_ms: 60_000, most_ms: 900_000 });
    let enough = Enough { events: "all[$window]".to_owned(), least: 200, extent };
    assert_eq!(described.queries[0].enough, Some(enough));
    let (events, window_ms, restarts) = (Some(230), Some(240_000), Some(1));
    let evidence = Evidence { events, window_ms, restarts, ..Evidence::default() };
    let observed = [Observation { evidence, ..observation(0.08) }];
    let judged = plugin.judge(call(&in_release(), config, &observed, &no_data())).unwrap().answer;
    assert_eq!(judged.reason, "errors is 0.08 of 230 events over 4m across 1 restart, above 0.05");
}

#[test]
fn the_threshold_does_not_pass_without_data() {
    let plugin = load(&shipped(), PluginKind::HealthCheck, "threshold");
    let judged = plugin.judge(call(&in_release(), THRESHOLD, &[], &no_data())).unwrap().answer;
    assert_eq!(judged.verdict, Verdict::Inconclusive);
}

#[test]
fn a_sequential_test_goes_on_from_round_to_round() {
    let plugin = load(&shipped(), PluginKind::HealthCheck, "sequential");
    let snapshot = in_release();
    let metrics = no_data();
    let (mut state, mut told) = (Vec::new(), Vec::new());
    for (bad, all) in [(0.0, 0.0), (1.0, 200.0), (31.0, 400.0)] {
        let observed = [named("errors.bad.candidate", bad), named("errors.all.candidate", all)];
        let given = Call { state: &state, ..call(&snapshot, SEQUENTIAL, &observed, &metrics) };
        let judged = plugin.judge(given).unwrap().answer;
        told.push((judged.verdict, judged.reason));
        state = judged.state;
    }
    let verdicts: Vec<_> = told.iter().map(|one| one.0).collect();
    assert_eq!(verdicts, [Verdict::Inconclusive, Verdict::Pass, Verdict::Fail]);
    assert!(
        told[2].1.starts_with("errors: 31 of 400 (7.75 %), where 1 % may be: evidence "),
        "{}",
        told[2].1
    );
}

#[test]
fn on_failure_rolls_back() {
    let plugin = load(&shipped(), PluginKind::Rollback, "on-failure");
    let failed = Seen {
        check: "errors".into(),
        verdict: Verdict::Fail,
        score: None,
        reason: "0.08 is above 0.05".into(),
    };
    let snapshot = Snapshot { judgements: vec![failed], ..in_release() };
    let config = r#"{ "consecutive": 1 }"#;
    let answered = plugin.decide(call(&snapshot, config, &[], &no_data())).unwrap();
    assert!(matches!(answered.answer.answer, RollbackAnswer::RollBack { .. }), "{answered:?}");
}

#[test]
fn the_same_call_gives_the_same_answer_for_the_same_fuel() {
    let bench = shipped();
    let plugin = load(&bench, PluginKind::Strategy, "canary");
    let snapshot = in_release();
    let first = plugin.next(call(&snapshot, CANARY, &[], &no_data())).unwrap();
    let again = load(&shipped(), PluginKind::Strategy, "canary");
    assert_eq!(again.next(call(&snapshot, CANARY, &[], &no_data())).unwrap(), first);
}

#[test]
fn many_threads_may_call_at_once() {
    let bench = shipped();
    let plugin = load(&bench, PluginKind::HealthCheck, "threshold");
    let snapshot = in_release();
    let observed = [observation(0.01)];
    std::thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(|| plugin.judge(call(&snapshot, THRESHOLD, &observed, &no_data())).unwrap());
        }
    });
    bench.assert_well();
}

#[test]
fn a_shipped_plugin_has_one_kind() {
    let error = shipped().host.load(PluginKind::Rollback, "canary", Path::new("/")).unwrap_err();
    let text = "plugin `canary` is a strategy, and a rollback plugin is needed here";
    assert_failure(&error, PluginFailure::WrongWorld, text);
}

pub(crate) fn shipped() -> Bench {
    let kind = |kind| match kind {
        Kind::Strategy => PluginKind::Strategy,
        Kind::HealthCheck => PluginKind::HealthCheck,
        Kind::Rollback => PluginKind::Rollback,
    };
    let bundled = sluice_plugins::all().iter().map(|one| BundledPlugin {
        name: one.name,
        kind: kind(one.kind),
        digest: one.digest,
        wasm: one.wasm,
    });
    Bench::with(|config| {
        // Compiled once for all tests of this file.
        config.cache_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
        config.bundled = bundled.collect();
    })
}

pub(crate) fn load(bench: &Bench, kind: PluginKind, name: &str) -> Arc<dyn Plugin> {
    bench.host.load(kind, name, Path::new("/")).unwrap()
}

pub(crate) fn no_data() -> Arc<dyn Further> {
    Arc::new(NoData)
}

pub(crate) fn call<'a>(
    snapshot: &'a Snapshot,
    config: &'a str,
    observations: &'a [Observation],
    metrics: &'a Arc<dyn Further>,
) -> Call<'a> {
    Call { snapshot, config, state: b"", observations, metrics }
}

/// A release at its start: stable has all traffic, on four instances.
pub(crate) fn in_release() -> Snapshot {
    let capacity = |role, ready| Capacity { role, version: "v".to_owned(), full: 4, ready };
    Snapshot {
        shape: Shape::only(Role::Stable, 4),
        capacities: vec![capacity(Role::Stable, 4), capacity(Role::Candidate, 0)],
        ..snapshot()
    }
}

pub(crate) fn named(query: &str, value: f64) -> Observation {
    Observation { query: query.to_owned(), ..observation(value) }
}

fn observation(value: f64) -> Observation {
    let series = Series { labels: Default::default(), at: vec![1_700_000_000_000], value: vec![value] };
    Observation {
        query: "errors".to_owned(),
        expr: "sum(errors)".to_owned(),
        quality: Quality::Value,
        series: vec![series],
        reason: String::new(),
        newest_age_ms: Some(0),
        evidence: Default::default(),
        histograms: Vec::new(),
    }
}
