//! One run of the command: a question on its standard input, the answer on its standard output; bounded in time,
//! bytes and environment, and nothing of it left behind.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use sluice_runner::group::Group;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How the command is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Means {
    /// Program and arguments.
    pub command: Vec<String>,
    pub directory: PathBuf,
    /// All of its environment.
    pub env: BTreeMap<String, String>,
    /// For one run.
    pub within: Duration,
}

/// What a run that ended in time left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    pub answer: Vec<u8>,
    pub code: Option<i32>,
    /// The last of what it wrote to its standard error.
    pub last_words: String,
}

/// Why there is nothing to judge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    #[error("`{program}` can not be started: {told}")]
    Start { program: String, told: String },
    #[error("it did not answer within {} s and was ended{}", within.as_secs_f64(), said(last_words))]
    Late { within: Duration, last_words: String },
    #[error("its answer is longer than {MAX_ANSWER} bytes")]
    TooLong,
    #[error("its answer can not be read: {0}")]
    Unreadable(String),
}

/// Of an answer.
pub const MAX_ANSWER: usize = 4 * 1024 * 1024;
/// Of what is kept of its standard error.
const MAX_WORDS: usize = 2048;
const MAX_LINES: usize = 5;
/// For what it wrote to arrive once it has ended; what it left running may hold the pipe open.
const AFTER_END: Duration = Duration::from_millis(500);
const LAST_WORDS: Duration = Duration::from_millis(20);

/// Asks once.
pub async fn ask(means: &Means, question: &[u8]) -> Result<Ran, RunError> {
    let mut child = start(means)?;
    let group = Group::led_by(&child).map(Group::end_with_scope);
    let taken = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut input), Some(mut output), Some(mut errors)) = taken else {
        return Err(RunError::Unreadable("it has no pipes".to_owned()));
    };
    let mut words = Vec::new();
    let finished = {
        let listening = last_words(&mut errors, &mut words);
        tokio::pin!(listening);
        let run = async {
            let write = async {
                // A command may answer without reading all, or any, of the question.
                let _ = input.write_all(question).await;
                drop(input);
            };
            let mut answer = Vec::new();
            let (_, (status, read)) =
                tokio::join!(write, until_end(child.wait(), bounded(&mut output, &mut answer)));
            (status, read.map(|()| answer))
        };
        let finished = tokio::select! {
            finished = timeout(means.within, run) => finished,
            never = &mut listening => match never {},
        };
        // What it wrote before its end is in the pipe already.
        let _ = timeout(LAST_WORDS, listening).await;
        finished
    };
    drop(group);
    let last_words = shown(&words);
    let Ok((status, answer)) = finished else {
        return Err(RunError::Late { within: means.within, last_words });
    };
    let answer = answer?;
    let status = status.map_err(|error| RunError::Unreadable(error.to_string()))?;
    Ok(Ran { answer, code: status.code(), last_words })
}

fn start(means: &Means) -> Result<Child, RunError> {
    let program = means.command.first().cloned().unwrap_or_default();
    let mut command = Command::new(&program);
    command.args(means.command.iter().skip(1)).env_clear().envs(&means.env).current_dir(&means.directory);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    command.spawn().map_err(|error| RunError::Start { program, told: error.to_string() })
}

/// The end of the process, and of its answer: where the one has come, the other is not long waited for.
async fn until_end(
    ended: impl Future<Output = std::io::Result<ExitStatus>>,
    read: impl Future<Output = Result<(), RunError>>,
) -> (std::io::Result<ExitStatus>, Result<(), RunError>) {
    tokio::pin!(ended, read);
    tokio::select! {
        status = &mut ended => {
            // What is there of the answer is judged, should something else hold the pipe open.
            let read = timeout(AFTER_END, read).await.unwrap_or(Ok(()));
            (status, read)
        }
        read = &mut read => match read {
            Ok(()) => (ended.await, Ok(())),
            // It may write for ever: its end is not waited for.
            Err(error) => (Err(std::io::Error::other("it was ended")), Err(error)),
        },
    }
}

async fn bounded(stream: &mut (impl AsyncRead + Unpin), answer: &mut Vec<u8>) -> Result<(), RunError> {
    let mut chunk = vec![0; 16 * 1024];
    loop {
        let read = stream.read(&mut chunk).await.map_err(|error| RunError::Unreadable(error.to_string()))?;
        let Some(some) = chunk.get(..read).filter(|some| !some.is_empty()) else { return Ok(()) };
        if answer.len() + some.len() > MAX_ANSWER {
            return Err(RunError::TooLong);
        }
        answer.extend_from_slice(some);
    }
}

/// Keeps the end of what is written, however much that is.
async fn last_words(stream: &mut (impl AsyncRead + Unpin), words: &mut Vec<u8>) -> Infallible {
    let mut chunk = vec![0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut chunk).await {
        words.extend_from_slice(chunk.get(..read).unwrap_or_default());
        let excess = words.len().saturating_sub(MAX_WORDS);
        words.drain(..excess);
    }
    std::future::pending().await
}

/// As it may stand in a sentence, on a terminal.
fn shown(words: &[u8]) -> String {
    let text = String::from_utf8_lossy(words);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines.get(lines.len().saturating_sub(MAX_LINES)..).unwrap_or_default();
    plain(&last.join(" / "))
}

/// Without what a terminal would obey.
pub fn plain(text: &str) -> String {
    text.chars().map(|one| if one.is_control() { ' ' } else { one }).collect()
}

/// The last words as the end of a sentence.
pub fn said(last_words: &str) -> String {
    if last_words.is_empty() { String::new() } else { format!("; it said: {last_words}") }
}
