//! Any platform as a target: a command that is asked in JSON. What is asked and answered is described in
//! `engine/README.md`; `sluice target test` runs [`conformance`] against a command.

pub mod conformance;
mod process;
mod wire;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sluice_runner::ports::target::{Capabilities, Desired, Target, TargetError, TargetStatus};
use tokio::time::sleep;

pub use process::Means;
use process::{RunError, ask, said};
use wire::{Answer, Operation, Question, VERSION};

/// The command's part of a plan: `{"kind": "command", "config": ...}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CommandOptions {
    pub command: Vec<String>,
    /// Absolute.
    pub directory: PathBuf,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Variables of our own environment that it is given.
    #[serde(default)]
    pub pass_env: Vec<String>,
    pub timeout_ms: u64,
    pub retries: u32,
}

/// A platform behind a command.
#[derive(Debug)]
pub struct CommandTarget {
    service: String,
    means: Means,
    retries: u32,
    capabilities: Capabilities,
}

/// `EX_TEMPFAIL`: the command failed for the moment.
const FOR_THE_MOMENT: i32 = 75;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl CommandTarget {
    /// Asks the command what it can do.
    pub async fn open(service: &str, options: &CommandOptions) -> Result<Self, TargetError> {
        let mut env = options.env.clone();
        for name in &options.pass_env {
            if let Ok(value) = std::env::var(name) {
                env.entry(name.clone()).or_insert(value);
            }
        }
        let means = Means {
            command: options.command.clone(),
            directory: options.directory.clone(),
            env,
            within: Duration::from_millis(options.timeout_ms),
        };
        let capabilities = Capabilities::default();
        let mut target = Self { service: service.to_owned(), means, retries: options.retries, capabilities };
        let answer = target.ask(Operation::Describe).await?;
        target.capabilities = answer.capabilities.ok_or_else(|| lacking("capabilities", "describe"))?;
        Ok(target)
    }

    /// Asks until it answers, is told never to, or has been asked often enough.
    async fn ask(&self, operation: Operation<'_>) -> Result<Answer, TargetError> {
        let question = Question { version: VERSION, service: &self.service, operation };
        let question =
            serde_json::to_vec(&question).map_err(|error| TargetError::Protocol(error.to_string()))?;
        let mut pause = FIRST_PAUSE;
        let mut tried = 0;
        loop {
            match once(&self.means, &question).await {
                Err(Silence::ForTheMoment(told)) if tried < self.retries => {
                    tracing::warn!(told, "the target's command failed for the moment and is asked again");
                }
                Err(Silence::ForTheMoment(told)) => return Err(TargetError::Unreachable(told)),
                Err(Silence::Other(error)) => return Err(error),
                Ok(answer) => return Ok(answer),
            }
            tried += 1;
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Why there is no answer.
enum Silence {
    ForTheMoment(String),
    Other(TargetError),
}

async fn once(means: &Means, question: &[u8]) -> Result<Answer, Silence> {
    let ran = match ask(means, question).await {
        Ok(ran) => ran,
        Err(error @ (RunError::Start { .. } | RunError::Late { .. })) => {
            return Err(Silence::Other(TargetError::Unreachable(error.to_string())));
        }
        Err(error) => return Err(Silence::Other(TargetError::Protocol(error.to_string()))),
    };
    let said = said(&ran.last_words);
    let answer = Answer::read(&ran.answer);
    // Whoever can say what is wrong need not mind its exit code.
    if let Ok(Answer { refused: Some(told), .. }) = &answer {
        return Err(Silence::Other(TargetError::Refused(told.clone())));
    }
    let told = match (&answer, ran.code) {
        (Ok(Answer { error: Some(told), .. }), _) => format!("{told}{said}"),
        (_, Some(0)) => {
            return answer.map_err(|told| Silence::Other(TargetError::Protocol(format!("{told}{said}"))));
        }
        (_, Some(code)) => format!("its command ended with status {code}{said}"),
        (_, None) => format!("its command was killed{said}"),
    };
    let retry = ran.code == Some(FOR_THE_MOMENT) || answer.is_ok_and(|answer| answer.retry);
    Err(if retry { Silence::ForTheMoment(told) } else { Silence::Other(TargetError::Unreachable(told)) })
}

fn lacking(what: &str, operation: &str) -> TargetError {
    TargetError::Protocol(format!("there is no `{what}` in what it answered to `{operation}`"))
}

#[async_trait]
impl Target for CommandTarget {
    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    async fn observe(&self) -> Result<TargetStatus, TargetError> {
        let answer = self.ask(Operation::Observe).await?;
        answer.status.map(|status| *status).ok_or_else(|| lacking("status", "observe"))
    }

    async fn apply(&self, desired: &Desired) -> Result<(), TargetError> {
        let answer = self.ask(Operation::Apply { desired }).await?;
        if answer.accepted { Ok(()) } else { Err(lacking("accepted", "apply")) }
    }
}
