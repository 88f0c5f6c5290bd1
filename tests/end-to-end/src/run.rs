//! One run of the binary to its end: how it ended, and what it told on the way.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;

/// Longer than any release of a test takes on a slow machine; a run that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(300);

/// A run that has ended.
#[derive(Debug)]
pub struct Run {
    /// None when a signal ended it.
    pub code: Option<i32>,
    pub signal: Option<i32>,
    /// Lines of the standard output that are JSON.
    pub lines: Vec<Value>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Runs a command to its end; one that does not end is killed and is an error.
    pub async fn of(mut command: Command) -> io::Result<Self> {
        let ended = tokio::time::timeout(PATIENCE, command.output()).await;
        let output =
            ended.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, format!("{command:?} hangs")))??;
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(Self {
            code: output.status.code(),
            signal: output.status.signal(),
            lines: stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect(),
            stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Journal records that it printed.
    pub fn records(&self) -> Vec<&Value> {
        self.lines.iter().filter(|line| line["type"] == "record").collect()
    }

    /// Events of one type, in order.
    pub fn events(&self, of_type: &str) -> Vec<&Value> {
        let events = self.records().into_iter().map(|record| &record["event"]);
        events.filter(|event| event["type"] == of_type).collect()
    }

    /// The release that it was about.
    pub fn release(&self) -> Option<&str> {
        self.lines.iter().find_map(|line| line["release"].as_str())
    }
}
