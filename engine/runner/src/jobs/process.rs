//! One try of a job as a process group, from its start to what it leaves.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use sluice_core::plan::{Command as Work, Work as Kind};
use sluice_core::release::jobs::JobResult;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::artefacts::Before;
use super::output::{Output, Voice};
use super::{FOLDER, MARK, Place, artefacts, folder};
use crate::group::{Group, told};
use crate::orphans::{Mark, Processes, kill_marked};
use crate::ports::stages::Order;

/// What every try is run with.
#[derive(Debug, Clone)]
pub(super) struct Bench {
    pub place: Place,
    /// The folder of the release.
    pub dir: PathBuf,
    pub processes: Arc<Processes>,
    pub voice: Voice,
    /// From SIGTERM to SIGKILL.
    pub patience: Duration,
}

/// For what it wrote to arrive once it has ended.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// A try that runs, among those that another engine would have to end after a crash.
struct Running {
    group: Group,
    processes: Arc<Processes>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.group.signal(Signal::KILL);
        self.processes.remove(self.group.pid());
    }
}

/// How the wait for a process ended.
enum Waited {
    Ended(String, bool),
    TooLong,
    Asked,
}

impl Bench {
    /// Runs a try to its end; nothing when it was asked to end early.
    pub async fn run(&self, order: Order, mut asked: watch::Receiver<bool>) -> Option<JobResult> {
        let began = Instant::now();
        let result = self.tried(&order, &mut asked).await;
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        match result {
            Ok(result) => result.map(|result| JobResult { took_ms, ..result }),
            Err(how) => Some(JobResult { passed: false, how, took_ms, ..JobResult::default() }),
        }
    }

    async fn tried(
        &self,
        order: &Order,
        asked: &mut watch::Receiver<bool>,
    ) -> Result<Option<JobResult>, String> {
        let folder =
            folder::fresh(&self.dir, &order.id).map_err(|error| format!("has no folder: {error}"))?;
        let path = folder.join("output.log");
        let output = Output::new(&order.id.job, &path, self.voice.clone());
        let output = Arc::new(output.map_err(|error| format!("has no place for its output: {error}"))?);
        let work = self.work(order);
        let before = Before::of(&work);
        let mut child = self.start(order, &work, &folder)?;
        let group = Group::led_by(&child).ok_or("ended before it began")?;
        self.processes.add(group.pid());
        let running = Running { group, processes: Arc::clone(&self.processes) };
        let mut streams = JoinSet::new();
        if let Some(stream) = child.stdout.take() {
            streams.spawn(Arc::clone(&output).take(stream));
        }
        if let Some(stream) = child.stderr.take() {
            streams.spawn(Arc::clone(&output).take(stream));
        }
        let limits = (Duration::from_millis(order.job.timeout_ms), self.patience(&order.job.work));
        let waited = waited(&mut child, group, limits, asked).await;
        drop(running);
        end_strays(&folder);
        let _ = timeout(LAST_WORDS, async { while streams.join_next().await.is_some() {} }).await;
        streams.abort_all();
        let (how, good) = match waited {
            Waited::Asked => return Ok(None),
            Waited::TooLong => (format!("did not end within {} s", order.job.timeout_ms as f64 / 1e3), false),
            Waited::Ended(how, good) => (how, good),
        };
        let left = tokio::task::spawn_blocking(move || artefacts::gather(&work, &folder, &before)).await;
        let left = left.map_err(|error| format!("{how}, and what it left was not read: {error}"))?;
        let mut result = left.judged(how, good);
        result.output = path.display().to_string();
        if !result.passed {
            result.last = output.last();
        }
        Ok(Some(result))
    }

    /// How long it may take to end; a release brings its own target back first.
    fn patience(&self, work: &Kind) -> Duration {
        match work {
            Kind::Workflow { .. } => self.patience.max(WAY_BACK),
            Kind::Command(_) | Kind::Accept { .. } => self.patience,
        }
    }

    /// What is run: the job's own command, or this program for another workflow.
    fn work(&self, order: &Order) -> Work {
        match &order.job.work {
            Kind::Command(command) => command.clone(),
            Kind::Workflow { path, set } => self.nested(order, path, set),
            // What a person does is no process; it is never ordered.
            Kind::Accept { .. } => Work {
                command: Vec::new(),
                env: Default::default(),
                directory: "/".to_owned(),
                artefacts: Vec::new(),
                junit: Vec::new(),
            },
        }
    }

    /// Another workflow keeps its state apart, from release to release.
    fn nested(&self, order: &Order, path: &str, set: &[String]) -> Work {
        let state = self.place.state.join("nested").join(&order.id.job);
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let mut command = vec![text(&self.place.program)];
        command.extend(["run", "-f", path, "--state"].map(str::to_owned));
        command.push(text(&state));
        // One that was left open would stand in the way of the next.
        command.extend(["--on-interrupt", "abort"].map(str::to_owned));
        let version = order.variables.iter().find(|(name, _)| name == "SLUICE_VERSION");
        let version = version.map(|(_, version)| format!("candidate.version={version}"));
        for value in version.iter().chain(set) {
            command.extend(["--set".to_owned(), value.clone()]);
        }
        let directory = Path::new(path).parent().map_or_else(|| "/".to_owned(), text);
        let env = Default::default();
        Work { command, env, directory, artefacts: Vec::new(), junit: Vec::new() }
    }

    fn start(&self, order: &Order, work: &Work, folder: &Path) -> Result<Child, String> {
        let Some((program, arguments)) = work.command.split_first() else {
            return Err("has no command".to_owned());
        };
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&work.directory).process_group(0);
        // A fault that was asked of this engine is not asked of another.
        command.env_remove("SLUICE_FAULT").env_remove("SLUICE_STATE");
        let variables = order.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        command.envs(variables).env(FOLDER, folder).env(MARK, &self.dir);
        command.envs(&work.env);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().map_err(|error| format!("`{program}` can not be started: {error}"))
    }
}

/// Kills what made a group of its own. What a nested release serves has another owner, and no such mark.
fn end_strays(folder: &Path) {
    kill_marked(Mark { variable: FOLDER, dir: folder });
}

/// For a nested release to go back.
const WAY_BACK: Duration = Duration::from_secs(120);

/// Waits for the end; a process that takes too long, or is asked to end, gets SIGTERM and a while.
async fn waited(
    child: &mut Child,
    group: Group,
    (within, patience): (Duration, Duration),
    asked: &mut watch::Receiver<bool>,
) -> Waited {
    let early = tokio::select! {
        ended = child.wait() => {
            return match ended {
                Ok(status) => Waited::Ended(told(status), status.success()),
                Err(error) => Waited::Ended(format!("was lost: {error}"), false),
            };
        }
        () = tokio::time::sleep(within) => Waited::TooLong,
        // A sender that is gone asks for the end too.
        _ = asked.wait_for(|end| *end) => Waited::Asked,
    };
    group.signal(Signal::TERM);
    // Whatever it started gets the same while to end by itself.
    let all = async {
        let _ = child.wait().await;
        group.ended().await;
    };
    if timeout(patience, all).await.is_err() {
        group.signal(Signal::KILL);
        let _ = child.wait().await;
    }
    early
}
