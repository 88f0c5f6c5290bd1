//! Jobs as processes of this machine: begun, watched, ended, with what they leave kept below the state directory.
//!
//! Each try is a process group of its own. It is noted while it runs, so that an engine after a crash ends what is
//! left of it before it runs it again: no job ever runs twice at once.

mod artefacts;
mod folder;
pub mod junit;
mod output;
mod process;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use sluice_core::release::jobs::JobResult;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::orphans::{Mark, Processes, end_orphans};
use crate::ports::stages::{Order, Said, TryId, Workshop};
use output::Voice;
use process::Bench;

/// The variable in a job's environment that names the folder of its try.
pub const FOLDER: &str = "SLUICE_JOB_DIR";
/// The variable in a job's environment that names the folder of its release.
pub const MARK: &str = "SLUICE_JOBS_DIR";

/// Where jobs run and leave things.
#[derive(Debug, Clone)]
pub struct Place {
    /// The state directory.
    pub state: PathBuf,
    pub release: String,
    /// Runs other workflows: takes `run -f FILE --state DIR`.
    pub program: PathBuf,
}

/// Runs the jobs of one release.
#[derive(Debug)]
pub struct LocalJobs {
    bench: Bench,
    tries: Mutex<BTreeMap<TryId, Try>>,
    ended: Arc<Mutex<Vec<(TryId, JobResult)>>>,
}

#[derive(Debug)]
struct Try {
    /// Said once it is to end early.
    end: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Until SIGKILL, unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(10);

impl LocalJobs {
    pub fn new(place: Place) -> Self {
        let dir = place.state.join("jobs").join(&place.release);
        let processes = Arc::new(Processes::new(dir.join("processes.json")));
        let bench = Bench { place, dir, processes, voice: Voice::default(), patience: PATIENCE };
        Self { bench, tries: Mutex::default(), ended: Arc::default() }
    }

    /// How long a group may take to end after SIGTERM.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.bench.patience = patience;
        self
    }

    fn tries(&self) -> MutexGuard<'_, BTreeMap<TryId, Try>> {
        locked(&self.tries)
    }
}

#[async_trait]
impl Workshop for LocalJobs {
    async fn clear(&self) {
        let (noted, dir) = (self.bench.dir.join("processes.json"), self.bench.dir.as_path());
        let orphans = end_orphans(&noted, Mark { variable: MARK, dir }).await;
        if orphans > 0 {
            tracing::warn!(orphans, "processes that jobs had left running were ended");
        }
    }

    fn begin(&self, order: Order) {
        let mut tries = self.tries();
        if tries.contains_key(&order.id) {
            return;
        }
        let (end, asked) = watch::channel(false);
        let (bench, ended, id) = (self.bench.clone(), Arc::clone(&self.ended), order.id.clone());
        let task = tokio::spawn(async move {
            let id = order.id.clone();
            if let Some(result) = bench.run(order, asked).await {
                locked(&ended).push((id, result));
            }
        });
        tries.insert(id, Try { end, task });
    }

    fn keep(&self, wanted: &[TryId]) {
        for (id, one) in self.tries().iter() {
            if !wanted.contains(id) {
                one.end.send_replace(true);
            }
        }
    }

    fn ended(&self) -> Vec<(TryId, JobResult)> {
        let ended = std::mem::take(&mut *locked(&self.ended));
        self.tries().retain(|_, one| !one.task.is_finished());
        ended
    }

    fn said(&self) -> Vec<Said> {
        self.bench.voice.take()
    }

    async fn close(&self) {
        self.keep(&[]);
        let tries = std::mem::take(&mut *self.tries());
        for (_, one) in tries {
            // A panic in there was told already.
            let _ = one.task.await;
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
