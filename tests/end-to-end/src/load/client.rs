//! One client: one keep-alive connection, one request at a time.

use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::Request;
use http::header::HOST;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::Options;
use super::address::Address;
use super::pace::Pace;
use super::tally::{Failure, Tally};

/// A request that took longer is a failure.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between attempts when there is no connection to be had.
const PAUSE: Duration = Duration::from_millis(20);
const BODY_LIMIT: usize = 1 << 20;

/// What failed, and the system's words for it.
type Failed = (Failure, String);
type Connection = SendRequest<Empty<Bytes>>;

#[derive(Debug)]
pub struct Client {
    address: Address,
    pace: Arc<Pace>,
    tally: Arc<Mutex<Tally>>,
    connection: Option<Connection>,
    header: Option<(&'static str, &'static str)>,
    sightings: bool,
}

impl Client {
    pub fn new(options: &Options, address: Address, pace: Arc<Pace>, tally: Arc<Mutex<Tally>>) -> Self {
        let Options { header, sightings, .. } = *options;
        Self { address, pace, tally, connection: None, header, sightings }
    }

    /// Sends requests until told to stop, and finishes the one under way.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return,
                () = self.pace.turn() => {}
            }
            let result = tokio::time::timeout(PATIENCE, self.request()).await;
            if let Err((failure, told)) = result.unwrap_or(Err((Failure::TimedOut, String::new()))) {
                self.connection = None;
                self.note(|tally| tally.fail(failure, told));
                if failure == Failure::Connect {
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn request(&mut self) -> Result<(), Failed> {
        let (began, started) = (now(), Instant::now());
        loop {
            let mut connection = self.connected().await?;
            let response = match connection.try_send_request(self.ask()).await {
                Ok(response) => response,
                Err(mut error) => {
                    // The connection had ended before anything was sent on it: every client tries again.
                    if error.take_message().is_none() {
                        return Err(broken(error.error()));
                    }
                    self.note(|tally| tally.reconnects += 1);
                    continue;
                }
            };
            let status = response.status().as_u16();
            let body = Limited::new(response.into_body(), BODY_LIMIT).collect().await;
            let body = body.map_err(|error| broken(error.as_ref()))?.to_bytes();
            self.connection = Some(connection);
            let version = version_in(&body);
            self.note(|tally| tally.answer(version, status, started.elapsed()));
            if self.sightings {
                self.note(|tally| tally.saw(version, began, now()));
            }
            return Ok(());
        }
    }

    /// The connection that is there, or a new one.
    async fn connected(&mut self) -> Result<Connection, Failed> {
        if let Some(mut connection) = self.connection.take() {
            if connection.ready().await.is_ok() {
                return Ok(connection);
            }
            self.note(|tally| tally.reconnects += 1);
        }
        connect(&self.address.authority).await.map_err(|error| (Failure::Connect, error.to_string()))
    }

    fn ask(&self) -> Request<Empty<Bytes>> {
        let request = Request::get(self.address.path.as_str()).header(HOST, self.address.authority.as_str());
        let request = match self.header {
            Some((name, value)) => request.header(name, value),
            None => request,
        };
        // The address was parsed from a valid one, so there is nothing here to be refused.
        request.body(Empty::new()).unwrap_or_default()
    }

    fn note(&self, what: impl FnOnce(&mut Tally)) {
        what(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Milliseconds since 1970, as in a journal on the same machine.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis().try_into().unwrap_or(u64::MAX)
}

fn broken(error: &(dyn Error + 'static)) -> Failed {
    let causes = std::iter::successors(Some(error), |error| (**error).source());
    (Failure::Broken, causes.map(ToString::to_string).collect::<Vec<_>>().join(": "))
}

async fn connect(authority: &str) -> io::Result<Connection> {
    let stream = TcpStream::connect(authority).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    // Its end shows on the sender.
    tokio::spawn(connection);
    Ok(sender)
}

/// The version in an answer such as `{"version": "v2"}`; empty when the answer tells none.
fn version_in(body: &[u8]) -> &str {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let after = text.split_once("\"version\":").map_or("", |(_, after)| after.trim_start());
    after.strip_prefix('"').and_then(|text| text.split('"').next()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_the_answer() {
        assert_eq!(version_in(b"{\"version\": \"v2\"}"), "v2");
        assert_eq!(version_in(b"{\"error\":\"x\",\"version\":\"v3\"}"), "v3");
        assert_eq!(version_in(b"bad gateway"), "");
        assert_eq!(version_in(b"\xff"), "");
    }
}
