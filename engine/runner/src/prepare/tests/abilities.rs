//! What a workflow asks of its target beside the steps.

use insta::assert_snapshot;
use sluice_core::document::problem::Problems;
use sluice_core::model::observation::Query;

use super::super::abilities;
use super::{told, workflow};
use crate::ports::target::Capabilities;

const WORKFLOW: &str = "\
apiVersion: sluice/v1
kind: Workflow
service: shop
target: {gateway: {listen: 127.0.0.1:8080}}
candidate: {version: v2, command: [./shop], port-env: PORT}
strategy: {plugin: canary, config: {steps: [5, 100]}}
checks: [{name: answers, plugin: diff}]
smoke: {preview: [{name: look, command: [./smoke]}]}
";

/// What is wrong where the only check reads this metric.
fn of(capabilities: Capabilities, kind: &str, metric: &str) -> String {
    let workflow = workflow(WORKFLOW);
    let mut plan = sluice_core::sample::plan();
    (plan.target.kind, plan.target.capabilities) = (kind.to_owned(), Some(capabilities));
    plan.stages = workflow.stages("/");
    plan.checks.truncate(1);
    plan.checks[0].queries = vec![Query::instant("differing", format!("sum(increase({metric}[1m]))"))];
    let mut problems = Problems::new();
    abilities::check(&workflow, &plan, &mut problems);
    told(&problems)
}

#[test]
fn a_way_to_the_candidate_alone_and_a_comparison_are_refused_where_there_is_none() {
    let compared = "sluice_gateway_mirror_compared_total";
    let nothing = [("envoy", compared), ("haproxy", "haproxy_up")];
    let told = nothing.map(|(kind, metric)| of(Capabilities::default(), kind, metric));
    assert_snapshot!(told.join("\n"), @r#"
    the check `errors` can not be, as the target `envoy` compares no answers of mirrored requests (use the target `gateway`, which does, or leave the check out)
    `smoke.preview` can not be, as the target `envoy` has no way to the candidate alone (write `target: {envoy: {preview: "127.0.0.1:8081"}}`, or move the jobs to `smoke.promoted`)
    `smoke.preview` can not be, as the target `haproxy` has no way to the candidate alone (move the jobs to `smoke.promoted`, or use the target `gateway` or `envoy` with a `preview`)
    "#);
}

#[test]
fn what_the_target_can_do_is_not_refused() {
    let able = Capabilities { preview: true, compares: true, ..Capabilities::default() };
    assert_eq!(of(able, "gateway", "sluice_gateway_mirror_differences_total"), "");
    let alone = Capabilities { preview: true, ..Capabilities::default() };
    assert_eq!(of(alone, "envoy", "sluice_gateway_mirror_requests_total"), "", "its own answers are counted");
}
