//! The stages of a plan, for people: what is looked at, who is told, which jobs run, and how the way back goes.

use sluice_core::document::measure::{show_bytes, show_duration};
use sluice_core::plan::{Channel, Job, Kind, Must, Plan, Stage, Work};

/// Lines with the word that each stands under.
type Lines = Vec<(&'static str, String)>;

/// What comes before the steps.
pub fn before(plan: &Plan) -> Lines {
    let prepare = &plan.stages.prepare;
    let mut lines = Lines::new();
    for one in &prepare.notify {
        let by = match &one.by {
            Channel::Webhook { url, .. } => url.clone(),
            Channel::Command { command, .. } => command.join(" "),
        };
        let must = if one.required { ", who must know" } else { "" };
        lines.push(("notify", format!("{} by {by}{must}", one.name)));
    }
    for tool in &prepare.tools {
        lines.push(("tool", format!("{} {}", tool.name, tool.requirement)));
    }
    for one in &prepare.environment {
        let must = match &one.must {
            Must::Connect(address) => format!("{address} accepts connections"),
            Must::Answer(url) => format!("{url} answers"),
            Must::HaveRoom { path, bytes } => format!("{} free at {path}", show_bytes(*bytes)),
            Must::Succeed { command, .. } => format!("`{}` exits with 0", command.join(" ")),
        };
        lines.push(("needs", format!("{}: {must}", one.name)));
    }
    if prepare.metrics {
        lines.push((
            "metrics",
            "each that a query names must be on a page before anything is done".to_owned(),
        ));
    }
    lines.extend(jobs(plan, Stage::Approvals, "approval"));
    lines.extend(jobs(plan, Stage::Test, "test"));
    lines.extend(jobs(plan, Stage::Preview, "preview"));
    lines
}

/// What comes after the strategy's steps.
pub fn after(plan: &Plan) -> Lines {
    let mut lines = Lines::new();
    if let Some(monitor) = &plan.stages.monitor {
        let checks =
            if monitor.checks.is_empty() { "all checks".to_owned() } else { monitor.checks.join(", ") };
        let text = format!(
            "{} at full traffic under {checks}, with {} of stable kept warm",
            show_duration(monitor.for_ms),
            instances(monitor.keep),
        );
        lines.push(("monitor", text));
    }
    lines.extend(jobs(plan, Stage::Promoted, "promoted"));
    lines.push(("way back", way_back(plan)));
    lines
}

/// The rollback plan in words: what is restored, by whom it is asked for, how it is proven.
fn way_back(plan: &Plan) -> String {
    let by = &plan.rollback.pin.name;
    match (&plan.stable, plan.kind) {
        (Some(stable), Kind::Progressive) => format!(
            "when `{by}` asks for it, a deadline passes or somebody aborts: {} ({}) at 100 % on {}, which keep \
             running until promotion; the release ends only once the target was seen to serve it \
             (`sluice plan --rehearse` tries it)",
            stable.version,
            stable.id,
            instances(stable.instances),
        ),
        _ => "nothing is served yet: the candidate is taken away again".to_owned(),
    }
}

fn instances(count: u32) -> String {
    if count == 1 { "1 instance".to_owned() } else { format!("{count} instances") }
}

fn jobs(plan: &Plan, stage: Stage, word: &'static str) -> Lines {
    plan.stages.jobs(stage).iter().map(|one| (word, job(one))).collect()
}

fn job(job: &Job) -> String {
    let work = match &job.work {
        Work::Command(command) => command.command.join(" "),
        Work::Workflow { path, .. } => format!("release by {path}"),
        Work::Accept { group, message } => {
            let by = if group.is_empty() { "anybody" } else { group };
            format!("accepted by {by}: {message}")
        }
    };
    let needs =
        if job.needs.is_empty() { String::new() } else { format!(", after {}", job.needs.join(", ")) };
    let again = match job.retries {
        0 => String::new(),
        1 => ", tried again once".to_owned(),
        times => format!(", tried again {times} times"),
    };
    format!("{}: {work} (within {}{needs}{again})", job.name, show_duration(job.timeout_ms))
}
