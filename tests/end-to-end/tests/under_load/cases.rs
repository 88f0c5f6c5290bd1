//! Which strategy on which target, as data.

use end_to_end::proxy::Kind;
use serde_json::{Value, json};

/// One strategy on one target.
#[derive(Debug, Clone)]
pub struct Case {
    pub name: String,
    /// None for the gateway alone.
    pub proxy: Option<Kind>,
    pub strategy: Value,
    pub checks: Value,
    /// Of each revision.
    pub instances: u32,
    /// What the candidate has of the users, step by step, in tenths of a percent.
    pub weights: Vec<u16>,
    /// Some users come first, by header.
    pub cohort: bool,
    /// Requests are mirrored to it before anybody reaches it.
    pub mirrors: bool,
}

/// The header of users who come first, by name and value.
pub const COHORT: (&str, &str) = ("x-beta", "yes");

/// Every strategy that a target can do.
pub fn of(proxy: Option<Kind>) -> Vec<Case> {
    let mut cases = vec![canary(proxy), blue_green(proxy), rolling(proxy)];
    // HAProxy as a target neither routes by header nor mirrors.
    if proxy != Some(Kind::Haproxy) {
        cases.extend([cohort(proxy), shadow(proxy)]);
    }
    cases
}

/// A canary with time enough in its first step for something to happen in it.
pub fn gated(proxy: Option<Kind>, first: u16, name: &str) -> Case {
    let steps = [f64::from(first) / 10.0, 100.0];
    let config = json!({ "steps": steps, "hold": "3s", "min-events": 20, "deadline": "4m" });
    Case {
        name: named(&format!("killed-{name}").to_lowercase(), proxy),
        ..case("canary", proxy, config, 1, &[first, 1000])
    }
}

fn canary(proxy: Option<Kind>) -> Case {
    let config = json!({ "steps": [20, 60, 100], "hold": "1s", "min-events": 20 });
    case("canary", proxy, config, 1, &[200, 600, 1000])
}

fn cohort(proxy: Option<Kind>) -> Case {
    let (name, value) = COHORT;
    let first = json!({ "header": { "name": name, "value": value }, "hold": "1s", "min-events": 5 });
    let config = json!({ "cohort": first, "steps": [30, 100], "hold": "1s", "min-events": 20 });
    Case { name: named("cohort", proxy), cohort: true, ..case("canary", proxy, config, 1, &[300, 1000]) }
}

fn blue_green(proxy: Option<Kind>) -> Case {
    let config = json!({ "preview": { "hold": "500ms" }, "warm": { "hold": "1s", "min-events": 50 } });
    case("blue-green", proxy, config, 2, &[1000])
}

fn rolling(proxy: Option<Kind>) -> Case {
    let config = json!({ "window": 1, "max-surge": 1, "hold": "1s", "min-events": 20 });
    case("rolling", proxy, config, 2, &[500, 1000])
}

/// Envoy compares no answers: there the candidate's own are judged.
fn shadow(proxy: Option<Kind>) -> Case {
    let judged = if proxy.is_none() { "diff" } else { "errors" };
    let judged_by = |weight: u16| json!({ "weight": weight, "checks": ["errors"] });
    let config = json!({
        "steps": [50, 100], "checks": [judged], "hold": "1s",
        "then": { "steps": [judged_by(30), judged_by(100)], "hold": "1s", "min-events": 20 },
    });
    let mut case = Case { mirrors: true, ..case("shadow", proxy, config, 1, &[300, 1000]) };
    if let (None, Some(checks)) = (proxy, case.checks.as_array_mut()) {
        let config = json!({ "window": "2s", "min-compared": 20 });
        checks.push(json!({ "name": "diff", "plugin": "diff", "config": config }));
    }
    case
}

fn case(strategy: &str, proxy: Option<Kind>, config: Value, instances: u32, weights: &[u16]) -> Case {
    let query = json!({ "name": "error-ratio", "expr": error_ratio(proxy), "max": 0.1 });
    Case {
        name: named(strategy, proxy),
        proxy,
        strategy: json!({ "plugin": strategy, "config": config }),
        checks: json!([{ "name": "errors", "plugin": "threshold", "config": { "queries": [query] } }]),
        instances,
        weights: weights.to_vec(),
        cohort: false,
        mirrors: false,
    }
}

/// As each target counts answers.
fn error_ratio(proxy: Option<Kind>) -> String {
    let (all, failed) = match proxy {
        None => ("sluice_gateway_requests_total", r#"class="5xx""#),
        Some(Kind::Haproxy) => ("haproxy_server_http_responses_total", r#"code="5xx""#),
        Some(Kind::Envoy) => ("envoy_cluster_upstream_rq_xx", r#"envoy_response_code_class="5""#),
    };
    let rate = |more: &str| format!("sum(rate({all}{{role=\"candidate\"{more}}}[3s]))");
    format!("{} / {}", rate(&format!(",{failed}")), rate(""))
}

fn named(strategy: &str, proxy: Option<Kind>) -> String {
    let target = proxy.map_or("gateway".to_owned(), |kind| format!("{kind:?}").to_lowercase());
    format!("{strategy}-{target}")
}
