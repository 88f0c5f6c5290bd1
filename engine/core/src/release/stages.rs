//! From one stage to the next, and the step of the engine's own that watches over full traffic.

use crate::model::shape::{Allocation, Gate, Role, Shape, Step, Weight};
use crate::plan::{Job, Monitor, Stage};

use super::effect::Effect;
use super::state::{Between, NextUp, Phase, Preparing, State};
use super::waiting::{On, Waiting};

/// How much longer than its minimum, and than its smoke tests may take, the watch over full traffic may take.
const DEADLINE_FACTOR: u64 = 10;
const DEADLINE_EXTRA_MS: u64 = 300_000;

impl State {
    /// What comes after admission, preparation or tests.
    pub(super) fn towards_the_steps(&self, clock: u64) -> Phase {
        let stages = &self.plan.stages;
        let told = stages.tells(crate::plan::Occasion::Started);
        match &self.phase {
            Phase::Admission { .. } if stages.prepare.looks() || told => {
                Phase::Preparing(Preparing { findings: None, refused: Vec::new(), since: clock })
            }
            Phase::Admission { .. } | Phase::Preparing(_)
                if !(self.stage_passed(Stage::Approvals) && self.stage_passed(Stage::Test)) =>
            {
                Phase::Testing
            }
            _ => Phase::Between(Between::new(NextUp::Strategy, clock)),
        }
    }

    /// What comes after the strategy's last step: the engine's own, if there is something to watch for, or promotion.
    pub(super) fn after_the_strategy(&mut self) -> NextUp {
        let stages = &self.plan.stages;
        let smoke = |stage| !stages.jobs(stage).is_empty() && !self.stage_passed(stage);
        if stages.monitor.is_none() && !smoke(Stage::Promoted) && !smoke(Stage::Preview) {
            return NextUp::Promotion;
        }
        self.after = true;
        NextUp::Step(Box::new(self.watch_step()))
    }

    /// The candidate at full traffic, with what stays warm of stable.
    fn watch_step(&self) -> Step {
        let stages = &self.plan.stages;
        let unwatched = Monitor { for_ms: 0, keep: 1, checks: Vec::new() };
        let monitor = stages.monitor.as_ref().unwrap_or(&unwatched);
        let mut shape: Shape = self.promoted_shape();
        let instances = monitor.keep.min(self.room_beside(shape.size()));
        if instances > 0 {
            shape.allocations.push(Allocation { role: Role::Stable, instances, weight: Weight::NONE });
        }
        let jobs = stages.smoke.promoted.iter().chain(&stages.smoke.preview);
        let of = |job: &Job| job.timeout_ms.saturating_mul(u64::from(job.retries) + 1);
        let smoke: u64 = jobs.map(of).sum();
        let deadline_ms =
            monitor.for_ms.saturating_mul(DEADLINE_FACTOR).saturating_add(DEADLINE_EXTRA_MS + smoke);
        let checks = monitor.checks.clone();
        let (min_time_ms, min_events, unchecked, approval) = (monitor.for_ms, 0, false, None);
        let gate = Gate { min_time_ms, min_events, checks, unchecked, approval, deadline_ms };
        Step { name: "monitor".to_owned(), shape, gate, reason: String::new() }
    }

    /// How many instances of stable there are, or could be beside so many others.
    fn room_beside(&self, others: u32) -> u32 {
        let stable = self.plan.stable.as_ref().map_or(0, |stable| stable.instances);
        let capacity = self.plan.target.capabilities.and_then(|target| target.capacity);
        capacity.map_or(stable, |capacity| stable.min(capacity.saturating_sub(others)))
    }

    /// What goes on beside the steps: jobs, and telling people.
    pub(super) fn aside(&self) -> Vec<Effect> {
        let tries = self.tries();
        let jobs = (!tries.is_empty()).then_some(Effect::RunJobs { tries });
        jobs.into_iter().chain(self.notice()).collect()
    }

    /// Smoke tests that the gate still waits for.
    pub(super) fn smoke_open(&self) -> Vec<String> {
        let Some(stage) = self.stage().filter(|_| self.phase == Phase::Gated) else { return Vec::new() };
        let open = |job: &&Job| !self.run(stage, &job.name).is_some_and(super::jobs::Run::has_passed);
        self.plan.stages.jobs(stage).iter().filter(open).map(|job| job.name.clone()).collect()
    }

    /// What jobs are waited for: those under way, or a person where nothing else is. Nothing at a gate, which tells
    /// of them beside all else that it waits for.
    pub(super) fn waiting_for_jobs(&self) -> Option<Waiting> {
        self.stage().filter(|_| self.phase != Phase::Gated)?;
        let until = |(one, since): &(super::jobs::Try, u64)| since + one.job.timeout_ms + self.idle_ms;
        let running = self.running_since();
        let busy: Vec<_> = running.iter().filter(|(one, _)| !one.job.is_by_person()).collect();
        if let Some(last) = busy.iter().map(|one| until(one)).max() {
            let names: Vec<&str> = busy.iter().map(|(one, _)| one.job.name.as_str()).collect();
            return Some(Waiting {
                on: On::Jobs,
                what: format!("jobs: {}", names.join(", ")),
                until: Some(last),
            });
        }
        let accept = running.iter().find_map(|one| {
            let crate::plan::Work::Accept { group, message } = &one.0.job.work else { return None };
            let by = if group.is_empty() { "anybody" } else { group };
            let what = format!("{} by {by}: {message}", one.0.job.name);
            Some(Waiting { on: On::Person, what, until: Some(until(one)) })
        });
        accept.or_else(|| {
            let until = Some(self.at + self.plan.deadlines.hold_ms);
            Some(Waiting { on: On::Jobs, what: "jobs to begin".to_owned(), until })
        })
    }
}
