//! What is counted and found of the requests that are mirrored to one revision.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sluice_core::model::difference::{Difference, DifferenceKind};
use sluice_core::model::shape::Role;

use super::super::compare::{Found, Noise, Samples};
use super::super::stats::Histogram;

/// Of one revision in one role. Each mirrored request is answered, failed or shed.
#[derive(Debug)]
pub struct MirrorStats {
    pub revision: Arc<str>,
    pub role: Role,
    pub answered: AtomicU64,
    pub failed: AtomicU64,
    pub shed: AtomicU64,
    pub compared: AtomicU64,
    differing: [AtomicU64; DifferenceKind::ALL.len()],
    /// From handing over a request to the head of its response.
    pub durations: Histogram,
    /// Requests that stable was asked a second time.
    again: AtomicU64,
    findings: Mutex<Findings>,
}

#[derive(Debug, Default)]
struct Findings {
    release: String,
    noise: Arc<Noise>,
    samples: Samples,
}

/// Of the compared requests, one in so many may be asked a second time of stable, and some at the beginning,
/// when nothing is known of its noise.
const AGAIN: u64 = 4;
const AGAIN_AT_FIRST: u64 = 16;

impl MirrorStats {
    pub fn new(revision: Arc<str>, role: Role) -> Self {
        Self {
            revision,
            role,
            answered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            shed: AtomicU64::new(0),
            compared: AtomicU64::new(0),
            differing: Default::default(),
            durations: Histogram::default(),
            again: AtomicU64::new(0),
            findings: Mutex::default(),
        }
    }

    /// Another release finds anew: its stable may be another one.
    pub fn begin(&self, release: &str) {
        let mut findings = self.findings();
        if findings.release != release {
            *findings = Findings { release: release.to_owned(), ..Findings::default() };
            self.again.store(self.compared.load(Ordering::Relaxed) / AGAIN, Ordering::Relaxed);
        }
    }

    pub fn answer(&self, took: Duration) {
        self.answered.fetch_add(1, Ordering::Relaxed);
        self.durations.record(took);
    }

    /// Counts a compared request: once for each kind in which it differs.
    pub fn compare(&self, found: &[Found]) {
        self.compared.fetch_add(1, Ordering::Relaxed);
        for (kind, counter) in DifferenceKind::ALL.iter().zip(&self.differing) {
            if found.iter().any(|one| one.kind == *kind) {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Whether stable may be asked once more.
    pub fn may_ask_again(&self) -> bool {
        let allowed = AGAIN_AT_FIRST + self.compared.load(Ordering::Relaxed) / AGAIN;
        let asked = self.again.fetch_add(1, Ordering::Relaxed);
        if asked >= allowed {
            self.again.fetch_sub(1, Ordering::Relaxed);
        }
        asked < allowed
    }

    pub fn noise(&self) -> Arc<Noise> {
        Arc::clone(&self.findings().noise)
    }

    pub fn learn(&self, own: &[Found]) {
        Arc::make_mut(&mut self.findings().noise).learn(own);
    }

    /// Keeps examples of what was found, the last `most` of them.
    pub fn keep(&self, method: &str, path: &str, found: &[Found], most: usize) {
        if !found.is_empty() {
            self.findings().samples.add(method, path, found, most);
        }
    }

    pub fn samples(&self) -> Vec<Difference> {
        self.findings().samples.kept().cloned().collect()
    }

    /// Compared requests that differ, by kind.
    pub fn differing(&self) -> impl Iterator<Item = (DifferenceKind, u64)> {
        let counts = self.differing.iter().map(|count| count.load(Ordering::Relaxed));
        DifferenceKind::ALL.into_iter().zip(counts)
    }

    fn findings(&self) -> std::sync::MutexGuard<'_, Findings> {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stable_is_asked_again_for_a_bounded_share() {
        let stats = MirrorStats::new("v2".into(), Role::Candidate);
        let asked = (0..100).filter(|_| stats.may_ask_again()).count();
        assert_eq!(asked, 16);
        (0..40).for_each(|_| stats.compare(&[]));
        assert_eq!((0..100).filter(|_| stats.may_ask_again()).count(), 10);
    }
}
