//! One instance's life: started, asked whether it is ready, watched, started again, drained, stopped.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sluice_core::plan::{Port, Revision};
use sluice_runner::orphans::Processes;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout};

use super::logs::Log;
use super::probe;
use super::process::{Ports, Process, Reserved};
use super::stats::Board;
use super::upstream::Upstream;

/// An instance: its revision's id and its number.
pub type Key = (String, u32);

/// What the supervisor wants of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    Run,
    /// No new requests; stop when those under way have ended. Taken back in time, it runs on.
    Drain,
}

/// What became of an instance.
#[derive(Debug)]
pub enum News {
    Ready(Arc<Upstream>),
    NotReady,
    /// It ended, or was ended as it did not get ready; it will be started again.
    Gone {
        was_ready: bool,
        told: String,
    },
    /// Past the point where it could run on.
    Stopping,
    /// Over.
    Ended,
}

/// News of one instance.
#[derive(Debug)]
pub struct Told {
    pub key: Key,
    pub news: News,
}

/// What keepers share.
#[derive(Debug, Clone)]
pub struct Means {
    pub processes: Arc<Processes>,
    pub ports: Ports,
    /// The gateway's, which marks its processes.
    pub dir: PathBuf,
    pub logs: PathBuf,
    pub news: mpsc::UnboundedSender<Told>,
    pub board: Arc<Board>,
    /// Upstream ids given out.
    pub ids: Arc<AtomicU64>,
}

/// Keeps one instance.
#[derive(Debug)]
pub struct Keeper {
    pub key: Key,
    pub revision: Revision,
    pub means: Means,
    pub want: watch::Receiver<Want>,
}

/// How one incarnation ended.
enum End {
    Stopped,
    Gone { was_ready: bool, told: String },
}

struct Incarnation {
    process: Process,
    upstream: Arc<Upstream>,
    // Held until the process has ended.
    reserved: Reserved,
}

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// An instance that ran this long begins with the first pause again.
const RAN_WELL: Duration = Duration::from_secs(30);
/// Questions in a row that fail before a ready instance is not.
const FAILURES: u32 = 3;
const SHORTEST_INTERVAL: Duration = Duration::from_millis(20);
/// In steady state an instance is not asked more often.
const STEADY_INTERVAL: Duration = Duration::from_millis(500);
/// How many chosen ports may be lost in a row.
const PORTS_TRIED: u32 = 5;
/// How often a fixed port is tried that is still taken.
const PORT_INTERVAL: Duration = Duration::from_millis(50);

