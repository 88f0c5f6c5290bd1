//! Where a release stands, as a few lines that are drawn over themselves.

mod jobs;
mod shares;
mod way;

use std::collections::BTreeMap;

use sluice_core::plan::Stage;
use sluice_core::release::event::Purpose;
use sluice_core::release::gate::GateStatus;
use sluice_core::release::state::{Phase, State};

use super::style::{BAD, BOLD, CAREFUL, DIM, GOOD, PLAIN, of_outcome, of_verdict, painted};
use super::time;

/// What was seen of a release beside its records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Ready instances by role, at the last look.
    pub ready: BTreeMap<String, u32>,
    /// Sorts of differences between stable's answers and the shadow's, by kind.
    pub differences: BTreeMap<&'static str, u32>,
    /// What each job wrote last.
    pub said: BTreeMap<String, String>,
}

/// The frame, each line at most `width` cells wide.
pub fn frame(state: &State, seen: &Seen, now: u64, width: usize) -> Vec<String> {
    let mut lines = vec![head(state, now)];
    lines.extend(way::stages(state));
    lines.extend(shares::shares(state, seen, width));
    lines.extend(gate(state, now));
    lines.extend(jobs::jobs(state, seen, now, width));
    lines.extend(checks(state, width));
    lines.extend(waits(state));
    lines
}

fn head(state: &State, now: u64) -> String {
    let plan = &state.plan;
    let from = plan.stable.as_ref().map_or_else(String::new, |stable| format!("{} → ", stable.version));
    let title = super::safe(&format!("{}  {from}{}", plan.about.service, plan.candidate.version));
    let until = if state.outcome().is_some() { state.at } else { now };
    let since = time::span(until.saturating_sub(state.started_at));
    let kind = if plan.stages.rehearsal { "  rehearsal" } else { "" };
    format!("{}{kind}  {}  {}", painted(BOLD, title), doing(state), painted(DIM, since))
}

