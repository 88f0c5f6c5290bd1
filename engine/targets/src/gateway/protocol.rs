//! What is said over the control socket: one line of JSON each way, versioned and bounded.

use std::net::SocketAddr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sluice_runner::ports::target::{Desired, TargetStatus};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use super::config::Settings;
use super::proxies::ProxyOptions;

/// The version of the protocol; others are refused by name.
pub const VERSION: u32 = 1;

/// A request or a response, with its version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line<T> {
    pub version: u32,
    pub say: T,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case")]
pub enum Request {
    Hello,
    Observe,
    Apply { desired: Box<Desired> },
    Configure { settings: Settings },
    Stop,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "response", rename_all = "kebab-case")]
pub enum Response {
    Hello(Hello),
    Status { status: Box<TargetStatus> },
    Done,
    Refused { told: String },
}

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    pub service: String,
    /// As it was asked to listen; port 0 stands for one that the system chose.
    pub listen: SocketAddr,
    pub pid: u32,
    /// What splits the traffic in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<ProxyOptions>,
}

/// Either side of a connection.
#[derive(Debug)]
pub struct Wire {
    stream: BufReader<UnixStream>,
}

const MAX_BYTES: u64 = 4 * 1024 * 1024;

impl Wire {
    pub fn new(stream: UnixStream) -> Self {
        Self { stream: BufReader::new(stream) }
    }

    /// None when the other side has ended.
    pub async fn read<T: DeserializeOwned>(&mut self) -> Result<Option<T>, String> {
        let mut line = Vec::new();
        let mut bounded = (&mut self.stream).take(MAX_BYTES);
        let read = bounded.read_until(b'\n', &mut line).await.map_err(|error| error.to_string())?;
        if read == 0 {
            return Ok(None);
        }
        if line.last() != Some(&b'\n') {
            return Err(format!("a line ended early, or is longer than {MAX_BYTES} bytes"));
        }
        // The version is read first: another version's line need not have this form at all.
        let Version { version } = serde_json::from_slice(&line).map_err(|error| error.to_string())?;
        if version != VERSION {
            return Err(format!("version {version} was spoken, and this is version {VERSION}"));
        }
        let Line { say, .. } = serde_json::from_slice(&line).map_err(|error| error.to_string())?;
        Ok(Some(say))
    }

    pub async fn write<T: Serialize>(&mut self, say: T) -> Result<(), String> {
        let line = serde_json::to_vec(&Line { version: VERSION, say });
        let mut line = line.map_err(|error| error.to_string())?;
        line.push(b'\n');
        let stream = self.stream.get_mut();
        stream.write_all(&line).await.map_err(|error| error.to_string())
    }
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    async fn heard(written: &[u8]) -> Result<Option<Request>, String> {
        let (mut one, other) = UnixStream::pair().unwrap();
        let write = async move {
            // A line that is too long is not read to its end.
            let _ = one.write_all(written).await;
        };
        let read = async move { Wire::new(other).read().await };
        tokio::join!(write, read).1
    }

    #[tokio::test]
    async fn a_request_comes_as_it_was_said() {
        let (one, other) = UnixStream::pair().unwrap();
        let said = Request::Apply { desired: Box::new(sample::split("r", 1, 995, 5)) };
        Wire::new(one).write(&said).await.unwrap();
        assert_eq!(Wire::new(other).read().await.unwrap(), Some(said));
    }

    #[tokio::test]
    async fn what_is_no_request_is_told() {
        assert_eq!(heard(b"").await, Ok(None));
        assert_eq!(
            heard(b"{\"version\":2,\"words\":[]}\n").await,
            Err("version 2 was spoken, and this is version 1".to_owned())
        );
        for line in ["{}\n", "hello\n", "{\"version\":1,\"say\":{\"request\":\"dance\"}}\n", "{\"version\":1"]
        {
            assert!(heard(line.as_bytes()).await.is_err(), "{line}");
        }
        let flood = vec![b' '; 5 * 1024 * 1024];
        assert!(heard(&flood).await.unwrap_err().contains("longer than"));
    }
}
