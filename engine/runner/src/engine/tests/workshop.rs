//! Jobs, looks and notices that follow a script; a job takes its time, which passes only where the loop waits.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use sluice_core::plan::Plan;
use sluice_core::release::jobs::JobResult;
use sluice_core::release::prepared::{Finding, Grade, Told};
use tokio::time::Instant;

use crate::ports::stages::{Herald, Inspector, Notice, Order, Said, TryId, Workshop};
use crate::ports::target::Target;

/// What happens beside the loop: names of jobs that fail, and of what is found bad.
#[derive(Debug, Clone, Default)]
pub struct Aside {
    pub failing: Vec<&'static str>,
    /// The first try of these alone fails.
    pub flaky: Vec<&'static str>,
    pub bad: bool,
    pub untold: bool,
}

/// Runs every job in a second, and remembers what it was asked.
#[derive(Debug, Default)]
pub struct FakeWorkshop {
    script: Aside,
    running: Mutex<BTreeMap<TryId, Instant>>,
    /// Orders as they came, with what was ended early, and whether all was cleared before.
    pub log: Mutex<Vec<String>>,
    /// Values of the addresses that jobs were given.
    pub addresses: Mutex<Vec<String>>,
    pub told: Mutex<Vec<String>>,
}

const TAKES: Duration = Duration::from_secs(1);

impl FakeWorkshop {
    pub fn new(script: Aside) -> Self {
        Self { script, ..Self::default() }
    }

    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    pub fn running(&self) -> usize {
        self.running.lock().unwrap().len()
    }

    fn note(&self, what: String) {
        self.log.lock().unwrap().push(what);
    }
}

#[async_trait]
impl Workshop for FakeWorkshop {
    async fn clear(&self) {
        self.note("clear".to_owned());
    }

    fn begin(&self, order: Order) {
        let mut running = self.running.lock().unwrap();
        if running.contains_key(&order.id) {
            return;
        }
        let address = order.variables.iter().filter(|(name, _)| name.ends_with("_URL"));
        self.addresses.lock().unwrap().extend(address.map(|(name, value)| format!("{name}={value}")));
        self.note(format!("{} {}", order.id.job, order.id.attempt));
        running.insert(order.id, Instant::now());
    }

    fn keep(&self, wanted: &[TryId]) {
        let mut running = self.running.lock().unwrap();
        let gone: Vec<TryId> = running.keys().filter(|one| !wanted.contains(one)).cloned().collect();
        for one in gone {
            running.remove(&one);
            self.note(format!("end {}", one.job));
        }
    }

    fn ended(&self) -> Vec<(TryId, JobResult)> {
        let mut running = self.running.lock().unwrap();
        let over = |began: &Instant| began.elapsed() >= TAKES;
        let ended: Vec<TryId> =
            running.iter().filter(|(_, began)| over(began)).map(|(id, _)| id.clone()).collect();
        let result = |id: TryId| {
            running.remove(&id);
            let fails = |names: &[&str]| names.contains(&id.job.as_str());
            let failed = fails(&self.script.failing) || (fails(&self.script.flaky) && id.attempt == 1);
            let passed = !failed;
            let how = if passed { "exited with status 0" } else { "exited with status 1" }.to_owned();
            (id, JobResult { passed, how, took_ms: 1_000, ..JobResult::default() })
        };
        ended.into_iter().map(result).collect()
    }

    fn said(&self) -> Vec<Said> {
        Vec::new()
    }

    async fn close(&self) {
        self.keep(&[]);
    }
}

#[async_trait]
impl Inspector for FakeWorkshop {
    async fn inspect(&self, _: Arc<Plan>, _: Arc<dyn Target>) -> Vec<Finding> {
        tokio::time::sleep(TAKES).await;
        let grade = if self.script.bad { Grade::Bad } else { Grade::Good };
        vec![Finding { of: "tool make".to_owned(), grade, text: "as scripted".to_owned() }]
    }
}

#[async_trait]
impl Herald for FakeWorkshop {
    async fn tell(&self, notice: Notice) -> Vec<Told> {
        self.told.lock().unwrap().push(format!("{:?}: {}", notice.occasion, notice.text));
        let error = if self.script.untold { "nobody there" } else { "" };
        vec![Told { name: "team".to_owned(), error: error.to_owned() }]
    }
}
