//! Mirroring: a share of the requests goes to a second revision too, whose answers no client sees.
//!
//! A mirrored request never holds up the user's: it is a task of its own ([`job`]), made of copies. What is
//! copied is bounded (`tee`), and so is what waits and what is under way: beyond it, requests are not mirrored
//! but shed, and counted. Where nothing is mirrored, a request costs one look at the table more.

mod job;
mod stats;
mod tee;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request};
use hyper::body::Body;
use sluice_core::model::difference::Difference;
use sluice_core::model::mirroring::Mirroring;
use sluice_runner::ports::target::Desired;
use tokio::sync::{Semaphore, oneshot};

use super::body::{Exchange, RequestBody};
use super::choice;
use super::compare::{Answer, Captured, Rules};
use super::copy::Head;
use super::routing::{Place, Routing};
use super::stats::Board;
use job::{Job, Later};

pub use stats::MirrorStats;
pub use tee::Tee;

/// The mirror of a table.
#[derive(Debug)]
pub struct Mirror {
    /// Of the revision that gets the copies.
    lane: usize,
    /// In tenths of a percent of the requests that may be mirrored.
    weight: u16,
    methods: Vec<Method>,
    mark: (HeaderName, HeaderValue),
    settings: Mirroring,
    rules: Rules,
    stats: Arc<MirrorStats>,
}

/// What all mirrored requests share, over all tables.
#[derive(Debug)]
pub struct Shadows {
    sequence: AtomicU64,
    pending: AtomicUsize,
    under_way: Semaphore,
}

/// The user's side of a mirrored request.
#[derive(Debug)]
pub struct Fork {
    mirror: Arc<Mirror>,
    primary: oneshot::Sender<Primary>,
}

/// What the user was answered.
#[derive(Debug)]
pub struct Primary {
    /// Without its body, which is still on its way.
    pub answer: Answer,
    pub body: oneshot::Receiver<Captured>,
    pub revision: Arc<str>,
    /// Id of the instance.
    pub upstream: u64,
}

/// A place among those that wait or are under way.
#[derive(Debug)]
struct Ticket(Arc<Routing>);

impl Mirror {
    /// None where a desired state mirrors nothing.
    pub fn build(desired: &Desired, settings: &Mirroring, board: &Board) -> Option<Arc<Self>> {
        let asked = desired.mirror.filter(|mirror| mirror.weight.get() > 0)?;
        let lane = desired.revisions.iter().position(|one| one.role == asked.role)?;
        let stats = board.mirror(&desired.revisions.get(lane)?.revision.id, asked.role);
        stats.begin(&desired.release);
        let method = |name: &String| Method::from_bytes(name.as_bytes()).ok();
        Some(Arc::new(Self {
            lane,
            weight: asked.weight.get(),
            methods: settings.methods.iter().filter_map(method).collect(),
            mark: (mark(settings)?, HeaderValue::try_from(&desired.release).ok()?),
            rules: Rules::new(&settings.compare),
            stats,
            settings: settings.clone(),
        }))
    }

    /// The last examples of differences.
    pub fn samples(&self) -> Vec<Difference> {
        self.stats.samples()
    }
}

/// The header that marks mirrored requests.
pub fn mark(settings: &Mirroring) -> Option<HeaderName> {
    HeaderName::from_bytes(settings.mark.as_bytes()).ok()
}

/// Forks a request off, if it is one of those that are mirrored.
pub fn fork(routing: &Arc<Routing>, request: &mut Request<RequestBody>, place: Place) -> Option<Fork> {
    let table = routing.table();
    let mirror = table.mirror()?;
    let fits = mirror.methods.contains(request.method())
        && table.lane_of(request.headers(), place).is_some_and(|lane| lane != mirror.lane);
    if !fits || !routing.shadows.is_next(mirror.weight) {
        return None;
    }
    let body = request.body().size_hint();
    let is_small = body.lower() <= u64::from(mirror.settings.body_bytes);
    let Some(ticket) = routing.ticket(mirror.settings.queue).filter(|_| is_small) else {
        mirror.stats.shed.fetch_add(1, Ordering::Relaxed);
        return None;
    };
    let mut head = Head::of(request);
    head.headers.insert(mirror.mark.0.clone(), mirror.mark.1.clone());
    let (primary, answered) = oneshot::channel();
    let body = tee(request, mirror.settings.body_bytes);
    let mirror = Arc::clone(mirror);
    let came = Instant::now();
    tokio::spawn(Job { ticket, mirror: Arc::clone(&mirror), head, body, primary: answered, came }.run());
    Some(Fork { mirror, primary })
}

/// Has the body copied as it streams by; none if there is no body.
fn tee(request: &mut Request<RequestBody>, room: u32) -> Later {
    match std::mem::replace(request.body_mut(), RequestBody::Empty) {
        RequestBody::Streaming(incoming) => {
            let (tee, taken) = Tee::new(usize::try_from(room).unwrap_or(usize::MAX));
            *request.body_mut() = RequestBody::Copied(incoming, tee);
            Some(taken)
        }
        other => {
            *request.body_mut() = other;
            None
        }
    }
}

impl Fork {
    /// The user's answer has begun. What comes back is to be told of its body.
    pub fn answered(self, status: u16, headers: &HeaderMap, exchange: &Exchange) -> Tee {
        let room = usize::try_from(self.mirror.settings.body_bytes).unwrap_or(usize::MAX);
        let (tee, body) = Tee::new(room);
        let took = exchange.took().unwrap_or(Duration::ZERO);
        let nothing = Captured::Whole(bytes::Bytes::new());
        let answer = self.mirror.rules.answer(status, headers, took, nothing);
        let (revision, upstream) = (Arc::clone(&exchange.stats.revision), exchange.upstream.id);
        // The shadow may have failed already.
        let _ = self.primary.send(Primary { answer, body, revision, upstream });
        tee
    }
}

impl Shadows {
    /// At most so many are under way at once.
    pub fn new(under_way: usize) -> Self {
        let (sequence, pending) = (AtomicU64::new(0), AtomicUsize::new(0));
        Self { sequence, pending, under_way: Semaphore::new(under_way) }
    }

    /// Whether the next of the requests that may be mirrored is: as exact as the weights.
    fn is_next(&self, weight: u16) -> bool {
        choice::place(self.sequence.fetch_add(1, Ordering::Relaxed)) < weight
    }
}

impl Routing {
    fn ticket(self: &Arc<Self>, queue: u32) -> Option<Ticket> {
        let ticket = Ticket(Arc::clone(self));
        let before = self.shadows.pending.fetch_add(1, Ordering::Relaxed);
        (before < usize::try_from(queue).unwrap_or(usize::MAX)).then_some(ticket)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.shadows.pending.fetch_sub(1, Ordering::Relaxed);
    }
}
