//! One process of an instance: its port, its start, its end.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal};
use sluice_core::plan::{Port, Revision};
use sluice_runner::group::{Group, told};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::config::MARK;
use super::logs::Log;

/// A started process, in a group of its own.
#[derive(Debug)]
pub struct Process {
    child: Child,
    group: Group,
    output: JoinSet<()>,
}

/// A port that no other instance of this gateway is given meanwhile.
#[derive(Debug)]
pub struct Reserved {
    pub port: u16,
    ports: Ports,
}

/// The ports that are given out now. Between choosing one and the process binding it, the system may well
/// hand out the same again.
#[derive(Debug, Clone, Default)]
pub struct Ports(Arc<Mutex<Vec<u16>>>);

/// Tells an instance which version it is.
const VERSION: &str = "SLUICE_VERSION";
/// How many ports the system may offer that are given out already.
const OFFERS: usize = 64;
/// For what the process wrote to arrive once it has ended.
const LAST_WORDS: Duration = Duration::from_millis(300);

impl Ports {
    /// Chooses a free port, or the fixed one if it is free.
    pub fn reserve(&self, port: &Port) -> io::Result<Reserved> {
        match port {
            Port::Fixed(port) => free(*port).and_then(|port| self.hold(port)),
            Port::Env(_) => {
                let mut held = Err(io::Error::from(io::ErrorKind::AddrInUse));
                for _ in 0..OFFERS {
                    held = free(0).and_then(|port| self.hold(port));
                    if held.is_ok() {
                        break;
                    }
                }
                held
            }
        }
    }

    fn hold(&self, port: u16) -> io::Result<Reserved> {
        let mut ports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ports.contains(&port) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        ports.push(port);
        Ok(Reserved { port, ports: self.clone() })
    }
}

impl Reserved {
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Whether somebody has the port, who after the end of our process is somebody else.
    pub fn is_taken(&self) -> bool {
        free(self.port).is_err()
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let mut ports = self.ports.0.lock().unwrap_or_else(PoisonError::into_inner);
        ports.retain(|port| *port != self.port);
    }
}

impl Process {
    pub fn start(revision: &Revision, port: u16, dir: &Path, log: &Arc<Log>) -> io::Result<Self> {
        let spec = &revision.spec;
        let Some((program, arguments)) = spec.command.split_first() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the command is empty"));
        };
        let mut command = Command::new(program);
        command.args(arguments).env(VERSION, &revision.version).envs(&spec.env).env(MARK, dir);
        command.current_dir(&spec.directory).process_group(0);
        if let Port::Env(name) = &spec.port {
            command.env(name, port.to_string());
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let group = Group::led_by(&child).ok_or_else(|| io::Error::other("it ended before it began"))?;
        let mut output = JoinSet::new();
        if let Some(stream) = child.stdout.take() {
            output.spawn(Arc::clone(log).take(stream));
        }
        if let Some(stream) = child.stderr.take() {
            output.spawn(Arc::clone(log).take(stream));
        }
        Ok(Self { child, group, output })
    }

    pub fn pid(&self) -> Pid {
        self.group.pid()
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }

    /// Returns when it has ended. Its children end with it, and its last words are in the log.
    pub async fn ended(&mut self) -> String {
        let told = match self.child.wait().await {
            Ok(status) => told(status),
            Err(error) => format!("was lost: {error}"),
        };
        self.group.signal(Signal::KILL);
        let _ = timeout(LAST_WORDS, async { while self.output.join_next().await.is_some() {} }).await;
        self.output.abort_all();
        told
    }

    /// Asks it to end, and makes it end when it takes too long.
    pub async fn stop(&mut self, patience: Duration) {
        self.group.signal(Signal::TERM);
        if timeout(patience, self.child.wait()).await.is_err() {
            self.group.signal(Signal::KILL);
        }
        self.ended().await;
    }
}

fn free(port: u16) -> io::Result<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))?.local_addr().map(|address| address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_not_given_out_twice() {
        let ports = Ports::default();
        let env = Port::Env("PORT".to_owned());
        let held: Vec<Reserved> = (0..50).map(|_| ports.reserve(&env).unwrap()).collect();
        let mut numbers: Vec<u16> = held.iter().map(|one| one.port).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 50);
        let fixed = Port::Fixed(numbers[0]);
        assert!(ports.reserve(&fixed).is_err());
        drop(held);
        assert_eq!(ports.reserve(&fixed).unwrap().port, numbers[0]);
    }

    #[test]
    fn a_port_that_somebody_has_is_refused() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(Ports::default().reserve(&Port::Fixed(port)).is_err());
    }
}
