//! A short command, run to its end: bounded in time and output, ended with its whole process group.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::group::{Group, told};

/// A command and where it is run.
#[derive(Debug, Clone, Copy)]
pub struct Short<'a> {
    pub command: &'a [String],
    pub directory: &'a str,
    /// Given to its standard input.
    pub input: &'a [u8],
    pub within: Duration,
}

/// What it wrote, and whether it ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub good: bool,
    /// As the end of a sentence: `exited with status 1`.
    pub how: String,
    /// Its output and then its errors, cut to a bound.
    pub text: String,
}

/// Of what it writes; the rest is read and dropped.
const OUTPUT_BYTES: usize = 64 << 10;

impl Short<'_> {
    /// Runs it; `Err` says why it could not be run to its end.
    pub async fn run(self) -> Result<Ended, String> {
        let mut child = self.start()?;
        let group = Group::led_by(&child).map(Group::end_with_scope);
        let ran = tokio::time::timeout(self.within, self.talk(&mut child)).await;
        drop(group);
        match ran {
            Ok(ended) => ended,
            Err(_) => {
                let _ = child.wait().await;
                Err(format!("did not end within {} s", self.within.as_secs_f64()))
            }
        }
    }

    fn start(&self) -> Result<Child, String> {
        let Some((program, arguments)) = self.command.split_first() else {
            return Err("has no command".to_owned());
        };
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.directory).process_group(0).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().map_err(|error| format!("`{program}` can not be started: {error}"))
    }

    async fn talk(&self, child: &mut Child) -> Result<Ended, String> {
        let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let write = async {
            if let Some(mut input) = input {
                // Who does not read it is no error.
                let _ = input.write_all(self.input).await;
            }
        };
        let ((), output, errors, status) =
            tokio::join!(write, bounded(output), bounded(errors), child.wait());
        let status = status.map_err(|error| format!("was lost: {error}"))?;
        let text = String::from_utf8_lossy(&[output, errors].concat()).into_owned();
        Ok(Ended { good: status.success(), how: told(status), text })
    }
}

impl Ended {
    /// How it ended, with the last line that it wrote.
    pub fn told(&self) -> String {
        let last = self.text.lines().rev().map(str::trim).find(|line| !line.is_empty());
        let last: String = last.unwrap_or_default().chars().take(200).collect();
        if last.is_empty() { self.how.clone() } else { format!("{}: {last}", self.how) }
    }
}

async fn bounded(stream: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut kept = Vec::new();
    let Some(mut stream) = stream else { return kept };
    let mut buffer = [0; 8 * 1024];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        let room = OUTPUT_BYTES.saturating_sub(kept.len()).min(read);
        kept.extend_from_slice(buffer.get(..room).unwrap_or_default());
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn run(script: &str, input: &str, within: Duration) -> Result<Ended, String> {
        let command: Vec<String> = ["sh", "-c", script].map(str::to_owned).into();
        Short { command: &command, directory: "/", input: input.as_bytes(), within }.run().await
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_command_gets_its_input_and_says_how_it_ended() {
        let ended = run("cat; echo oh dear >&2; exit 3", "hello\n", LONG).await.unwrap();
        assert_eq!((ended.good, ended.text.as_str()), (false, "hello\noh dear\n"));
        assert_eq!(ended.told(), "exited with status 3: oh dear");
        assert!(run("true", &"x".repeat(1 << 20), LONG).await.unwrap().good);
    }

    #[tokio::test]
    async fn a_flood_is_cut_and_does_not_block() {
        let ended = run("yes | head -c 3000000", "", LONG).await.unwrap();
        assert_eq!((ended.good, ended.text.len()), (true, OUTPUT_BYTES));
    }

    #[tokio::test]
    async fn what_takes_too_long_is_killed_with_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let script = format!("sleep 600 & echo $! > {}; wait", pid.display());
        let error = run(&script, "", Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(error, "did not end within 1 s");
        let child: i32 = std::fs::read_to_string(&pid).unwrap().trim().parse().unwrap();
        while crate::orphans::runs_now(child) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_told() {
        let command = ["./nowhere".to_owned()];
        let error =
            Short { command: &command, directory: "/", input: b"", within: LONG }.run().await.unwrap_err();
        assert!(error.starts_with("`./nowhere` can not be started: "), "{error}");
    }
}
