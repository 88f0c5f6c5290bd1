//! What time it is: the wall clock, or one that tests set.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Tells the time in milliseconds since 1970.
pub trait Clock: Send + Sync + Debug {
    /// Never less than it said before.
    fn now_ms(&self) -> u64;
}

/// The wall clock as it was when this process began to look, and from then on the time that passed: a wall clock
/// that is set forwards or back under way moves no gate and no deadline.
#[derive(Debug)]
pub struct SystemClock {
    began_ms: u64,
    began: Instant,
}

/// A clock that stands still until it is told otherwise.
#[derive(Debug, Default)]
pub struct ManualClock {
    now: AtomicU64,
}

impl SystemClock {
    pub fn new() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { began_ms: millis(since), began: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        self.began_ms.saturating_add(millis(self.began.elapsed()))
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
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
    fn time_passes_from_the_wall_clock_on() {
        let clock = SystemClock::new();
        let said = [clock.now_ms(), clock.now_ms(), clock.now_ms()];
        assert!(said.is_sorted() && said[0] > 1_700_000_000_000, "{said:?}");
    }

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = ManualClock::at(7);
        assert_eq!((clock.now_ms(), clock.now_ms()), (7, 7));
        clock.advance(3);
        assert_eq!(clock.now_ms(), 10);
    }
}
