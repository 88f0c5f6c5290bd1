//! Processes of an owner that was killed (a gateway, an engine): told apart while they run, and ended by the next
//! owner.
//!
//! An owner killed by SIGKILL can not stop its processes. The next one stops them, and starts afresh. It finds them
//! in two ways, as each alone has a gap. A file has their process ids with start times (an id alone may have been
//! given to another) within one boot; it misses a process that was started in the very moment of the kill. Their
//! environment names the owner's directory; some programs overwrite theirs. The file need not survive the machine,
//! as no process does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

/// The processes that run now.
#[derive(Debug)]
pub struct Processes {
    path: PathBuf,
    boot: String,
    running: Mutex<BTreeMap<i32, u64>>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Noted {
    format: u32,
    boot: String,
    /// Start time, in clock ticks since boot, by process id.
    processes: BTreeMap<i32, u64>,
}

/// What of `/proc/<id>/stat` is needed.
struct Stat {
    group: i32,
    started: u64,
}

/// A variable in the environment of an owner's processes, with the owner's directory.
#[derive(Debug, Clone, Copy)]
pub struct Mark<'a> {
    pub variable: &'a str,
    pub dir: &'a Path,
}

const FORMAT: u32 = 1;
/// How long an orphan may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(3);

impl Processes {
    pub fn new(path: PathBuf) -> Self {
        Self { path, boot: boot(), running: Mutex::default() }
    }

    /// Notes a process that was just started.
    pub fn add(&self, pid: Pid) {
        let number = pid.as_raw_nonzero().get();
        if let Some(started) = started(number) {
            self.change(|running| running.insert(number, started));
        }
    }

    /// Forgets one that has ended.
    pub fn remove(&self, pid: Pid) {
        self.change(|running| running.remove(&pid.as_raw_nonzero().get()));
    }

    fn change<T>(&self, change: impl FnOnce(&mut BTreeMap<i32, u64>) -> T) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut running);
        let noted = Noted { format: FORMAT, boot: self.boot.clone(), processes: running.clone() };
        let written =
            serde_json::to_vec(&noted).map_err(Into::into).and_then(|text| replace(&self.path, &text));
        if let Err(error) = written {
            tracing::warn!(%error, path = %self.path.display(), "running processes can not be noted");
        }
    }
}

/// Ends what an earlier owner of a directory left running, and returns how many there were. To be called by the
/// directory's only owner, before it starts anything.
pub async fn end_orphans(noted: &Path, mark: Mark<'_>) -> usize {
    let mut orphans = read(noted);
    orphans.extend(marked(mark));
    orphans.retain(|number, started| runs((*number, *started)));
    let orphans: Vec<(i32, u64)> = orphans.into_iter().collect();
    signal(&orphans, Signal::TERM);
    if !ended(&orphans).await {
        signal(&orphans, Signal::KILL);
        ended(&orphans).await;
    }
    orphans.len()
}

/// A reader sees the file before or after, never half of it.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    std::fs::rename(&beside, path)
}

fn read(noted: &Path) -> BTreeMap<i32, u64> {
    std::fs::read(noted)
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok())
        .filter(|noted: &Noted| noted.format == FORMAT && noted.boot == boot())
        .map(|noted| noted.processes)
        .unwrap_or_default()
}

/// Processes that lead a group and have this mark: the rest ends with its group.
fn marked(mark: Mark<'_>) -> BTreeMap<i32, u64> {
    let leads = |number: i32| {
        let stat = stat(number)?;
        (stat.group == number).then_some((number, stat.started))
    };
    all_marked(mark).into_iter().filter_map(leads).collect()
}

