//! What good documents mean.

use sluice_core::document::problem::Problems;
use sluice_core::document::workflow::Workflow;
use sluice_core::plan::{Deadlines, Port, Prepare, Stages};

use super::{read, rendered};

pub(super) const FULL: &str = include_str!("good.yaml");
const SMALL: &str = "\
apiVersion: sluice/v1
kind: Workflow
service: shop
target: {gateway: {listen: '[::1]:0'}}
candidate: {version: v2, command: [./shop], port: 9000}
strategy: {plugin: canary}
checks: []
";

pub(super) fn good(text: &str) -> Workflow {
    read("workflow.yaml", text.as_bytes(), &[]).map_err(|problems: Problems| rendered(&problems)).unwrap()
}

#[test]
fn a_full_workflow_gives_the_plan_its_parts() {
    let workflow = good(FULL);
    let spec = workflow.candidate.spec("/srv/shop");
    insta::assert_snapshot!(serde_json::to_string_pretty(&spec).unwrap(), @r#"
    {
      "command": [
        "./demo-service",
        "--version",
        "v2"
      ],
      "port": {
        "env": "PORT"
      },
      "env": {
        "GREETING": "grüß dich"
      },
      "directory": "/srv/shop/service",
      "readiness": {
        "path": "/health",
        "within_ms": 20000,
        "interval_ms": 100
      },
      "metrics_path": "/metrics",
      "drain_ms": 60000,
      "stop_ms": 5000
    }
    "#);
    insta::assert_snapshot!(serde_json::to_string(&workflow.target_plan("/srv/shop")).unwrap(), @r#"{"kind":"gateway","config":{"capacity":8,"listen":"127.0.0.1:8080","mirror":{"body-bytes":1000,"compare":{"any-order":true,"headers":["content-type","etag"],"ignore":["/at","/items/*/id"],"latency":{"factor-percent":150,"slack-ms":50},"noise":true,"samples":5},"mark":"X-Shadow","methods":["GET"],"queue":64,"timeout-ms":2000},"preview":"127.0.0.1:8081","sticky":{"cookie":"seat","max-age-s":1800},"trust-forwarded":true}}"#);
    insta::assert_snapshot!(serde_json::to_string(&workflow.metrics).unwrap(), @r#"{"interval_ms":1000,"scrape_timeout_ms":500,"stale_after_ms":15000,"events":"requests_total{role=\"candidate\"}","pages":[{"url":"http://127.0.0.1:9100/metrics","labels":{"host":"one"}}]}"#);
    insta::assert_snapshot!(serde_json::to_string(&workflow.deadlines).unwrap(), @r#"{"apply_ms":60000,"hold_ms":1800000,"pause_ms":172800000}"#);
    assert_eq!(workflow.first_min_time_ms, 5_000);
    assert_eq!(workflow.labels["team"], "payments");
    let names: Vec<(&str, &str)> =
        workflow.plugins().map(|one| (one.name.as_str(), one.plugin.value.as_str())).collect();
    insta::assert_debug_snapshot!(names, @r#"
    [
        (
            "strategy",
            "canary",
        ),
        (
            "rollback",
            "on-failure",
        ),
        (
            "errors",
            "threshold",
        ),
        (
            "own",
            "./plugins/own.wasm",
        ),
    ]
    "#);
    insta::assert_snapshot!(workflow.strategy.config_json(), @r#"{"steps":[{"hold":"10s","weight":"5 %"},{"factor":1.5,"weight":25}]}"#);
    let policies: Vec<&str> = workflow.policies.iter().map(|path| path.value.as_str()).collect();
    assert_eq!(policies, ["policies/", "../shared/freeze.yaml"]);
}

#[test]
fn what_is_left_out_has_its_default() {
    let workflow = good(SMALL);
    assert_eq!(workflow.environment, "default");
    assert_eq!(workflow.candidate.port, Port::Fixed(9000));
    assert_eq!(workflow.candidate.instances, 1);
    assert_eq!(workflow.candidate.spec("/srv/shop").directory, "/srv/shop");
    insta::assert_snapshot!(serde_json::to_string(&workflow.candidate.spec("/").readiness).unwrap(), @r#"{"path":null,"within_ms":30000,"interval_ms":200}"#);
    insta::assert_snapshot!(serde_json::to_string(&workflow.metrics).unwrap(), @r#"{"interval_ms":5000,"scrape_timeout_ms":5000,"stale_after_ms":15000,"events":"sluice_gateway_requests_total{role=\"candidate\"}"}"#);
    insta::assert_snapshot!(serde_json::to_string(&workflow.target_plan("/srv/shop")).unwrap(), @r#"{"kind":"gateway","config":{"listen":"[::1]:0","trust-forwarded":false}}"#);
    assert_eq!(workflow.deadlines, Deadlines { apply_ms: 120_000, hold_ms: 3_600_000, pause_ms: 86_400_000 });
    assert_eq!(workflow.first_min_time_ms, 10_000);
    assert_eq!(
        (workflow.rollback.name.as_str(), workflow.rollback.plugin.value.as_str()),
        ("rollback", "on-failure")
    );
    assert_eq!(workflow.rollback.config_json(), serde_json::json!({}));
    let prepare = Prepare { metrics: true, ..Prepare::default() };
    assert_eq!(workflow.stages("/srv/shop"), Stages { prepare, ..Stages::default() });
}

#[test]
fn json_is_read_as_well() {
    let text = r#"{"apiVersion":"sluice/v1","kind":"Workflow","service":"shop",
        "target":{"gateway":{"listen":"127.0.0.1:80"}},
        "candidate":{"version":"v2","command":["a\u0020b"],"port-env":"PORT"},
        "strategy":{"plugin":"canary","config":{"deep":[null,true,-1,1.5e3,"x"]}},"checks":[]}"#;
    let workflow = good(text);
    assert_eq!(workflow.candidate.command, ["a b"]);
    assert_eq!(workflow.strategy.config_json(), serde_json::json!({ "deep": [null, true, -1, 1500.0, "x"] }));
}

#[test]
fn a_byte_order_mark_and_windows_lines_change_nothing() {
    let windows = format!("\u{feff}{}", FULL.replace('\n', "\r\n"));
    let (windows, unix) = (good(&windows), good(FULL));
    assert_eq!(windows.candidate, unix.candidate);
    assert_eq!(windows.strategy.config_json(), unix.strategy.config_json());
}

#[test]
fn a_plugins_judgement_is_told_where_the_config_has_it() {
    let workflow = good(FULL);
    let problems: Problems = ["/steps/1/factor", "/steps/0/hold", "/steps/7/weight", "/missing", ""]
        .iter()
        .map(|pointer| {
            workflow.config_problem(&workflow.strategy, pointer, "too large a step").with_help(*pointer)
        })
        .collect();
    insta::assert_snapshot!(rendered(&problems), @r"
    sluice::workflow::plugin-config

      × too large a step
        ╭─[workflow.yaml:47:3]
     46 │   plugin: canary
     47 │   config:
        ·   ───┬──
        ·      ╰── `missing` in the config of `strategy`
     48 │     steps:
        ╰────
      help: /missing

    sluice::workflow::plugin-config

      × too large a step
        ╭─[workflow.yaml:47:3]
     46 │   plugin: canary
     47 │   config:
        ·   ───┬──
        ·      ╰── config of `strategy`
     48 │     steps:
        ╰────
      help:

    sluice::workflow::plugin-config

      × too large a step
        ╭─[workflow.yaml:48:5]
     47 │   config:
     48 │     steps:
        ·     ──┬──
        ·       ╰── `steps.7.weight` in the config of `strategy`
     49 │       - {weight: 5 %, hold: 10s}
        ╰────
      help: /steps/7/weight

    sluice::workflow::plugin-config

      × too large a step
        ╭─[workflow.yaml:49:29]
     48 │     steps:
     49 │       - {weight: 5 %, hold: 10s}
        ·                             ─┬─
        ·                              ╰── `steps.0.hold` in the config of `strategy`
     50 │       - weight: 25
        ╰────
      help: /steps/0/hold

    sluice::workflow::plugin-config

      × too large a step
        ╭─[workflow.yaml:52:17]
     51 │         # A number that plugins read.
     52 │         factor: 1.5
        ·                 ─┬─
        ·                  ╰── `steps.1.factor` in the config of `strategy`
     53 │ checks:
        ╰────
      help: /steps/1/factor
    ");
}
