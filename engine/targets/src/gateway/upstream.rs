//! One running process as the data plane sees it: its address, its load, its kept connections.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::body::RequestBody;

/// A connection's sending half.
pub type Sender = SendRequest<RequestBody>;

/// One incarnation of an instance; a restart makes another.
#[derive(Debug)]
pub struct Upstream {
    /// Unlike any other of this gateway's life.
    pub id: u64,
    pub address: SocketAddr,
    in_flight: AtomicUsize,
    draining: AtomicBool,
    suspect: AtomicBool,
    idle: Mutex<Vec<Idle>>,
    quiet: Notify,
}

/// A request under way that is none of a user's: an instance waits for it before it is stopped.
#[derive(Debug)]
pub struct UnderWay(Arc<Upstream>);

/// What became of one attempt.
#[derive(Debug)]
pub enum Attempt {
    Answered(Response<Incoming>, Sender),
    /// Nothing of the request was sent; it may go elsewhere whatever its method.
    Unsent(Request<RequestBody>),
    /// It was sent, at least in part, and no response came.
    Lost,
}

#[derive(Debug)]
struct Idle {
    sender: Sender,
    since: Instant,
}

/// Connections kept to one instance.
const KEPT: usize = 128;
/// How long an unused one is kept: shorter than common servers do (2 s and up), as a request that meets the
/// server closing the connection is lost. A new connection to the same machine costs little.
const KEPT_FOR: Duration = Duration::from_millis(1500);
/// How many are looked at for one that is ready.
const LOOKED_AT: usize = 8;

impl UnderWay {
    /// None if the instance takes no new requests.
    pub fn begin(upstream: Arc<Upstream>) -> Option<Self> {
        upstream.begin().then(|| Self(upstream))
    }

    pub fn upstream(&self) -> &Upstream {
        &self.0
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Upstream {
    pub fn new(id: u64, address: SocketAddr) -> Self {
        Self {
            id,
            address,
            in_flight: AtomicUsize::new(0),
            draining: AtomicBool::new(false),
            suspect: AtomicBool::new(false),
            idle: Mutex::new(Vec::new()),
            quiet: Notify::new(),
        }
    }

    /// Takes a request under way; false if there are to be no new ones.
    ///
    /// First counted, then looked: [`Self::drain`] first marks, then counts. So either this sees the mark or
    /// the drain sees the request, and no process is stopped under a request.
    pub fn begin(&self) -> bool {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
        if self.draining.load(Ordering::SeqCst) {
            self.end();
            return false;
        }
        true
    }

    /// Ends what [`Self::begin`] began.
    pub fn end(&self) {
        let before = self.in_flight.fetch_sub(1, Ordering::SeqCst);
        if before == 1 && self.draining.load(Ordering::SeqCst) {
            self.quiet.notify_waiters();
        }
    }

    pub fn load(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Whether a connection failed since it was last seen ready.
    pub fn is_suspect(&self) -> bool {
        self.suspect.load(Ordering::Relaxed)
    }

    /// A connection failed: others are preferred until it is seen ready.
    pub fn suspect(&self) {
        self.suspect.store(true, Ordering::Relaxed);
    }

    /// Seen ready. True if it was under suspicion.
    pub fn trust(&self) -> bool {
        self.suspect.swap(false, Ordering::Relaxed)
    }

    /// Takes no new requests, and returns when those under way have ended.
    pub async fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
        loop {
            let quiet = self.quiet.notified();
            tokio::pin!(quiet);
            quiet.as_mut().enable();
            if self.in_flight.load(Ordering::SeqCst) == 0 {
                break;
            }
            quiet.await;
        }
        self.forget(Duration::ZERO);
    }

    /// Takes requests again.
    pub fn undrain(&self) {
        self.draining.store(false, Ordering::SeqCst);
    }

    /// Sends a request over a kept connection or a new one.
    pub async fn send(&self, mut request: Request<RequestBody>, connect: Duration) -> Attempt {
        while let Some(mut sender) = self.kept() {
            match sender.try_send_request(request).await {
                Ok(response) => return Attempt::Answered(response, sender),
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Attempt::Lost,
                },
            }
        }
        let Ok(mut sender) = self.connect(connect).await else {
            self.suspect();
            return Attempt::Unsent(request);
        };
        match sender.try_send_request(request).await {
            Ok(response) => Attempt::Answered(response, sender),
            Err(mut error) => error.take_message().map_or(Attempt::Lost, Attempt::Unsent),
        }
    }

    /// Keeps a connection whose response has ended.
    pub fn keep(&self, sender: Sender) {
        if sender.is_closed() || self.draining.load(Ordering::Relaxed) {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(Idle { sender, since: Instant::now() });
        }
    }

    /// Closes connections that were unused for long.
    pub fn forget_old(&self) {
        self.forget(KEPT_FOR);
    }

    fn forget(&self, older_than: Duration) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|one| !one.sender.is_closed() && one.since.elapsed() < older_than);
    }

    /// The youngest connection that is ready. One whose request body is still on its way is passed over.
    fn kept(&self) -> Option<Sender> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mut at = idle.len();
        for _ in 0..LOOKED_AT {
            at = at.checked_sub(1)?;
            let one = idle.get(at)?;
            let old = one.since.elapsed() >= KEPT_FOR;
            if one.sender.is_ready() && !old {
                return Some(idle.swap_remove(at).sender);
            }
            if one.sender.is_closed() || old {
                idle.swap_remove(at);
            }
        }
        None
    }

    async fn connect(&self, within: Duration) -> Result<Sender, ConnectFailed> {
        let stream = timeout(within, TcpStream::connect(self.address)).await;
        let stream = stream.map_err(|_late| ConnectFailed)?.map_err(|_refused| ConnectFailed)?;
        // Not fatal: small writes are slower without it.
        let _ = stream.set_nodelay(true);
        let handshake = Builder::new().handshake(TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(|_failed| ConnectFailed)?;
        tokio::spawn(async move {
            // How it ended is told to whoever waits for a response.
            let _ = connection.with_upgrades().await;
        });
        Ok(sender)
    }
}

#[derive(Debug)]
struct ConnectFailed;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_draining_instance_takes_no_new_request_and_waits_for_the_old() {
        let upstream = Arc::new(Upstream::new(1, "127.0.0.1:1".parse().unwrap()));
        assert!(upstream.begin());
        let drained = tokio::spawn({
            let upstream = Arc::clone(&upstream);
            async move { upstream.drain().await }
        });
        while upstream.begin() {
            upstream.end();
            tokio::task::yield_now().await;
        }
        assert!(!drained.is_finished());
        upstream.end();
        drained.await.unwrap();
        upstream.undrain();
        assert!(upstream.begin());
    }

    #[tokio::test]
    async fn a_refused_connection_gives_the_request_back() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        drop(taken);
        let upstream = Upstream::new(1, address);
        let request = Request::builder().uri("/kept").body(RequestBody::Empty).unwrap();
        match upstream.send(request, Duration::from_secs(5)).await {
            Attempt::Unsent(back) => assert_eq!(back.uri(), "/kept"),
            other => panic!("{other:?}"),
        }
        assert!(upstream.is_suspect());
        assert!(upstream.trust() && !upstream.is_suspect());
    }
}
