//! The jobs of the stage under way: a line for each that runs, with what it wrote last, and the others in a row.

use sluice_core::plan::{Job, Work};
use sluice_core::release::jobs::Standing;
use sluice_core::release::state::State;

use super::{Seen, cut};
use crate::show::style::{BAD, BOLD, CAREFUL, DIM, GOOD, painted};
use crate::show::time;

pub fn jobs(state: &State, seen: &Seen, now: u64, width: usize) -> Vec<String> {
    let Some(stage) = state.stage() else { return Vec::new() };
    let (mut running, mut others) = (Vec::new(), Vec::new());
    for job in state.plan.stages.jobs(stage) {
        let run = state.run(stage, &job.name);
        let name = cut(&job.name, 24);
        match run.map(|run| (&run.standing, run.attempt)) {
            Some((Standing::Running { since }, attempt)) => {
                running.push(under_way(job, seen, (state.clock(now).saturating_sub(*since), attempt), width));
            }
            Some((Standing::Passed(result), _)) => {
                others.push((GOOD, format!("✓ {name} {}", time::span(result.took_ms))));
            }
            Some((Standing::Accepted(_), _)) => others.push((GOOD, format!("✓ {name}"))),
            Some((Standing::Failed(result), _)) => {
                others.push((BAD, format!("✗ {name} {}", time::span(result.took_ms))));
            }
            Some((Standing::Due, attempt)) if attempt > 1 => {
                others.push((CAREFUL, format!("· {name} try {attempt}")));
            }
            Some((Standing::Due, _)) | None => others.push((DIM, format!("· {name}"))),
        }
    }
    running.extend(wrapped(others, width));
    running
}

fn under_way(job: &Job, seen: &Seen, (took, attempt): (u64, u32), width: usize) -> String {
    let head = painted(BOLD, format!("▸ {:<10}", cut(&job.name, 24)));
    let again = if attempt > 1 { format!(" try {attempt}") } else { String::new() };
    let took = format!("{:>7}{again}", time::span(took));
    let room = width.saturating_sub(12 + 13.max(job.name.chars().count().min(24) + 3) + took.len() + 2);
    let last = match &job.work {
        Work::Accept { group, message } => {
            let by = if group.is_empty() { "anybody" } else { group };
            painted(CAREFUL, cut(&format!("waits for {by}: {message}"), room))
        }
        Work::Command(_) | Work::Workflow { .. } => {
            painted(DIM, cut(seen.said.get(&job.name).map_or("", String::as_str), room))
        }
    };
    format!("  job       {head} {took}  {last}").trim_end().to_owned()
}

/// In as few lines as they fit in.
fn wrapped(jobs: Vec<(anstyle::Style, String)>, width: usize) -> Vec<String> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (style, text) in jobs {
        let (cells, drawn) = (text.chars().count() + 2, painted(style, &text));
        match lines.last_mut() {
            Some((used, line)) if *used + cells <= width => {
                *used += cells;
                line.push_str(&format!("  {drawn}"));
            }
            _ => lines.push((10 + cells, format!("  jobs      {drawn}"))),
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}
