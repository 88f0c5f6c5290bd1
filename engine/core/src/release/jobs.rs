//! Jobs of a release's stages: which may begin, which run, how they ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::shape::Role;
use crate::plan::{Job, Kind, Stage, Work};

use super::decision::Reason;
use super::event::Event;
use super::state::{Between, NextUp, Phase, State, Word};

/// How one try of a job ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobResult {
    pub passed: bool,
    /// How, as the end of a sentence: `exited with status 1`.
    pub how: String,
    pub took_ms: u64,
    /// The last lines of its output, where it failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub last: Vec<String>,
    /// What its JUnit results say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<Tests>,
    /// Files that were kept, and where.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<String>,
    /// The file with its output.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub output: String,
}

/// JUnit results, added up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tests {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
    /// Names and messages of the first failures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<String>,
}

/// Where one job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// From 1.
    pub attempt: u32,
    pub standing: Standing,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Not begun, or to be tried again.
    Due,
    /// Under way since then, on the release's own clock.
    Running {
        since: u64,
    },
    Passed(Box<JobResult>),
    /// Accepted by somebody.
    Accepted(Word),
    Failed(Box<JobResult>),
}

/// Jobs by their names.
pub type Runs = BTreeMap<String, Run>;

/// One try that is to be under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    pub stage: Stage,
    pub job: Job,
    pub attempt: u32,
}

/// How much longer than its time-out a job is waited for: to end it takes a while, too.
const GRACE_MS: u64 = 120_000;

const DUE: Run = Run { attempt: 1, standing: Standing::Due };

/// The next job that may begin: what it needs has passed, there is room, and nothing has failed.
pub fn due<'a>(jobs: &'a [Job], runs: &Runs, parallel: usize) -> Option<&'a Job> {
    let run = |job: &Job| runs.get(&job.name).unwrap_or(&DUE);
    let running = |job: &&Job| !job.is_by_person() && matches!(run(job).standing, Standing::Running { .. });
    if jobs.iter().any(|job| matches!(run(job).standing, Standing::Failed(_))) {
        return None;
    }
    let full = jobs.iter().filter(running).count() >= parallel;
    let passed = |name: &String| runs.get(name).is_some_and(Run::has_passed);
    jobs.iter().find(|job| {
        let room = !full || job.is_by_person();
        room && run(job).standing == Standing::Due && job.needs.iter().all(passed)
    })
}

impl Run {
    pub fn has_passed(&self) -> bool {
        matches!(self.standing, Standing::Passed(_) | Standing::Accepted(_))
    }
}

impl State {
    /// The stage whose jobs may run now.
    pub fn stage(&self) -> Option<Stage> {
        let open = |stage: &Stage| !self.stage_passed(*stage);
        match &self.phase {
            Phase::Testing => [Stage::Approvals, Stage::Test].into_iter().find(open),
            Phase::Between(Between { next: NextUp::Step(_), .. }) => {
                self.previews().then_some(Stage::Preview).filter(open)
            }
            // In a first deployment nobody was served before: there is no path beside that of the users.
            Phase::Gated if self.after && self.plan.kind == Kind::First => {
                [Stage::Preview, Stage::Promoted].into_iter().find(open)
            }
            Phase::Gated if self.after => Some(Stage::Promoted).filter(open),
            _ => None,
        }
    }

    /// Whether smoke tests come before anything else that is done with the candidate's instances.
    pub(super) fn previews(&self) -> bool {
        self.plan.kind == Kind::Progressive
            && self.shape.instances(Role::Candidate) > 0
            && !self.stage_passed(Stage::Preview)
    }

    /// Whether every job of a stage has passed; in a rehearsal none is run.
    pub fn stage_passed(&self, stage: Stage) -> bool {
        let jobs = self.plan.stages.jobs(stage);
        let passed = |job: &Job| self.run(stage, &job.name).is_some_and(Run::has_passed);
        self.plan.stages.rehearsal || jobs.iter().all(passed)
    }

    pub fn run(&self, stage: Stage, job: &str) -> Option<&Run> {
        self.jobs.get(&stage)?.get(job)
    }

