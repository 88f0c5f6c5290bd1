//! What a workflow asks of its target beside the steps: a way to the candidate alone, and answers that were compared.

use sluice_core::document::problem::Problems;
use sluice_core::document::workflow::Workflow;
use sluice_core::plan::{Plan, PluginUse, Stage};
use sluice_metrics::promql;

/// What only a target that compares answers counts.
const COMPARED: [&str; 2] =
    ["sluice_gateway_mirror_compared_total", "sluice_gateway_mirror_differences_total"];

/// Refuses what the plan's target can not do.
pub(super) fn check(workflow: &Workflow, plan: &Plan, problems: &mut Problems) {
    let Some(target) = plan.target.capabilities else { return };
    let kind = &plan.target.kind;
    let mut refuse = |span, message: String, help: &str| {
        problems.push(workflow.problem("target", span, message, "asked here").with_help(help));
    };
    if !target.preview && !plan.stages.jobs(Stage::Preview).is_empty() {
        let message =
            format!("`smoke.preview` can not be, as the target `{kind}` has no way to the candidate alone");
        refuse(workflow.smoke_span, message, &preview_instead(kind));
    }
    for (check, reference) in plan.checks.iter().zip(&workflow.checks) {
        if !target.compares && wants_comparison(check) {
            let message = format!(
                "the check `{}` can not be, as the target `{kind}` compares no answers of mirrored requests",
                check.name
            );
            refuse(
                reference.plugin.span,
                message,
                "use the target `gateway`, which does, or leave the check out",
            );
        }
    }
}

fn preview_instead(kind: &str) -> String {
    match kind {
        "gateway" | "envoy" => format!(
            "write `target: {{{kind}: {{preview: \"127.0.0.1:8081\"}}}}`, or move the jobs to `smoke.promoted`"
        ),
        _ => "move the jobs to `smoke.promoted`, or use the target `gateway` or `envoy` with a `preview`"
            .to_owned(),
    }
}

fn wants_comparison(check: &PluginUse) -> bool {
    let mut read = check.queries.iter().filter_map(|query| promql::check(&query.at_first().expr).ok());
    read.any(|query| query.metric_names().iter().any(|name| COMPARED.contains(&name.as_str())))
}
