//! Time across the picture.

use super::{LEFT, RIGHT};

/// From when to when it goes.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    from: u64,
    span: u64,
}

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Distances of ticks that people reckon in.
const STEPS: [u64; 22] = [
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    15_000,
    30_000,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
];
const MOST_TICKS: u64 = 10;

impl Scale {
    pub fn new(from: u64, to: u64) -> Self {
        Self { from, span: to.saturating_sub(from).max(1_000) }
    }

    /// Where a moment is.
    pub fn x(&self, at: u64) -> f64 {
        let part = at.saturating_sub(self.from).min(self.span) as f64 / self.span as f64;
        LEFT + part * (RIGHT - LEFT)
    }

    /// Ticks with what they say: the time since the beginning.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        let few = |step: &u64| self.span / step < MOST_TICKS;
        let weeks = || 7 * DAY * (self.span / (7 * DAY * MOST_TICKS) + 1);
        let step = STEPS.into_iter().find(few).unwrap_or_else(weeks);
        let tick = |number: u64| {
            let since = number * step;
            (self.x(self.from.saturating_add(since)), label(since))
        };
        (0..=self.span / step).map(tick).collect()
    }
}

/// `0`, `0.5 s`, `1 m 30 s`, `2 h`: nothing that is none.
fn label(ms: u64) -> String {
    let (minutes, seconds) = (ms % HOUR / MINUTE, ms % MINUTE / 1_000);
    let mut parts = Vec::new();
    for (count, unit) in [(ms / DAY, "d"), (ms % DAY / HOUR, "h"), (minutes, "m")] {
        if count > 0 {
            parts.push(format!("{count} {unit}"));
        }
    }
    match (seconds, ms % 1_000) {
        (0, 0) if ms == 0 => parts.push("0".to_owned()),
        (0, 0) => {}
        (seconds, 0) => parts.push(format!("{seconds} s")),
        (seconds, rest) => parts.push(format!("{seconds}.{} s", rest / 100)),
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_where_people_look_for_them() {
        let labels = |span| -> Vec<String> {
            Scale::new(0, span).ticks().into_iter().map(|(_, label)| label).collect()
        };
        assert_eq!(labels(2_700), ["0", "0.5 s", "1 s", "1.5 s", "2 s", "2.5 s"]);
        assert_eq!(labels(185_000), ["0", "30 s", "1 m", "1 m 30 s", "2 m", "2 m 30 s", "3 m"]);
        assert_eq!(labels(30 * HOUR), ["0", "6 h", "12 h", "18 h", "1 d", "1 d 6 h"]);
        assert!(labels(10_000 * DAY).len() <= 11);
    }
}