    /// What is to be under way now, but for what persons do.
    pub fn tries(&self) -> Vec<Try> {
        self.running().filter(|one| !one.job.is_by_person()).collect()
    }

    /// Acceptances that are waited for, with their stage.
    pub fn acceptances(&self) -> Vec<(Stage, Job)> {
        self.running().filter(|one| one.job.is_by_person()).map(|one| (one.stage, one.job)).collect()
    }

    /// Jobs under way, with the time since when, on the release's own clock.
    pub(super) fn running_since(&self) -> Vec<(Try, u64)> {
        let since = |one: Try| match self.run(one.stage, &one.job.name)?.standing {
            Standing::Running { since } => Some((one, since)),
            _ => None,
        };
        self.running().filter_map(since).collect()
    }

    fn running(&self) -> impl Iterator<Item = Try> {
        let stage = self.stage();
        let jobs = stage.map_or(&[][..], |stage| self.plan.stages.jobs(stage));
        jobs.iter().filter_map(move |job| {
            let (stage, run) = (stage?, self.run(stage?, &job.name)?);
            let runs = matches!(run.standing, Standing::Running { .. });
            runs.then(|| Try { stage, job: job.clone(), attempt: run.attempt })
        })
    }

    /// That the next job begins, if one may.
    pub(super) fn job_to_start(&self) -> Option<Event> {
        if self.paused.is_some() {
            return None;
        }
        let stage = self.stage()?;
        let (jobs, parallel) = (self.plan.stages.jobs(stage), self.plan.stages.parallel(stage));
        let none = Runs::new();
        let runs = self.jobs.get(&stage).unwrap_or(&none);
        let job = due(jobs, runs, parallel)?;
        let attempt = runs.get(&job.name).map_or(1, |run| run.attempt);
        Some(Event::JobStarted { stage, job: job.name.clone(), attempt })
    }

    /// Why the stage under way can not pass any more.
    pub(super) fn failed_jobs(&self, now: u64) -> Vec<Reason> {
        let Some(stage) = self.stage() else { return Vec::new() };
        let runs = self.jobs.get(&stage).into_iter().flatten();
        let failed = runs.filter_map(|(name, run)| match &run.standing {
            Standing::Failed(result) => Some(reason(stage, name, run.attempt, result)),
            _ => None,
        });
        let clock = self.clock(now);
        let overdue = self.running_since().into_iter().filter_map(|(one, since)| {
            let grace = if one.job.is_by_person() { 0 } else { GRACE_MS };
            let late = clock >= since.saturating_add(one.job.timeout_ms).saturating_add(grace);
            let what = if one.job.is_by_person() { "nobody accepted it in time" } else { "it did not end" };
            late.then(|| Reason::new(format!("job {}", one.job.name), what))
        });
        failed.chain(overdue).collect()
    }

    /// That the jobs of some stages have passed, as reasons.
    pub(super) fn passed_jobs(&self, stages: &[Stage]) -> Vec<Reason> {
        let runs = stages.iter().filter_map(|stage| self.jobs.get(stage)).flatten();
        let told = |(name, run): (&String, &Run)| match &run.standing {
            Standing::Passed(result) => Some(Reason::new(format!("job {name}"), result.told())),
            Standing::Accepted(word) => {
                let comment =
                    if word.comment.is_empty() { String::new() } else { format!(": {}", word.comment) };
                Some(Reason::new(format!("operator {}", word.who), format!("accepted {name}{comment}")))
            }
            _ => None,
        };
        runs.filter_map(told).collect()
    }

    pub(super) fn job_started(
        &mut self,
        stage: Stage,
        job: &str,
        attempt: u32,
        at: u64,
    ) -> Result<(), String> {
        let due = Event::JobStarted { stage, job: job.to_owned(), attempt };
        if self.job_to_start().as_ref() != Some(&due) {
            return Err(format!("job `{job}` is not the next one to begin"));
        }
        let standing = Standing::Running { since: self.clock(at) };
        self.jobs.entry(stage).or_default().insert(job.to_owned(), Run { attempt, standing });
        Ok(())
    }

