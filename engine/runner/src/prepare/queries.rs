//! Checks queries when the release is planned, so that no typing error waits for the day of an incident.

use sluice_core::document::measure::show_duration;
use sluice_core::document::problem::{Problem, Problems, nearest};
use sluice_core::document::source::Span;
use sluice_core::document::tree::{Node, Value};
use sluice_core::document::workflow::{PluginReference, Workflow};
use sluice_core::model::observation::Query;
use sluice_metrics::promql::{self, PromqlError};
use sluice_metrics::store::StoreLimits;

use crate::scrape::prometheus::is_for_prometheus;

/// Checks a query that a plugin declared; the problem stands where the config has its text.
pub(super) fn check(
    workflow: &Workflow,
    reference: &PluginReference,
    query: &Query,
    problems: &mut Problems,
) {
    let mut asked = vec![("query", query.expr.as_str(), query.at_first().expr)];
    if let (Some(enough), Some(count)) = (&query.enough, query.counting(first_window(query))) {
        asked.push(("counter of events of the query", enough.events.as_str(), count.expr));
    }
    for (which, text, expr) in asked {
        let Err(error) = promql::check(&expr) else { continue };
        let span = written(&reference.config, text).unwrap_or_else(|| reference.locate(""));
        let what = format!("the {which} `{}` of `{}` is no PromQL: {error}", query.name, reference.name);
        let problem = told(workflow, span, what);
        problems.push(match instead(&error) {
            Some(instead) => problem.with_help(instead),
            None => problem,
        });
    }
    check_extent(workflow, reference, query, problems);
}

/// That what is counted is where the query is answered, and that there is as much of it as the window may grow.
fn check_extent(workflow: &Workflow, reference: &PluginReference, query: &Query, problems: &mut Problems) {
    let Some(count) = query.counting(first_window(query)) else { return };
    let events = query.enough.as_ref().map_or("", |enough| enough.events.as_str());
    let mut tell = |what: String, help: &str| {
        let span = written(&reference.config, events).unwrap_or_else(|| reference.locate(""));
        problems.push(workflow.problem("events", span, what, "of this query").with_help(help));
    };
    let by_server = workflow.metrics.prometheus.is_some() && is_for_prometheus(query);
    let counted_by_server = workflow.metrics.prometheus.is_some() && is_for_prometheus(&count);
    let both_read = [query.at_first(), count].iter().all(|one| promql::check(&one.expr).is_ok());
    if both_read && by_server != counted_by_server {
        let place = |by_server| if by_server { "by Prometheus" } else { "by the gateway's own page" };
        let (one, other) = (place(by_server), place(counted_by_server));
        let what =
            format!("`{}` of `{}` is answered {one}, and its events {other}", query.name, reference.name);
        tell(what, "count what the same source has: what it counts and what it measures belong together");
    }
    let kept = StoreLimits::default().retention_ms.unsigned_abs();
    if let Some(extent) = query.extent().filter(|extent| !by_server && extent.most_ms > kept) {
        let (most, kept) = (show_duration(extent.most_ms), show_duration(kept));
        let what = format!(
            "the window of `{}` of `{}` may grow to {most}, and scraped samples are kept for {kept}",
            query.name, reference.name
        );
        tell(what, "write a shorter `max-window`, or name a Prometheus in `metrics.prometheus`");
    }
}

fn first_window(query: &Query) -> Option<u64> {
    query.extent().map(|extent| extent.window_ms)
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
