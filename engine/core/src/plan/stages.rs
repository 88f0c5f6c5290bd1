//! What is done around the steps of the strategy, as planned: preparation, tests, smoke tests, the watch after full
//! traffic, and what belongs into the record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// All that surrounds the strategy's steps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stages {
    pub prepare: Prepare,
    pub test: Jobs,
    pub smoke: Smoke,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitor: Option<Monitor>,
    pub record: References,
    /// The first step's shape and its way back are tried, and nothing else is done.
    pub rehearsal: bool,
}

/// What is looked at, and who is told and asked, before anything is done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prepare {
    pub notify: Vec<Notifier>,
    pub tools: Vec<Tool>,
    pub environment: Vec<Condition>,
    /// Each is a job that a person ends.
    pub approvals: Vec<Job>,
    /// Whether every query must name metrics that there are.
    pub metrics: bool,
}

/// Somebody who is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notifier {
    pub name: String,
    pub by: Channel,
    pub on: Vec<Occasion>,
    /// Whether a release that they could not be told of is not begun.
    pub required: bool,
}

/// How somebody is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    Webhook {
        url: String,
        template: Template,
        /// A file of certificates that are trusted beside the system's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ca: Option<String>,
    },
    /// Gets the notice as JSON on its standard input.
    Command { command: Vec<String>, directory: String },
}

/// The form of a webhook's payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Template {
    Json,
    Slack,
    Teams,
}

/// When somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Occasion {
    Started,
    /// A person is waited for.
    Waiting,
    Ended,
}

/// A tool that must be there, in a version that will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    pub name: String,
    pub command: Vec<String>,
    /// A semver requirement, held against the first version in the output; empty for any.
    pub requirement: String,
    pub directory: String,
}

/// Something that must hold in the environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    pub name: String,
    pub must: Must,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Must {
    /// Somebody accepts connections at `host:port`.
    Connect(String),
    /// A page answers 2xx.
    Answer(String),
    /// A folder's file system has so many bytes free.
    HaveRoom { path: String, bytes: u64 },
    /// A command exits with 0.
    Succeed { command: Vec<String>, directory: String },
}

/// Jobs and how many of them run at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Jobs {
    pub parallel: u32,
    pub jobs: Vec<Job>,
}

/// Jobs that try the candidate itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Smoke {
    /// Before anybody is exposed, through the target's candidate-only path.
    pub preview: Vec<Job>,
    /// At full traffic.
    pub promoted: Vec<Job>,
}

/// One thing to be done, by a command, a person or a release of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub name: String,
    /// `unit`, `integration`, `staging`, `end-to-end`, `acceptance`, `smoke`, `approval`: for people.
    pub kind: String,
    /// Jobs of the same stage that must have passed.
    pub needs: Vec<String>,
    pub work: Work,
    /// For one try.
    pub timeout_ms: u64,
    /// Further tries after a failed one.
    pub retries: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    Command(Command),
    /// A named person accepts.
    Accept {
        group: String,
        message: String,
    },
    /// A release by another workflow, in a state directory of its own.
    Workflow {
        path: String,
        set: Vec<String>,
    },
}

/// A command and what it leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    pub command: Vec<String>,
    pub env: BTreeMap<String, String>,
    pub directory: String,
    /// Paths or patterns of files to keep, relative to the directory.
    pub artefacts: Vec<String>,
    /// The same of JUnit results.
    pub junit: Vec<String>,
}

/// The watch over the candidate at full traffic, before it counts as promoted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Monitor {
    pub for_ms: u64,
    /// Instances of stable that stay warm.
    pub keep: u32,
    /// Names of the checks that judge; empty for all.
    pub checks: Vec<String>,
}

/// Where to read more about a release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct References {
    pub changelog: String,
    pub tickets: Vec<String>,
}

/// A set of jobs that belong together, in the order of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    Approvals,
    Test,
    /// Smoke tests before exposure.
    Preview,
    /// Smoke tests at full traffic.
    Promoted,
}

/// Jobs of the stages other than `test` that run at once.
const PARALLEL: u32 = 4;

impl Stages {
    /// Whether nothing surrounds the steps, as in plans made before there were stages.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub fn jobs(&self, stage: Stage) -> &[Job] {
        match stage {
            Stage::Approvals => &self.prepare.approvals,
            Stage::Test => &self.test.jobs,
            Stage::Preview => &self.smoke.preview,
            Stage::Promoted => &self.smoke.promoted,
        }
    }

    /// How many jobs of a stage run at once.
    pub fn parallel(&self, stage: Stage) -> usize {
        let parallel = if stage == Stage::Test { self.test.parallel } else { PARALLEL };
        usize::try_from(parallel.max(1)).unwrap_or(1)
    }

    pub fn job(&self, stage: Stage, name: &str) -> Option<&Job> {
        self.jobs(stage).iter().find(|job| job.name == name)
    }

    /// Whether anybody wants to be told on an occasion.
    pub fn tells(&self, occasion: Occasion) -> bool {
        !self.rehearsal && self.prepare.notify.iter().any(|one| one.on.contains(&occasion))
    }
}

impl Stage {
    pub const ALL: [Self; 4] = [Self::Approvals, Self::Test, Self::Preview, Self::Promoted];

    pub fn name(self) -> &'static str {
        match self {
            Self::Approvals => "approvals",
            Self::Test => "test",
            Self::Preview => "smoke preview",
            Self::Promoted => "smoke promoted",
        }
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Prepare {
    /// Whether anything is to be looked at before the release begins.
    pub fn looks(&self) -> bool {
        self.metrics || !self.tools.is_empty() || !self.environment.is_empty()
    }
}

impl Job {
    pub fn is_by_person(&self) -> bool {
        matches!(self.work, Work::Accept { .. })
    }
}
