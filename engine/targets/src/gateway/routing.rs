//! The routing that all requests share: the table in force, the sequence of places, the wait for a seat.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use http::header::HeaderMap;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::body::Exchange;
use super::choice;
use super::config::Limits;
use super::mirror::Shadows;
use super::stats::LaneStats;
use super::table::{NoSeat, Table, Tried};

/// Shared by all connections.
#[derive(Debug)]
pub struct Routing {
    table: ArcSwap<Table>,
    changed: watch::Sender<()>,
    sequence: AtomicU64,
    waiting: AtomicUsize,
    /// Requests that came while nothing was served.
    pub unserved: AtomicU64,
    pub shadows: Shadows,
    pub limits: Limits,
}

/// By which listener a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Users,
    /// To the candidate alone.
    Preview,
}

/// A request's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub number: u16,
    /// That a sticky client had.
    pub instance: Option<u64>,
    /// Whether its client has yet to be told.
    pub new: bool,
    pub door: Door,
}

/// Why a request was not seated in time.
#[derive(Debug)]
pub enum Unseated {
    Empty,
    NotReady(Arc<LaneStats>),
}

/// Suspicion is lifted without a new table: look again this often.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

impl Routing {
    pub fn new(limits: Limits) -> Self {
        Self {
            table: ArcSwap::from_pointee(Table::default()),
            changed: watch::Sender::new(()),
            sequence: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            unserved: AtomicU64::new(0),
            shadows: Shadows::new(limits.mirrored),
            limits,
        }
    }

    /// In force for the next request.
    pub fn put(&self, table: Table) {
        self.table.store(Arc::new(table));
        self.changed.send_replace(());
    }

    pub fn table(&self) -> arc_swap::Guard<Arc<Table>> {
        self.table.load()
    }

    /// The place of a request: its client's own, or the next in the sequence.
    pub fn place(&self, door: Door, headers: &HeaderMap) -> Place {
        if door == Door::Preview {
            return Place { number: 0, instance: None, new: false, door };
        }
        if let Some((number, instance)) = self.table.load().brought_place(headers) {
            return Place { number, instance, new: false, door };
        }
        let number = choice::place(self.sequence.fetch_add(1, Ordering::Relaxed));
        Place { number, instance: None, new: true, door }
    }

    /// Seats a request, and holds it for a bounded time while no instance is ready for it.
    pub async fn seat(
        &self,
        headers: &HeaderMap,
        place: Place,
        tried: &mut Tried,
    ) -> Result<Exchange, Unseated> {
        match self.try_seat(headers, place, tried) {
            Some(Ok(exchange)) => Ok(exchange),
            _ => self.wait(headers, place, tried).await,
        }
    }

    /// None if the instance was just taken out of the table that was looked at.
    fn try_seat(&self, headers: &HeaderMap, place: Place, tried: &Tried) -> Option<Result<Exchange, NoSeat>> {
        match self.table.load().seat(headers, place, tried) {
            Ok(seat) => Exchange::begin(seat.upstream, seat.stats).map(Ok),
            Err(none) => Some(Err(none)),
        }
    }

    async fn wait(&self, headers: &HeaderMap, place: Place, tried: &mut Tried) -> Result<Exchange, Unseated> {
        let room = self.waiting.fetch_add(1, Ordering::Relaxed) < self.limits.waiting;
        let _leave = Leave(&self.waiting);
        let deadline = Instant::now() + if room { self.limits.wait } else { Duration::ZERO };
        let mut changed = self.changed.subscribe();
        loop {
            let none = match self.try_seat(headers, place, tried) {
                Some(Ok(exchange)) => return Ok(exchange),
                Some(Err(none)) => Some(none),
                None => None,
            };
            if !tried.is_empty() && none.is_some() {
                // Every instance was tried: after a pause, all may be tried again.
                *tried = Tried::default();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match none {
                Some(NoSeat::Empty) if left.is_zero() || place.door == Door::Preview => {
                    return Err(Unseated::Empty);
                }
                Some(NoSeat::NotReady(stats)) if left.is_zero() => return Err(Unseated::NotReady(stats)),
                // A new table is on its way at this very moment, so this does not spin for long.
                None => tokio::task::yield_now().await,
                Some(_) => {
                    let _ = timeout(left.min(LOOK_AGAIN), changed.changed()).await;
                }
            }
        }
    }
}

/// Leaves the queue also when the client goes away.
struct Leave<'r>(&'r AtomicUsize);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
