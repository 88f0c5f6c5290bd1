//! Faults on demand, so that recovery is tested on the real program.
//!
//! `kill-after-record:N`: the process kills itself with SIGKILL as soon as record N is durable.
//! `fail-action:N`: the Nth action on the target fails once, before it is done.
//! `repeat-actions`: each action on the target is done twice.

use std::sync::atomic::{AtomicU64, Ordering};

use thiserror::Error;

/// Which faults are wanted; none by default.
#[derive(Debug, Default)]
pub struct Faults {
    kill_after_record: Option<u64>,
    fail_action: Option<u64>,
    repeat_actions: bool,
    actions: AtomicU64,
}

/// A fault that there is not.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no fault; write `kill-after-record:N`, `fail-action:N` or `repeat-actions`")]
pub struct NoSuchFault(String);

/// What the error of a wanted failure says.
pub const WANTED: &str = "a failure that was asked for";

impl Faults {
    /// Reads a comma-separated list.
    pub fn parse(text: &str) -> Result<Self, NoSuchFault> {
        let mut faults = Self::default();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let number = |digits: &str| digits.parse::<u64>().ok();
            match word.split_once(':') {
                Some(("kill-after-record", digits)) if number(digits).is_some() => {
                    faults.kill_after_record = number(digits);
                }
                Some(("fail-action", digits)) if number(digits).is_some() => {
                    faults.fail_action = number(digits)
                }
                None if word == "repeat-actions" => faults.repeat_actions = true,
                _ => return Err(NoSuchFault(word.to_owned())),
            }
        }
        Ok(faults)
    }

    /// Whether the process is to die once this record is durable.
    pub(super) fn kills_after(&self, record: u64) -> bool {
        self.kill_after_record == Some(record)
    }

    /// Counts an action, and says whether it is to fail.
    pub(super) fn fails_now(&self) -> bool {
        Some(self.actions.fetch_add(1, Ordering::Relaxed)) == self.fail_action
    }

    pub(super) fn repeats(&self) -> bool {
        self.repeat_actions
    }
}

/// Ends this process as a crash would.
pub(super) fn kill_self() {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
}