fn all_marked(mark: Mark<'_>) -> BTreeSet<i32> {
    let mark = [mark.variable.as_bytes(), b"=", mark.dir.as_os_str().as_encoded_bytes()].concat();
    let has_mark = |number: &i32| {
        let environment = std::fs::read(format!("/proc/{number}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == mark)
    };
    let own = i32::try_from(std::process::id()).unwrap_or(0);
    numbers().filter(|number| *number != own).filter(has_mark).collect()
}

/// Kills every process that has this mark.
pub(crate) fn kill_marked(mark: Mark<'_>) {
    for pid in all_marked(mark).into_iter().filter_map(Pid::from_raw) {
        // It may have ended meanwhile.
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// Whether any process of a group runs: one that has ended and that nobody waits for does not.
pub(crate) fn group_runs(group: Pid) -> bool {
    let group = group.as_raw_nonzero().get();
    numbers().any(|number| stat(number).is_some_and(|stat| stat.group == group))
}

fn numbers() -> impl Iterator<Item = i32> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten();
    processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// Whether a process with this number runs now.
#[cfg(test)]
pub(crate) fn runs_now(number: i32) -> bool {
    started(number).is_some()
}

async fn ended(orphans: &[(i32, u64)]) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while orphans.iter().any(|orphan| runs(*orphan)) {
        if Instant::now() >= deadline {
            return false;
        }
        sleep(Duration::from_millis(10)).await;
    }
    true
}

fn signal(orphans: &[(i32, u64)], signal: Signal) {
    for (number, _) in orphans.iter().filter(|orphan| runs(**orphan)) {
        if let Some(pid) = Pid::from_raw(*number) {
            // It may have ended meanwhile.
            let _ = kill_process_group(pid, signal);
        }
    }
}

fn runs((number, noted): (i32, u64)) -> bool {
    started(number) == Some(noted)
}

fn started(number: i32) -> Option<u64> {
    stat(number).map(|stat| stat.started)
}

/// None for a process that has ended. The fields after the name in parentheses are counted.
fn stat(number: i32) -> Option<Stat> {
    let stat = std::fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    let (_, after) = stat.rsplit_once(')')?;
    let mut fields = after.split_whitespace();
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    let group = fields.nth(1)?.parse().ok()?;
    Some(Stat { group, started: fields.nth(16)?.parse().ok()? })
}

fn boot() -> String {
    let read = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    read.map(|id| id.trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use super::*;

    fn mark(dir: &Path) -> Mark<'_> {
        Mark { variable: "SLUICE_TEST_DIR", dir }
    }

    fn sleeper() -> (std::process::Child, Pid) {
        let child = Command::new("sleep").arg("600").process_group(0).spawn().unwrap();
        let pid = Pid::from_child(&child);
        (child, pid)
    }

    #[tokio::test]
    async fn an_orphan_is_ended_and_a_stranger_with_its_number_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("processes.json");
        let processes = Processes::new(path.clone());
        let ((mut orphan, first), (mut stranger, second)) = (sleeper(), sleeper());
        processes.add(first);
        processes.add(second);
        // The second number was given to another process since.
        let written = std::fs::read_to_string(&path).unwrap();
        let start = started(second.as_raw_nonzero().get()).unwrap();
        let number = second.as_raw_nonzero().get();
        let other = written.replace(&format!("\"{number}\":{start}"), &format!("\"{number}\":{}", start + 1));
        assert_ne!(written, other);
        std::fs::write(&path, other).unwrap();

        assert_eq!(end_orphans(&path, mark(folder.path())).await, 1);
        assert!(!orphan.wait().unwrap().success());
        assert!(stranger.try_wait().unwrap().is_none());
        stranger.kill().unwrap();
        stranger.wait().unwrap();
    }

    #[tokio::test]
    async fn a_process_that_was_not_noted_is_known_by_its_mark() {
        let folder = tempfile::tempdir().unwrap();
        let marked = |mark: &str| {
            let child = Command::new("sleep")
                .arg("600")
                .env("SLUICE_TEST_DIR", mark)
                .process_group(0)
                .spawn()
                .unwrap();
            // The kernel lets the parent go on while the new program's environment is not yet to be read.
            while std::fs::read(format!("/proc/{}/environ", child.id())).unwrap().is_empty() {
                std::thread::yield_now();
            }
            child
        };
        let mut orphan = marked(folder.path().to_str().unwrap());
        let mut stranger = marked(&format!("{}x", folder.path().to_str().unwrap()));
        assert_eq!(end_orphans(&folder.path().join("none"), mark(folder.path())).await, 1);
        assert!(!orphan.wait().unwrap().success());
        assert!(stranger.try_wait().unwrap().is_none());
        stranger.kill().unwrap();
        stranger.wait().unwrap();
    }

    #[tokio::test]
    async fn another_boot_has_no_orphans() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("processes.json");
        let (mut child, pid) = sleeper();
        let noted = Noted {
            format: FORMAT,
            boot: "another".to_owned(),
            processes: [(pid.as_raw_nonzero().get(), started(pid.as_raw_nonzero().get()).unwrap())].into(),
        };
        std::fs::write(&path, serde_json::to_vec(&noted).unwrap()).unwrap();
        assert_eq!(end_orphans(&path, mark(folder.path())).await, 0);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
