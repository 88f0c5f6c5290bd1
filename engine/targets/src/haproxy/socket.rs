//! HAProxy's runtime socket: one command, one answer.

use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;

/// Where commands are said.
#[derive(Debug, Clone)]
pub struct Socket {
    path: PathBuf,
}

const PATIENCE: Duration = Duration::from_secs(3);
const MAX_ANSWER: u64 = 4 * 1024 * 1024;

impl Socket {
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Says a command, which may have more lines than one, and returns what it answers.
    pub async fn say(&self, command: &str) -> Result<String, String> {
        let told = |error: std::io::Error| format!("HAProxy at `{}`: {error}", self.path.display());
        let talk = async {
            let mut stream = UnixStream::connect(&self.path).await?;
            stream.write_all(format!("{command}\n").as_bytes()).await?;
            let mut answer = Vec::new();
            stream.take(MAX_ANSWER).read_to_end(&mut answer).await?;
            Ok(String::from_utf8_lossy(&answer).trim().to_owned())
        };
        match timeout(PATIENCE, talk).await {
            Ok(answer) => answer.map_err(told),
            Err(_late) => Err(told(std::io::ErrorKind::TimedOut.into())),
        }
    }
}
