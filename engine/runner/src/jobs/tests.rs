//! Jobs as real processes: groups are ended, time and output bounded, what they leave is kept.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use sluice_core::plan::{Command, Job, Stage, Work};
use sluice_core::release::jobs::JobResult;
use tempfile::TempDir;

use super::{LocalJobs, Place};
use crate::orphans::runs_now;
use crate::ports::stages::{Order, TryId, Workshop};

struct Shop {
    jobs: LocalJobs,
    folder: TempDir,
}

fn shop() -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let jobs = another(folder.path());
    Shop { jobs, folder }
}

fn another(state: &Path) -> LocalJobs {
    let (release, program) = ("shop-1".to_owned(), "/bin/false".into());
    let jobs = LocalJobs::new(Place { state: state.to_owned(), release, program });
    jobs.with_patience(Duration::from_millis(200))
}

impl Shop {
    fn order(&self, script: &str) -> Order {
        let work = Command {
            command: ["sh", "-c", script].map(str::to_owned).into(),
            env: BTreeMap::from([("OWN".to_owned(), "mine".to_owned())]),
            directory: self.folder.path().display().to_string(),
            artefacts: Vec::new(),
            junit: Vec::new(),
        };
        let (needs, kind) = (Vec::new(), "unit".to_owned());
        let work = Work::Command(work);
        let job = Job { name: "unit".to_owned(), kind, needs, work, timeout_ms: 60_000, retries: 0 };
        let id = TryId { stage: Stage::Test, job: "unit".to_owned(), attempt: 1 };
        Order { id, job, variables: vec![("SLUICE_VERSION".to_owned(), "v2".to_owned())] }
    }

    async fn run(&self, order: Order) -> JobResult {
        self.jobs.begin(order);
        ended(&self.jobs).await
    }