    pub(super) fn job_ended(
        &mut self,
        stage: Stage,
        job: &str,
        attempt: u32,
        result: &JobResult,
        at: u64,
    ) -> Result<(), String> {
        let retries = self.plan.stages.job(stage, job).map_or(0, |job| job.retries);
        let run = self.jobs.get_mut(&stage).and_then(|runs| runs.get_mut(job));
        let run =
            run.filter(|run| run.attempt == attempt && matches!(run.standing, Standing::Running { .. }));
        let run = run.ok_or_else(|| format!("try {attempt} of job `{job}` is not under way"))?;
        *run = match result.passed {
            true => Run { attempt, standing: Standing::Passed(Box::new(result.clone())) },
            false if attempt <= retries => Run { attempt: attempt + 1, standing: Standing::Due },
            false => Run { attempt, standing: Standing::Failed(Box::new(result.clone())) },
        };
        // A step is not held by the time that its smoke tests take.
        let clock = self.clock(at);
        if let Phase::Between(between) = &mut self.phase {
            between.since = clock;
        }
        Ok(())
    }

    /// A person accepts a job by name, or the only one that is waited for. Whether there is such a one.
    pub(super) fn accepted(&mut self, job: Option<&str>, word: &Word) -> bool {
        if self.may_accept(job, &word.who).is_err() {
            return false;
        }
        let open = self.acceptances();
        let named = open.iter().filter(|(_, one)| job.is_none_or(|name| name == one.name));
        let [(stage, one)] = named.collect::<Vec<_>>().as_slice() else { return false };
        let Work::Accept { .. } = &one.work else { return false };
        let run = Run { attempt: 1, standing: Standing::Accepted(word.clone()) };
        self.jobs.entry(*stage).or_default().insert(one.name.clone(), run);
        true
    }

    /// An engine was away: what it ran is run again, and has its whole time.
    pub(super) fn begin_jobs_anew(&mut self, at: u64) {
        let clock = self.clock(at);
        let tries: Vec<Try> = self.tries();
        for one in tries {
            if let Some(run) = self.jobs.get_mut(&one.stage).and_then(|runs| runs.get_mut(&one.job.name)) {
                run.standing = Standing::Running { since: clock };
            }
        }
    }
}

impl JobResult {
    /// How it went, in a few words.
    pub fn told(&self) -> String {
        match &self.tests {
            Some(tests) => format!("{}; {}", self.how, tests.told()),
            None => self.how.clone(),
        }
    }
}

impl Tests {
    pub fn told(&self) -> String {
        let skipped = if self.skipped > 0 { format!(", {} skipped", self.skipped) } else { String::new() };
        let tests = if self.passed == 1 { "test" } else { "tests" };
        format!("{} {tests} passed, {} failed{skipped}", self.passed, self.failed)
    }
}

fn reason(stage: Stage, name: &str, attempt: u32, result: &JobResult) -> Reason {
    let tries = if attempt > 1 { format!(" in try {attempt}, the last") } else { String::new() };
    // A test that failed says more than the line that happened to be written last.
    let failed = result.tests.as_ref().and_then(|tests| tests.failures.first());
    let last = failed.or(result.last.last()).map_or_else(String::new, |line| format!(": {line}"));
    let of = if stage == Stage::Test { "job" } else { "smoke test" };
    let of = if stage == Stage::Approvals { "approval" } else { of };
    Reason::new(format!("{of} {name}"), format!("{}{tries}{last}", result.told()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_job_is_told_with_the_test_that_failed_or_with_its_last_line() {
        let last = vec!["make: *** [test] Error 1".to_owned()];
        let result = JobResult { how: "exited with status 2".to_owned(), last, ..JobResult::default() };
        let told = |result: &JobResult| reason(Stage::Test, "unit", 1, result).to_string();
        assert_eq!(told(&result), "job unit: exited with status 2: make: *** [test] Error 1");
        let failures = vec!["cart.total: expected 3".to_owned(), "cart.tax: expected 1".to_owned()];
        let tests = Tests { passed: 7, failed: 2, skipped: 0, failures };
        assert_eq!(
            told(&JobResult { tests: Some(tests), ..result }),
            "job unit: exited with status 2; 7 tests passed, 2 failed: cart.total: expected 3"
        );
    }
}
