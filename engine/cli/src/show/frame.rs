//! Where a release stands, as a few lines that are drawn over themselves.

use sluice_core::model::shape::Role;
use sluice_core::plan::{Job, Stage};
use sluice_core::release::event::Purpose;
use sluice_core::release::gate::GateStatus;
use sluice_core::release::jobs::Standing;
use sluice_core::release::state::{Phase, State};

use super::bar::bar;
use super::style::{BAD, BOLD, CANDIDATE, CAREFUL, DIM, GOOD, PLAIN, STABLE, of_verdict, painted};
use super::time;

/// Cells of a bar in a terminal that is wide enough.
const BAR: usize = 32;

/// The frame, each line at most `width` cells wide.
pub fn frame(state: &State, now: u64, width: usize) -> Vec<String> {
    let mut lines = vec![head(state, now)];
    lines.extend([Role::Stable, Role::Candidate].into_iter().filter_map(|role| share(state, role, width)));
    lines.extend(gate(state, now));
    lines.extend(jobs(state, width));
    lines.extend(checks(state, width));
    lines.extend(waits(state));
    lines
}

fn head(state: &State, now: u64) -> String {
    let plan = &state.plan;
    let from = plan.stable.as_ref().map_or_else(String::new, |stable| format!("{} → ", stable.version));
    let title = format!("{}  {from}{}", plan.about.service, plan.candidate.version);
    let doing = match &state.phase {
        Phase::Ended { outcome, .. } => outcome.to_string(),
        Phase::Retreating(_) => painted(BAD, "going back"),
        Phase::Moving(moving) => match moving.purpose {
            Purpose::Grow => "starting instances".to_owned(),
            Purpose::Step => "shifting traffic".to_owned(),
            Purpose::Repair => painted(CAREFUL, "repairing the target"),
            Purpose::Promote => painted(GOOD, "promoting"),
            Purpose::Retreat | Purpose::Restore => painted(BAD, "going back"),
        },
        Phase::Preparing(_) => "preparing".to_owned(),
        _ if state.paused.is_some() => painted(CAREFUL, "paused"),
        _ if state.stage().is_some_and(|stage| stage != Stage::Promoted) => {
            state.stage().map_or_else(String::new, |stage| stage.name().to_owned())
        }
        _ => state.step.as_ref().map_or_else(String::new, |step| format!("step {}", step.step.name)),
    };
    let since = time::span(now.saturating_sub(state.started_at));
    format!("{}  {doing}  {}", painted(BOLD, title), painted(DIM, since))
}

fn share(state: &State, role: Role, width: usize) -> Option<String> {
    let revision = match role {
        Role::Stable => state.plan.stable.as_ref()?,
        _ => &state.plan.candidate,
    };
    let (weight, instances) = (state.shape.weight(role), state.shape.instances(role));
    let cells = BAR.min(width.saturating_sub(48)).max(8);
    let style = if role == Role::Stable { STABLE } else { CANDIDATE };
    let name = format!("{:<9} {:<8.8}", role.name(), revision.version);
    let observed = state.round.observed.as_ref().and_then(|set| set.ready.get(role.name()).copied());
    let ready = observed.map_or_else(String::new, |ready| format!(" · {ready}/{instances} ready"));
    let percent = format!("{:>6}", weight.to_string());
    let drawn = painted(style, bar(weight, cells));
    Some(format!("  {name} {drawn} {percent}{}", painted(DIM, ready)))
}

fn gate(state: &State, now: u64) -> Option<String> {
    if !matches!(state.phase, Phase::Gated) {
        return None;
    }
    let status = state.gate(now)?;
    let step = state.step.as_ref()?;
    let mut parts = vec![time_left(&status, step.step.gate.min_time_ms)];
    if step.step.gate.min_events > 0 {
        let enough = status.events_left == 0;
        let had = status.events.map_or_else(|| "none".to_owned(), |events| events.to_string());
        parts.push(part(enough, format!("{had} of {} events", step.step.gate.min_events)));
    }
    if step.step.gate.approval.is_some() {
        let text = if status.approval_missing { "approval missing" } else { "approved" };
        parts.push(part(!status.approval_missing, text.to_owned()));
    }
    let deadline = time::span(status.deadline_at.saturating_sub(now));
    parts.push(painted(DIM, format!("deadline in {deadline}")));
    Some(format!("  gate      {}", parts.join("  ")))
}

fn time_left(status: &GateStatus, min_time_ms: u64) -> String {
    match status.time_left_ms {
        0 => part(true, format!("{} observed", time::span(min_time_ms))),
        left => part(false, format!("{} to go", time::span(left))),
    }
}

fn part(closed: bool, text: String) -> String {
    let (style, sign) = if closed { (GOOD, "✓") } else { (PLAIN, "·") };
    painted(style, format!("{sign} {text}"))
}

/// The jobs of the stage under way, in as few lines as they fit in.
fn jobs(state: &State, width: usize) -> Vec<String> {
    let Some(stage) = state.stage() else { return Vec::new() };
    let job = |job: &Job| {
        let standing = state.run(stage, &job.name).map(|run| &run.standing);
        let (style, sign) = match standing {
            Some(Standing::Passed(_) | Standing::Accepted(_)) => (GOOD, "✓"),
            Some(Standing::Failed(_)) => (BAD, "✗"),
            Some(Standing::Running { .. }) => (BOLD, "▸"),
            Some(Standing::Due) | None => (DIM, "·"),
        };
        (job.name.chars().count() + 4, painted(style, format!("{sign} {}", job.name)))
    };
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (cells, drawn) in state.plan.stages.jobs(stage).iter().map(job) {
        match lines.last_mut() {
            Some((used, line)) if *used + cells <= width => {
                *used += cells;
                line.push_str(&format!("  {drawn}"));
            }
            _ => lines.push((12 + cells, format!("  jobs      {drawn}"))),
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

fn checks(state: &State, width: usize) -> Vec<String> {
    if state.step.is_none() || matches!(state.phase, Phase::Ended { .. } | Phase::Finishing { .. }) {
        return Vec::new();
    }
    let line = |name: &&str| {
        let judgement = state.last_judgement(name);
        let (style, sign) = of_verdict(judgement.map(|judgement| judgement.verdict));
        let reason = judgement.map_or("not judged yet", |judgement| judgement.reason.as_str());
        let room = width.saturating_sub(24).max(20);
        let reason = super::safe(reason);
        let mut shown: String = reason.chars().take(room).collect();
        if reason.chars().count() > room {
            shown.pop();
            shown.push('…');
        }
        format!("  check     {} {shown}", painted(style, format!("{sign} {name:<10}")))
    };
    state.scope().iter().map(line).collect()
}

fn waits(state: &State) -> Option<String> {
    let waiting = state.waiting()?;
    let person = waiting.on == sluice_core::release::waiting::On::Person;
    let held = matches!(&state.phase, Phase::Between(between) if !between.held.is_empty());
    (person || held).then(|| format!("  {}  {}", painted(CAREFUL, "waits for"), super::safe(&waiting.what)))
}
