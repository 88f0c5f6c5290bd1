//! What is counted for each revision and role: atomics only, as every request counts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sluice_core::model::shape::Role;

use super::levels::LineCounts;
use super::mirror::MirrorStats;

/// Upper bounds of the duration histogram, in seconds; the last bucket is `+Inf`.
pub const BOUNDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Codes that are shown at zero, so that their rates have a start.
pub const USUAL: [u16; 19] =
    [200, 201, 204, 301, 302, 304, 400, 401, 403, 404, 408, 409, 422, 429, 499, 500, 502, 503, 504];

/// Counters of one revision in one role.
#[derive(Debug)]
pub struct LaneStats {
    pub revision: Arc<str>,
    pub role: Role,
    /// Connections that an instance did not accept.
    pub connect_errors: AtomicU64,
    /// Requests that an instance took and lost.
    pub lost: AtomicU64,
    /// Responses that an instance began and did not end.
    pub truncated: AtomicU64,
    /// Requests for this lane that went to the stable one, as no instance was ready.
    pub fallback: AtomicU64,
    pub in_flight: AtomicU64,
    codes: Vec<AtomicU64>,
    pub durations: Histogram,
}

/// Times, counted by their bounds.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    nanoseconds: AtomicU64,
}

/// All counters since the gateway started.
#[derive(Debug, Default)]
pub struct Board {
    lanes: Kept<LaneStats>,
    /// Of requests through the preview, which are no users'.
    previews: Kept<LaneStats>,
    mirrors: Kept<MirrorStats>,
    lines: Kept<LineCounts>,
}

type Kept<T> = Mutex<Vec<Arc<T>>>;

const FIRST_CODE: u16 = 100;
const LAST_CODE: u16 = 599;
/// Counters of revisions long gone are forgotten, oldest first.
const KEPT: usize = 32;

impl LaneStats {
    pub fn new(revision: Arc<str>, role: Role) -> Self {
        Self {
            revision,
            role,
            connect_errors: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            truncated: AtomicU64::new(0),
            fallback: AtomicU64::new(0),
            in_flight: AtomicU64::new(0),
            codes: (FIRST_CODE..=LAST_CODE).map(|_| AtomicU64::new(0)).collect(),
            durations: Histogram::default(),
        }
    }

    /// Counts an answered request.
    pub fn record(&self, code: u16, took: Duration) {
        let code = code.clamp(FIRST_CODE, LAST_CODE);
        if let Some(counter) = self.codes.get(usize::from(code - FIRST_CODE)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        self.durations.record(took);
    }

    /// Codes to show with their counts.
    pub fn codes(&self) -> impl Iterator<Item = (u16, u64)> {
        (FIRST_CODE..=LAST_CODE)
            .zip(&self.codes)
            .map(|(code, count)| (code, count.load(Ordering::Relaxed)))
            .filter(|(code, count)| *count > 0 || USUAL.contains(code))
    }
}

impl Histogram {
    pub fn record(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        if let Some(counter) = self.buckets.get(bucket) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// Cumulative counts per bound, the last for `+Inf`, and the sum in seconds.
    pub fn cumulative(&self) -> (Vec<u64>, f64) {
        let mut total = 0;
        let cumulative = self.buckets.iter().map(|bucket| {
            total += bucket.load(Ordering::Relaxed);
            total
        });
        let cumulative = cumulative.collect();
        (cumulative, Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed)).as_secs_f64())
    }
}

impl Board {
    /// The counters of a revision in a role, made at the first call.
    pub fn lane(&self, revision: &str, role: Role) -> Arc<LaneStats> {
        let is_it = |lane: &LaneStats| &*lane.revision == revision && lane.role == role;
        kept(&self.lanes, is_it, || LaneStats::new(revision.into(), role))
    }

    /// The same for requests through the preview.
    pub fn preview(&self, revision: &str, role: Role) -> Arc<LaneStats> {
        let is_it = |lane: &LaneStats| &*lane.revision == revision && lane.role == role;
        kept(&self.previews, is_it, || LaneStats::new(revision.into(), role))
    }

    /// The same for requests that are mirrored.
    pub fn mirror(&self, revision: &str, role: Role) -> Arc<MirrorStats> {
        let is_it = |mirror: &MirrorStats| &*mirror.revision == revision && mirror.role == role;
        kept(&self.mirrors, is_it, || MirrorStats::new(revision.into(), role))
    }

    /// The lines that a revision's instances wrote.
    pub fn lines(&self, revision: &str) -> Arc<LineCounts> {
        kept(&self.lines, |lines| &*lines.revision == revision, || LineCounts::new(revision.into()))
    }

    /// All that is counted, in the order of their names.
    pub fn all(&self) -> Vec<Arc<LaneStats>> {
        sorted(&self.lanes, |lane| (Arc::clone(&lane.revision), lane.role))
    }

    pub fn previews(&self) -> Vec<Arc<LaneStats>> {
        sorted(&self.previews, |lane| (Arc::clone(&lane.revision), lane.role))
    }

    pub fn mirrors(&self) -> Vec<Arc<MirrorStats>> {
        sorted(&self.mirrors, |mirror| (Arc::clone(&mirror.revision), mirror.role))
    }
}

/// What is counted already, or a new one in the place of the oldest.
fn kept<T>(all: &Kept<T>, is_it: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> Arc<T> {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(at) = all.iter().position(|one| is_it(one)) {
        // What is in use is young.
        let one = all.remove(at);
        all.push(Arc::clone(&one));
        return one;
    }
    if all.len() >= KEPT {
        all.remove(0);
    }
    let one = Arc::new(make());
    all.push(Arc::clone(&one));
    one
}

fn sorted<T, K: Ord>(all: &Kept<T>, key: impl Fn(&T) -> K) -> Vec<Arc<T>> {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner).clone();
    all.sort_by_key(|one| key(one));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_cumulative_and_end_with_all() {
        let lane = LaneStats::new("v1".into(), Role::Stable);
        for millis in [1, 3, 60_000] {
            lane.record(200, Duration::from_millis(millis));
        }
        let (buckets, sum) = lane.durations.cumulative();
        assert_eq!((buckets[0], buckets[2], buckets[13], buckets[14]), (1, 2, 2, 3));
        assert!((sum - 60.004).abs() < 1e-9);
    }

    #[test]
    fn counters_outlive_a_change_of_table_but_not_without_bound() {
        let board = Board::default();
        board.lane("v1", Role::Stable).record(200, Duration::ZERO);
        for n in 0..KEPT - 1 {
            board.lane(&format!("other-{n}"), Role::Candidate);
        }
        let kept = board.lane("v1", Role::Stable).codes().find(|(code, _)| *code == 200);
        assert_eq!(kept, Some((200, 1)));
        board.lane("one-more", Role::Candidate);
        assert_eq!(board.all().len(), KEPT);
        assert!(board.all().iter().any(|lane| &*lane.revision == "v1"));
    }
}
