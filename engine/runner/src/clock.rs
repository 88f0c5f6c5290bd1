//! What time it is: the wall clock, or one that tests set.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time in milliseconds since 1970.
pub trait Clock: Send + Sync + Debug {
    /// Never less than it said before.
    fn now_ms(&self) -> u64;
}

/// The wall clock. Where the system's time is set back, it stands still until that has passed, because a journal
/// whose times fall could not be judged: gates and deadlines are differences.
#[derive(Debug, Default)]
pub struct SystemClock {
    latest: AtomicU64,
}

/// A clock that stands still until it is told otherwise.
#[derive(Debug, Default)]
pub struct ManualClock {
    now: AtomicU64,
}

impl SystemClock {
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes on from a time that is known to have passed: that of a journal's last record.
    pub fn not_before(at_ms: u64) -> Self {
        Self { latest: AtomicU64::new(at_ms) }
    }

    fn at_least(&self, wall_ms: u64) -> u64 {
        self.latest.fetch_max(wall_ms, Ordering::AcqRel).max(wall_ms)
    }
}

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.at_least(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

impl ManualClock {
    pub fn at(now_ms: u64) -> Self {
        Self { now: AtomicU64::new(now_ms) }
    }

    /// Lets time pass.
    pub fn advance(&self, by_ms: u64) {
        self.now.fetch_add(by_ms, Ordering::AcqRel);
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> u64 {
        self.now.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_that_is_set_back_stands_still() {
        let clock = SystemClock::new();
        let said: Vec<u64> = [5, 9, 3, 9, 10].into_iter().map(|wall| clock.at_least(wall)).collect();
        assert_eq!(said, [5, 9, 9, 9, 10]);
    }

    #[test]
    fn a_resumed_release_goes_on_from_its_last_record() {
        let far = 1 << 50;
        assert_eq!(SystemClock::not_before(far).now_ms(), far);
        assert!(SystemClock::new().now_ms() > 1_700_000_000_000);
    }

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = ManualClock::at(7);
        assert_eq!((clock.now_ms(), clock.now_ms()), (7, 7));
        clock.advance(3);
        assert_eq!(clock.now_ms(), 10);
    }
}
