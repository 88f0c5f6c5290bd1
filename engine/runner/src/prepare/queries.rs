//! Checks queries when the release is planned, so that no typing error waits for the day of an incident.

use sluice_core::document::problem::{Problem, Problems};
use sluice_core::document::source::Span;
use sluice_core::document::tree::{Node, Value};
use sluice_core::document::workflow::{PluginReference, Workflow};
use sluice_core::model::observation::Query;
use sluice_metrics::promql;

/// Checks a query that a plugin declared; the problem stands where the config has its text.
pub(super) fn check(
    workflow: &Workflow,
    reference: &PluginReference,
    query: &Query,
    problems: &mut Problems,
) {
    let Err(error) = promql::check(&query.expr) else { return };
    let span = written(&reference.config, &query.expr).unwrap_or_else(|| reference.locate(""));
    let what = format!("the query `{}` of `{}` is no PromQL: {error}", query.name, reference.name);
    problems.push(told(workflow, span, what));
}

/// Checks the selector that counts events: only a selector can be looked at over a range.
pub(super) fn check_events(workflow: &Workflow, problems: &mut Problems) {
    let events = &workflow.metrics.events;
    let checked = promql::check(events).and_then(|_| promql::check(&format!("increase({events}[1m])")));
    if let Err(error) = checked {
        let what = format!("`metrics.events` is no selector of a counter: {error}");
        problems.push(told(workflow, workflow.events_span, what));
    }
}

fn told(workflow: &Workflow, span: Span, what: String) -> Problem {
    workflow
        .problem("promql", span, what, "in this query")
        .with_help("try it in Prometheus; what Sluice evaluates is listed in `engine/README.md`")
}

/// Where a text stands in a config.
fn written(node: &Node, text: &str) -> Option<Span> {
    match &node.value {
        Value::Text(found) if found == text => Some(node.span),
        Value::List(list) => list.iter().find_map(|child| written(child, text)),
        Value::Map(map) => map.iter().find_map(|entry| written(&entry.value, text)),
        _ => None,
    }
}
