//! When the next request is due, for all clients together.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Evenly spaced turns. Clients that fall behind catch up at once, so that the rate holds over the whole run.
#[derive(Debug)]
pub struct Pace {
    started: Instant,
    between: Option<Duration>,
    turns: AtomicU64,
}

impl Pace {
    pub fn new(rate: Option<f64>) -> Self {
        let between = rate.filter(|rate| *rate > 0.0).map(|rate| Duration::from_secs_f64(1.0 / rate));
        Self { started: Instant::now(), between, turns: AtomicU64::new(0) }
    }

    /// Waits for the next turn that nobody has taken.
    pub async fn turn(&self) {
        let Some(between) = self.between else { return };
        let turn = self.turns.fetch_add(1, Ordering::Relaxed);
        let after = between.as_secs_f64() * turn as f64;
        tokio::time::sleep_until(self.started + Duration::from_secs_f64(after)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn turns_are_spaced_evenly() {
        let pace = Pace::new(Some(1_000.0));
        for _ in 0..20 {
            pace.turn().await;
        }
        // The twentieth turn is due 19 ms after the start; a slow machine makes it later, nothing makes it earlier.
        assert!(pace.started.elapsed() >= Duration::from_millis(19));
    }
}