impl Keeper {
    /// Lives until it is drained.
    pub async fn run(mut self) {
        let lines = self.means.board.lines(&self.key.0);
        let log = Arc::new(Log::new(&self.means.logs, &self.key.0, self.key.1, lines));
        let mut pause = FIRST_PAUSE;
        while self.wanted() {
            let began = Instant::now();
            match self.incarnation(&log).await {
                End::Stopped => break,
                End::Gone { was_ready, told } => {
                    let last = log.last().await;
                    let told = if last.is_empty() { told } else { format!("{told}; its last lines: {last}") };
                    self.tell(News::Gone { was_ready, told });
                }
            }
            if began.elapsed() >= RAN_WELL {
                pause = FIRST_PAUSE;
            }
            tokio::select! {
                () = sleep(pause) => {}
                () = drained(&mut self.want) => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.tell(News::Ended);
    }

    async fn incarnation(&mut self, log: &Arc<Log>) -> End {
        log.begin().await;
        let within = Duration::from_millis(self.revision.spec.readiness.within_ms);
        let deadline = Instant::now() + within;
        let mut tries = 0;
        loop {
            tries += 1;
            let reserved = match self.port(deadline).await {
                Ok(reserved) => reserved,
                Err(end) => return end,
            };
            let process = match Process::start(&self.revision, reserved.port, &self.means.dir, log) {
                Ok(process) => process,
                Err(error) => {
                    let program = self.revision.spec.command.first().map_or("", String::as_str);
                    let told = format!("can not be started: `{program}`: {error}");
                    return End::Gone { was_ready: false, told };
                }
            };
            self.means.processes.add(process.pid());
            let id = self.means.ids.fetch_add(1, Ordering::Relaxed) + 1;
            let upstream = Arc::new(Upstream::new(id, reserved.address()));
            let mut incarnation = Incarnation { process, upstream, reserved };
            let end = self.live(&mut incarnation, deadline).await;
            self.means.processes.remove(incarnation.process.pid());
            let lost_port = matches!(end, End::Gone { was_ready: false, .. })
                && matches!(self.revision.spec.port, Port::Env(_))
                && (incarnation.reserved.is_taken() || says_taken(&log.last().await));
            if !lost_port || tries >= PORTS_TRIED || Instant::now() >= deadline {
                return end;
            }
            log.begin().await;
        }
    }

    /// A fixed port may still be held by the instance before.
    async fn port(&mut self, deadline: Instant) -> Result<Reserved, End> {
        loop {
            let error = match self.means.ports.reserve(&self.revision.spec.port) {
                Ok(reserved) => return Ok(reserved),
                Err(error) => error,
            };
            if Instant::now() >= deadline {
                let told = match self.revision.spec.port {
                    Port::Fixed(port) => {
                        format!("can not be started: port {port} is taken by another process")
                    }
                    Port::Env(_) => format!("can not be started: there is no free port: {error}"),
                };
                return Err(End::Gone { was_ready: false, told });
            }
            tokio::select! {
                () = sleep(PORT_INTERVAL) => {}
                () = drained(&mut self.want) => return Err(End::Stopped),
            }
        }
    }

    async fn live(&mut self, it: &mut Incarnation, deadline: Instant) -> End {
        let address = it.upstream.address;
        let readiness = self.revision.spec.readiness.clone();
        let interval = Duration::from_millis(readiness.interval_ms).max(SHORTEST_INTERVAL);
        let path = readiness.path.as_deref();
        let first = async {
            while !probe::is_ready(address, path).await {
                sleep(interval).await;
            }
        };
        tokio::select! {
            told = it.process.ended() => return End::Gone { was_ready: false, told },
            () = drained(&mut self.want) => return self.stop(it).await,
            () = tokio::time::sleep_until(deadline) => {
                it.process.stop(Duration::from_millis(self.revision.spec.stop_ms)).await;
                let told = format!("was not ready within {} ms", readiness.within_ms);
                return End::Gone { was_ready: false, told };
            }
            () = first => {}
        }
        // A process that ended while another one answered on its port is not ready.
        if it.process.has_ended() {
            return End::Gone { was_ready: false, told: it.process.ended().await };
        }
        self.tell(News::Ready(Arc::clone(&it.upstream)));
        self.serve(it, interval.max(STEADY_INTERVAL), path).await
    }

    async fn serve(&mut self, it: &mut Incarnation, interval: Duration, path: Option<&str>) -> End {
        let mut failures = 0;
        let address = it.upstream.address;
        loop {
            let asked = async {
                sleep(interval).await;
                probe::is_ready(address, path).await
            };
            tokio::select! {
                told = it.process.ended() => return End::Gone { was_ready: true, told },
                () = drained(&mut self.want) => match self.drain(it).await {
                    Some(end) => return end,
                    None => continue,
                },
                ready = asked => {
                    it.upstream.forget_old();
                    match (ready, failures >= FAILURES) {
                        (true, was_out) => {
                            failures = 0;
                            if it.upstream.trust() || was_out {
                                self.tell(News::Ready(Arc::clone(&it.upstream)));
                            }
                        }
                        (false, true) => {}
                        (false, false) => {
                            failures += 1;
                            if failures >= FAILURES {
                                self.tell(News::NotReady);
                            }
                        }
                    }
                }
            }
        }
    }

    /// None if it is wanted again in time.
    async fn drain(&mut self, it: &mut Incarnation) -> Option<End> {
        let patience = Duration::from_millis(self.revision.spec.drain_ms);
        let wanted_again = async {
            if self.want.wait_for(|want| *want == Want::Run).await.is_err() {
                // Nobody is left to want it.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            _ = timeout(patience, it.upstream.drain()) => {}
            _ = it.process.ended() => return Some(End::Stopped),
            () = wanted_again => {
                it.upstream.undrain();
                return None;
            }
        }
        Some(self.stop(it).await)
    }

    async fn stop(&self, it: &mut Incarnation) -> End {
        self.tell(News::Stopping);
        it.process.stop(Duration::from_millis(self.revision.spec.stop_ms)).await;
        End::Stopped
    }

    fn wanted(&self) -> bool {
        *self.want.borrow() == Want::Run
    }

    fn tell(&self, news: News) {
        // Without a supervisor there is nobody to tell, and the end is near.
        let _ = self.means.news.send(Told { key: self.key.clone(), news });
    }
}

/// Whether a process ended as its port was taken: between choosing the port and binding it anybody may have
/// had it, and may have let it go since. These are the words of most languages and of Linux itself.
fn says_taken(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    ["address already in use", "eaddrinuse", "address in use"].iter().any(|one| words.contains(one))
}

/// Returns once the instance is not wanted, or there is nobody left to want it.
async fn drained(want: &mut watch::Receiver<Want>) {
    let _ = want.wait_for(|want| *want == Want::Drain).await;
}
