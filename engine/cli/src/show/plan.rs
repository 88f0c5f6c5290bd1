//! A plan, for people.

use sluice_core::document::measure::show_duration;
use sluice_core::model::observation::Query;
use sluice_core::plan::{Kind, Plan, PluginUse, Port};

use sluice_runner::prepare::Planned;

use super::style::{BOLD, DIM, painted};
use super::{JSON_VERSION, json_line, line, outline, safe, stages};
use crate::args::Output;

/// Prints what a release by this plan would do.
pub fn tell(planned: &Planned, output: Output) {
    match output {
        Output::Human => print(planned),
        Output::Json => json_line(&serde_json::json!({
            "version": JSON_VERSION,
            "type": "plan",
            "digest": planned.plan.digest(),
            "plan": planned.plan,
            "outline": planned.outline,
        })),
    }
}

fn print(planned: &Planned) {
    drawn(&planned.plan).iter().for_each(|one| line(one));
    outline::drawn(&planned.outline, planned.plan.kind).iter().for_each(|one| line(one));
}

fn drawn(plan: &Plan) -> Vec<String> {
    let about = &plan.about;
    let candidate = &plan.candidate;
    let change = match (&plan.stable, plan.kind) {
        (Some(stable), Kind::Progressive) => format!("{} → {}", stable.version, candidate.version),
        _ => format!("{} (first deployment: nothing is served yet)", candidate.version),
    };
    let port = match &candidate.spec.port {
        Port::Env(name) => format!("port in ${name}"),
        Port::Fixed(port) => format!("port {port}"),
    };
    let mut lines = vec![
        format!("{}  {change}  in {}", painted(BOLD, &about.service), about.environment),
        entry(
            "candidate",
            &format!("{} × {}, {port}", candidate.instances, candidate.spec.command.join(" ")),
        ),
        entry("target", &format!("{} {}", plan.target.kind, place(plan))),
    ];
    lines.extend(stages::before(plan).into_iter().map(|(word, text)| entry(word, &text)));
    lines.push(entry("strategy", &plugin(&plan.strategy)));
    for check in &plan.checks {
        lines.push(entry("check", &format!("{} by {}", check.name, plugin(check))));
        lines.extend(
            check.queries.iter().map(|query| {
                entry("", &format!("{}: {}{}", query.name, oneline(&query.expr), enough(query)))
            }),
        );
    }
    lines.push(entry("rollback", &plugin(&plan.rollback)));
    lines.extend(stages::after(plan).into_iter().map(|(word, text)| entry(word, &text)));
    let documents = &plan.policies.documents;
    let sources: Vec<&str> = documents.iter().map(|document| document.source.as_str()).collect();
    lines.push(entry("policies", &if sources.is_empty() { "none".to_owned() } else { sources.join(", ") }));
    lines.extend(plan.policies.params.iter().map(|(policy, values)| {
        let values: Vec<String> = values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        entry("", &format!("{policy} with {}", values.join(", ")))
    }));
    let deadlines = &plan.deadlines;
    lines.push(entry(
        "deadlines",
        &format!(
            "apply {}, hold {}, pause {}; a round every {}",
            show_duration(deadlines.apply_ms),
            show_duration(deadlines.hold_ms),
            show_duration(deadlines.pause_ms),
            show_duration(plan.metrics.interval_ms),
        ),
    ));
    lines.push(entry("digest", &plan.digest()));
    lines
}

fn entry(name: &str, text: &str) -> String {
    format!("  {} {}", painted(DIM, format!("{name:<10}")), safe(text))
}

fn plugin(used: &PluginUse) -> String {
    let digest: String = used.pin.digest.chars().take("sha256:".len() + 12).collect();
    let source =
        if used.pin.source == "bundled" { String::new() } else { format!(" from {}", used.pin.source) };
    format!("{}{source} ({digest})", used.pin.name)
}

/// Where it is, or what it is asked by.
fn place(plan: &Plan) -> String {
    let config = &plan.target.config;
    if let Some(address) = config.get("listen").or_else(|| config.get("address")) {
        return address.as_str().unwrap_or_default().to_owned();
    }
    let words = config.get("command").and_then(|words| words.as_array());
    let words: Vec<&str> = words.into_iter().flatten().filter_map(|word| word.as_str()).collect();
    words.join(" ")
}

fn oneline(expr: &str) -> String {
    expr.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How many events a query wants, and how long a window may be for them.
fn enough(query: &Query) -> String {
    let Some(enough) = &query.enough else { return String::new() };
    let window = enough.extent.map(|one| match (show_duration(one.window_ms), show_duration(one.most_ms)) {
        (first, most) if first == most => format!(" in {first}"),
        (first, most) => format!(" in {first} to {most}"),
    });
    format!("  of {} events{}", enough.least, window.unwrap_or_default())
}
