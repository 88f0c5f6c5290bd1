//! Process groups: a command together with all that it starts.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::Child;

use crate::orphans::group_runs;

/// Between two looks at whether a group has ended.
const LOOK: Duration = Duration::from_millis(20);

/// The group of a process that was started as its leader. Its number is not given to another while the leader is not
/// waited for, or any of the group runs; where all have ended there is nothing to signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group(Pid);

/// Kills its group when it goes out of scope: nothing is left of a command that nobody waits for any more.
#[derive(Debug)]
pub struct Ending(Group);

impl Group {
    /// That of a child; nothing where the child was waited for already.
    pub fn led_by(child: &Child) -> Option<Self> {
        child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw).map(Self)
    }

    pub fn pid(self) -> Pid {
        self.0
    }

    pub fn signal(self, signal: Signal) {
        // It may have ended already.
        let _ = kill_process_group(self.0, signal);
    }

    /// Waits until all of the group have ended.
    pub async fn ended(self) {
        while test_kill_process_group(self.0).is_ok() && group_runs(self.0) {
            tokio::time::sleep(LOOK).await;
        }
    }

    pub fn end_with_scope(self) -> Ending {
        Ending(self)
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.signal(Signal::KILL);
    }
}

/// How a process ended, as the end of a sentence.
pub fn told(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with status {code}"),
        (None, Some(9)) => "was killed (SIGKILL)".to_owned(),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}
