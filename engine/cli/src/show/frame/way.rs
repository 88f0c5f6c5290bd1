//! The stages of a release as a row: what is behind, what is under way, what comes.

use sluice_core::plan::Stage;
use sluice_core::release::decision::Outcome;
use sluice_core::release::state::{Phase, State};

use crate::show::style::{BAD, BOLD, DIM, GOOD, painted};

/// A part of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Prepare,
    Approvals,
    Test,
    Release,
    Monitor,
}

/// The row, where there is more than the strategy's steps.
pub fn stages(state: &State) -> Option<String> {
    let parts = parts(state);
    if parts.len() < 2 {
        return None;
    }
    let here = here(state);
    let done = matches!(state.outcome(), Some(Outcome::Promoted | Outcome::Rehearsed));
    let back = matches!(&state.phase, Phase::Retreating(_)) || (state.outcome().is_some() && !done);
    let drawn = parts.iter().map(|part| {
        let (style, sign) = match part.cmp(&here) {
            _ if done => (GOOD, "✓"),
            std::cmp::Ordering::Less => (GOOD, "✓"),
            std::cmp::Ordering::Equal if back => (BAD, "✗"),
            std::cmp::Ordering::Equal => (BOLD, "▸"),
            std::cmp::Ordering::Greater => (DIM, "·"),
        };
        painted(style, format!("{sign} {}", part.name()))
    });
    Some(format!("  stages    {}", drawn.collect::<Vec<_>>().join("  ")))
}

fn parts(state: &State) -> Vec<Part> {
    let stages = &state.plan.stages;
    // A rehearsal comes to no further stage.
    let jobs = |stage: Stage| !stages.rehearsal && !stages.jobs(stage).is_empty();
    let watched = !stages.rehearsal && stages.monitor.is_some() || jobs(Stage::Promoted);
    let all = [
        (stages.prepare.looks(), Part::Prepare),
        (jobs(Stage::Approvals), Part::Approvals),
        (jobs(Stage::Test), Part::Test),
        (true, Part::Release),
        (watched, Part::Monitor),
    ];
    all.into_iter().filter_map(|(there, part)| there.then_some(part)).collect()
}

fn here(state: &State) -> Part {
    let stages = &state.plan.stages;
    match (&state.phase, state.stage()) {
        (Phase::Admission { .. } | Phase::Preparing(_), _) => Part::Prepare,
        (Phase::Testing, Some(Stage::Approvals)) => Part::Approvals,
        (Phase::Testing, _) => Part::Test,
        _ if state.after => Part::Monitor,
        _ if state.generation > 0 || matches!(state.phase, Phase::Between(_)) => Part::Release,
        // It ended before anything was done.
        _ if state.jobs.is_empty() && stages.prepare.looks() => Part::Prepare,
        _ if !state.stage_passed(Stage::Approvals) => Part::Approvals,
        _ if !state.stage_passed(Stage::Test) => Part::Test,
        _ => Part::Release,
    }
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Approvals => "approvals",
            Self::Test => "test",
            Self::Release => "release",
            Self::Monitor => "monitor",
        }
    }
}
