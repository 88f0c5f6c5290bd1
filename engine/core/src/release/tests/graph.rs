//! The graph of jobs by itself: never more at once than allowed, needs kept, and an end.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::plan::{Command, Job, Work};
use crate::release::jobs::{JobResult, Run, Runs, Standing, due};

/// A job that needs some of those before it.
pub fn job(name: &str, needs: &[&str]) -> Job {
    let work = Work::Command(Command {
        command: vec!["true".to_owned()],
        env: BTreeMap::new(),
        directory: ".".to_owned(),
        artefacts: Vec::new(),
        junit: Vec::new(),
    });
    let needs = needs.iter().map(|need| (*need).to_owned()).collect();
    Job { name: name.to_owned(), kind: "unit".to_owned(), needs, work, timeout_ms: 5_000, retries: 0 }
}

/// A job that a person ends.
pub fn acceptance(name: &str, group: &str, needs: &[&str]) -> Job {
    let work = Work::Accept { group: group.to_owned(), message: "please look".to_owned() };
    Job { kind: "acceptance".to_owned(), work, ..job(name, needs) }
}

/// Jobs of which each needs some of those before it, and is by a person now and then.
pub fn graph(chances: &[(u16, bool)]) -> Vec<Job> {
    let of = |(index, (bits, person)): (usize, &(u16, bool))| {
        let needs: Vec<String> =
            (0..index.min(16)).filter(|bit| bits & (1 << bit) != 0).map(|bit| format!("j{bit}")).collect();
        let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
        let name = format!("j{index}");
        if *person { acceptance(&name, "", &needs) } else { job(&name, &needs) }
    };
    chances.iter().enumerate().map(of).collect()
}

fn running(jobs: &[Job], runs: &Runs) -> Vec<String> {
    let runs =
        |job: &&Job| runs.get(&job.name).is_some_and(|run| matches!(run.standing, Standing::Running { .. }));
    jobs.iter().filter(runs).map(|job| job.name.clone()).collect()
}

proptest! {
    #[test]
    fn jobs_keep_their_needs_and_their_number_and_come_to_an_end(
        chances in prop::collection::vec((any::<u16>(), prop::bool::weighted(0.2)), 1..12),
        parallel in 1usize..5,
        picks in prop::collection::vec((any::<u8>(), 0u8..20), 30),
    ) {
        let jobs = graph(&chances);
        let mut runs = Runs::new();
        let mut failed = false;
        for (pick, outcome) in picks {
            while let Some(job) = due(&jobs, &runs, parallel) {
                prop_assert!(!failed, "a job begins after one has failed");
                prop_assert!(job.needs.iter().all(|need| runs.get(need).is_some_and(Run::has_passed)));
                prop_assert!(!runs.contains_key(&job.name), "it began twice");
                runs.insert(job.name.clone(), Run { attempt: 1, standing: Standing::Running { since: 0 } });
            }
            let busy = running(&jobs, &runs);
            let by_command = busy.iter().filter(|name| jobs.iter().any(|job| job.name == **name && !job.is_by_person()));
            prop_assert!(by_command.count() <= parallel);
            if busy.is_empty() {
                break;
            }
            let result = Box::new(JobResult::default());
            failed |= outcome == 0;
            let standing = if outcome == 0 { Standing::Failed(result) } else { Standing::Passed(result) };
            runs.insert(busy[usize::from(pick) % busy.len()].clone(), Run { attempt: 1, standing });
        }
        if !failed {
            prop_assert!(jobs.iter().all(|job| runs.get(&job.name).is_some_and(Run::has_passed)), "it came to no end");
        }
    }
}
