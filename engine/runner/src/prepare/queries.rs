//! Checks queries when the release is planned, so that no typing error waits for the day of an incident.

use sluice_core::document::problem::{Problem, Problems, nearest};
use sluice_core::document::source::Span;
use sluice_core::document::tree::{Node, Value};
use sluice_core::document::workflow::{PluginReference, Workflow};
use sluice_core::model::observation::Query;
use sluice_metrics::promql::{self, PromqlError};

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
    let problem = told(workflow, span, what);
    problems.push(match instead(&error) {
        Some(instead) => problem.with_help(instead),
        None => problem,
    });
}

/// Checks the selector that counts events: only a selector can be looked at over a range.
pub(super) fn check_events(workflow: &Workflow, problems: &mut Problems) {
    let events = &workflow.metrics.events;
    let checked = promql::check(events).and_then(|_| promql::check(&format!("increase({events}[1m])")));
    if let Err(error) = checked {
        let read = promql::check(events);
        let help = "write a counter with its labels and nothing around it, such as \
                    `requests_total{role=\"candidate\"}`: its rise within a step is what a gate counts";
        let what = match read {
            Ok(_) => "`metrics.events` is a calculation, and no selector of a counter".to_owned(),
            Err(_) => format!("`metrics.events` is no selector of a counter: {error}"),
        };
        problems.push(told(workflow, workflow.events_span, what).with_help(help));
    }
}

fn told(workflow: &Workflow, span: Span, what: String) -> Problem {
    workflow
        .problem("promql", span, what, "in this query")
        .with_help("try it in Prometheus; what Sluice evaluates is listed in `engine/README.md`")
}

/// What to write instead, where that is plain from what is wrong.
fn instead(error: &PromqlError) -> Option<String> {
    let PromqlError::Syntax { message, .. } = error else { return None };
    let quoted = message.split('`').nth(1)?;
    if message.ends_with("is not closed") {
        let bracket = match quoted {
            "(" => ")",
            "[" => "]",
            _ => "}",
        };
        return Some(format!("close it with `{bracket}`"));
    }
    if message.ends_with("closes nothing") {
        return Some("take it out, or open it before".to_owned());
    }
    let near =
        message.starts_with("there is no function").then(|| nearest(quoted, promql::functions()))??;
    Some(format!("did you mean `{near}`?"))
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
