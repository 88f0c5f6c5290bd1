//! What is counted for each revision and role: atomics only, as every request counts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sluice_core::model::shape::Role;

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
    buckets: [AtomicU64; BOUNDS.len() + 1],
    nanoseconds: AtomicU64,
}

/// All counters since the gateway started.
#[derive(Debug, Default)]
pub struct Board {
    lanes: Mutex<Vec<Arc<LaneStats>>>,
}

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
            buckets: std::array::from_fn(|_| AtomicU64::new(0)),
            nanoseconds: AtomicU64::new(0),
        }
    }

    /// Counts an answered request.
    pub fn record(&self, code: u16, took: Duration) {
        let code = code.clamp(FIRST_CODE, LAST_CODE);
        if let Some(counter) = self.codes.get(usize::from(code - FIRST_CODE)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        let seconds = took.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        if let Some(counter) = self.buckets.get(bucket) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// Codes to show with their counts.
    pub fn codes(&self) -> impl Iterator<Item = (u16, u64)> {
        (FIRST_CODE..=LAST_CODE)
            .zip(&self.codes)
            .map(|(code, count)| (code, count.load(Ordering::Relaxed)))
            .filter(|(code, count)| *count > 0 || USUAL.contains(code))
    }

    /// Cumulative counts per bound, the last for `+Inf`, and the sum in seconds.
    pub fn durations(&self) -> (Vec<u64>, f64) {
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
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = lanes.iter().position(|lane| &*lane.revision == revision && lane.role == role) {
            // What is in use is young.
            let lane = lanes.remove(at);
            lanes.push(Arc::clone(&lane));
            return lane;
        }
        if lanes.len() >= KEPT {
            lanes.remove(0);
        }
        let lane = Arc::new(LaneStats::new(revision.into(), role));
        lanes.push(Arc::clone(&lane));
        lane
    }

    /// All that is counted, in the order of their names.
    pub fn all(&self) -> Vec<Arc<LaneStats>> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        lanes.sort_by(|a, b| (&a.revision, a.role).cmp(&(&b.revision, b.role)));
        lanes
    }
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
        let (buckets, sum) = lane.durations();
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