fn doing(state: &State) -> String {
    match &state.phase {
        Phase::Ended { outcome, .. } => painted(of_outcome(*outcome), outcome),
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
        _ => state
            .step
            .as_ref()
            .map_or_else(String::new, |step| format!("step {}", super::safe(&step.step.name))),
    }
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

fn checks(state: &State, width: usize) -> Vec<String> {
    if state.step.is_none() || matches!(state.phase, Phase::Ended { .. } | Phase::Finishing { .. }) {
        return Vec::new();
    }
    let line = |name: &&str| {
        let judgement = state.last_judgement(name);
        let (style, sign) = of_verdict(judgement.map(|judgement| judgement.verdict));
        let reason = judgement.map_or("not judged yet", |judgement| judgement.reason.as_str());
        let head = painted(style, format!("{sign} {name:<10}"));
        format!("  check     {head} {}", cut(reason, width.saturating_sub(25)))
    };
    state.scope().iter().map(line).collect()
}

fn waits(state: &State) -> Option<String> {
    let waiting = state.waiting()?;
    let person = waiting.on == sluice_core::release::waiting::On::Person;
    let held = matches!(&state.phase, Phase::Between(between) if !between.held.is_empty());
    (person || held).then(|| format!("  {}  {}", painted(CAREFUL, "waits for"), super::safe(&waiting.what)))
}

/// A text from outside in so many cells.
fn cut(text: &str, room: usize) -> String {
    super::cut(&super::safe(text), room.max(8))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sluice_core::model::shape::{Allocation, Mirror, Role, Shape, Weight};
    use sluice_core::plan::{Command, Job, Monitor, Work};
    use sluice_core::release::event::{Event, Record};
    use sluice_core::release::jobs::{JobResult, Run, Standing};

    use super::*;

    fn job(name: &str) -> Job {
        let command = Command {
            command: vec!["make".to_owned()],
            env: BTreeMap::new(),
            directory: "/".to_owned(),
            artefacts: Vec::new(),
            junit: Vec::new(),
        };
        let (name, kind, needs) = (name.to_owned(), String::new(), Vec::new());
        Job { name, kind, needs, work: Work::Command(command), timeout_ms: 60_000, retries: 1 }
    }

    fn state() -> State {
        let mut plan = sluice_core::sample::plan();
        plan.stages.prepare.metrics = true;
        plan.stages.test.jobs = ["unit", "lint", "end-to-end", "later"].map(job).to_vec();
        plan.stages.monitor = Some(Monitor { for_ms: 1_000, keep: 1, checks: Vec::new() });
        let event = Event::Planned { release: "shop-1".to_owned(), plan: Box::new(plan) };
        State::begin(&Record { seq: 0, at: 1_000, event }).unwrap()
    }

    /// The frame without its colours, each line within the width.
    fn drawn(state: &State, seen: &Seen, width: usize) -> String {
        let lines = frame(state, seen, 13_500, width);
        let plain: Vec<String> =
            lines.iter().map(|line| anstream::adapter::strip_str(line).to_string()).collect();
        for line in &plain {
            assert!(line.chars().count() <= width, "wider than {width}: {line}");
        }
        plain.join("\n")
    }

    #[test]
    fn jobs_are_told_with_what_they_wrote_last() {
        let mut state = state();
        state.phase = Phase::Testing;
        let passed = JobResult { passed: true, took_ms: 2_100, ..JobResult::default() };
        let runs = [
            ("unit", 1, Standing::Running { since: 1_500 }),
            ("lint", 1, Standing::Passed(Box::new(passed))),
            ("end-to-end", 2, Standing::Due),
        ];
        let runs = runs.map(|(name, attempt, standing)| (name.to_owned(), Run { attempt, standing }));
        state.jobs.insert(Stage::Test, runs.into_iter().collect());
        let said = "testing the cart \u{1b}[31mwith a line that is longer than what there is room for here";
        let seen = Seen { said: BTreeMap::from([("unit".to_owned(), said.to_owned())]), ..Seen::default() };
        insta::assert_snapshot!(drawn(&state, &seen, 80), @r"
    shop  v1 → v2  test  12 s
      stages    ✓ prepare  ▸ test  · release  · monitor
      stable    v1       ████████████████████████████████  100 %  2 instances
      candidate v2                                           0 %
      job       ▸ unit          12 s  testing the cart �[31mwith a line that is lon…
      jobs      ✓ lint 2.1 s  · end-to-end try 2  · later
    ");
    }

    #[test]
    fn every_revision_has_its_dots_and_what_is_mirrored_is_told() {
        let mut state = state();
        let one = |role, instances, tenths| {
            let weight = Weight::per_mille(tenths).unwrap();
            Allocation { role, instances, weight }
        };
        state.shape = Shape {
            allocations: vec![
                one(Role::Stable, 20, 900),
                one(Role::Baseline, 1, 50),
                one(Role::Candidate, 3, 50),
            ],
            routes: Vec::new(),
            mirror: Some(Mirror { role: Role::Candidate, weight: Weight::per_mille(500).unwrap() }),
        };
        state.plan = Arc::new(sluice_core::plan::Plan {
            candidate: sluice_core::sample::revision("v2-with-a-long-name"),
            ..(*state.plan).clone()
        });
        let ready = [("stable", 20), ("candidate", 2), ("baseline", 1)];
        let seen = Seen {
            ready: ready.map(|(role, count)| (role.to_owned(), count)).into(),
            differences: BTreeMap::from([("body", 2), ("status", 1)]),
            ..Seen::default()
        };
        state.generation = 1;
        state.phase = Phase::Gated;
        insta::assert_snapshot!(drawn(&state, &seen, 80), @r"
    shop  v1 → v2-with-a-long-name    12 s
      stages    ✓ prepare  ✓ test  ▸ release  · monitor
      stable    v1       ████████████████████████████▉      90 %  20/20 ready
      candidate v2-with… █▋                                  5 %  ●●○
      baseline  v1       █▋                                  5 %  ●
      mirror    50 % to candidate  differs: 2 body, 1 status
    ");
        assert!(!drawn(&state, &seen, 60).is_empty());
    }
}