    /// What a job wrote into a file, once it is there.
    async fn written(&self, file: &str) -> String {
        loop {
            if let Ok(text) = std::fs::read_to_string(self.folder.path().join(file))
                && text.ends_with('\n')
            {
                return text.trim().to_owned();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn ended(jobs: &LocalJobs) -> JobResult {
    loop {
        if let Some((_, result)) = jobs.ended().pop() {
            return result;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn with(mut order: Order, change: impl FnOnce(&mut Command)) -> Order {
    if let Work::Command(command) = &mut order.job.work {
        change(command);
    }
    order
}

#[tokio::test]
async fn a_job_has_its_environment_and_its_output_is_kept_and_shown() {
    let shop = shop();
    let result = shop.run(shop.order("echo $OWN $SLUICE_VERSION; echo oops >&2; exit 7")).await;
    assert_eq!((result.passed, result.how.as_str()), (false, "exited with status 7"));
    let mut last = result.last.clone();
    last.sort();
    assert_eq!(last, ["mine v2", "oops"]);
    let kept = std::fs::read_to_string(&result.output).unwrap();
    assert!(kept.contains("mine v2\n") && kept.contains("oops\n"), "{kept}");
    let said = shop.jobs.said();
    assert!(said.iter().any(|said| (said.job.as_str(), said.line.as_str()) == ("unit", "mine v2")));
    assert!(shop.jobs.said().is_empty());
}

#[tokio::test]
async fn a_job_that_takes_too_long_is_ended_with_all_that_it_started() {
    let shop = shop();
    let mut order = shop.order("trap '' TERM; (trap '' TERM; sleep 600) & echo $! > pid; sleep 600");
    order.job.timeout_ms = 300;
    // Both ignore SIGTERM.
    let result = shop.run(order).await;
    assert_eq!(result.how, "did not end within 0.3 s");
    let child: i32 = shop.written("pid").await.parse().unwrap();
    while runs_now(child) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_job_that_is_wanted_no_more_is_ended_and_says_nothing() {
    let shop = shop();
    shop.jobs.begin(shop.order("sleep 600 & echo $! > pid; wait"));
    let child: i32 = shop.written("pid").await.parse().unwrap();
    shop.jobs.close().await;
    while runs_now(child) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(shop.jobs.ended(), []);
}

#[tokio::test]
async fn what_a_job_started_has_the_same_while_to_end_by_itself() {
    let mut shop = shop();
    shop.jobs = another(shop.folder.path()).with_patience(Duration::from_secs(60));
    // The job itself ends at once.
    let child =
        "trap 'sleep 0.3; echo done > cleaned; exit' TERM; echo $$ > pid; while :; do sleep 0.02; done";
    shop.jobs.begin(shop.order(&format!("sh -c '{}' & wait", child.replace('\'', "'\\''"))));
    shop.written("pid").await;
    shop.jobs.close().await;
    assert_eq!(std::fs::read_to_string(shop.folder.path().join("cleaned")).unwrap(), "done\n");
}

#[tokio::test]
async fn what_makes_a_session_of_its_own_ends_with_its_job_too() {
    let shop = shop();
    let result = shop.run(shop.order("setsid sleep 600 & echo $! > pid")).await;
    assert!(result.passed, "{result:?}");
    let child: i32 = shop.written("pid").await.parse().unwrap();
    while runs_now(child) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_flood_of_output_is_bounded() {
    let shop = shop();
    let result = shop.run(shop.order("yes a line of some length | head -c 40000000; exit 1")).await;
    assert_eq!(result.last.len(), 20);
    let size = std::fs::metadata(&result.output).unwrap().len();
    assert!((15 << 20..=(16 << 20) + 64).contains(&size), "{size}");
    assert!(shop.jobs.said().len() <= 1_000);
}

#[tokio::test]
async fn what_a_job_leaves_is_kept_and_its_results_are_read() {
    let shop = shop();
    let suite =
        r#"<testsuite><testcase name="a"/><testcase name="b"><failure message="no"/></testcase></testsuite>"#;
    std::fs::write(shop.folder.path().join("outside"), "secret").unwrap();
    let script =
        format!("mkdir -p r; echo '{suite}' > r/junit.xml; echo hi > r/a.txt; ln -s ../outside r/b.txt");
    let order = with(shop.order(&script), |work| {
        work.artefacts = vec!["r/*.txt".to_owned()];
        work.junit = vec!["r/*.xml".to_owned()];
    });
    let result = shop.run(order).await;
    assert_eq!((result.passed, result.how.as_str()), (false, "exited with status 0, with failed tests"));
    let tests = result.tests.unwrap();
    assert_eq!((tests.passed, tests.failed, tests.failures), (1, 1, vec!["b: no".to_owned()]));
    assert_eq!(result.kept.len(), 1, "a link is not followed: {:?}", result.kept);
    assert_eq!(std::fs::read_to_string(&result.kept[0]).unwrap(), "hi\n");
}

#[tokio::test]
async fn results_that_are_missing_or_old_or_no_results_are_no_pass() {
    let shop = shop();
    // As an earlier try would have left it a moment ago.
    std::fs::write(shop.folder.path().join("old.xml"), "<testsuite><testcase name='a'/></testsuite>")
        .unwrap();
    for (script, told) in [
        ("true", "exited with status 0, no JUnit results at `*.xml`"),
        ("echo no > new.xml", "it has no `testsuite`"),
    ] {
        let order = with(shop.order(script), |work| work.junit = vec!["*.xml".to_owned()]);
        let result = shop.run(order).await;
        assert!(!result.passed && result.how.contains(told), "{}", result.how);
    }
}

#[tokio::test]
async fn a_command_that_is_not_there_is_a_failed_job() {
    let shop = shop();
    let order = with(shop.order(""), |work| work.command = vec!["./nowhere".to_owned()]);
    let result = shop.run(order).await;
    assert!(!result.passed && result.how.starts_with("`./nowhere` can not be started"), "{}", result.how);
}

#[tokio::test]
async fn what_a_killed_engine_left_is_ended_before_anything_is_begun() {
    let shop = shop();
    shop.jobs.begin(shop.order("echo $$ > pid; sleep 600"));
    let orphan: i32 = shop.written("pid").await.parse().unwrap();
    another(shop.folder.path()).clear().await;
    // Its parent is still there and is told of the end, as that of a killed engine would not be.
    let result = ended(&shop.jobs).await;
    assert!(!runs_now(orphan) && result.how.contains("signal 15"), "{}", result.how);
}
