//! Times as people read them, in UTC so that two people speak of the same moment.

use jiff::Timestamp;

/// `12:03:05`.
pub fn of_day(at_ms: u64) -> String {
    format(at_ms, "%H:%M:%S")
}

/// `2026-11-23 12:03`.
pub fn date_and_minute(at_ms: u64) -> String {
    format(at_ms, "%Y-%m-%d %H:%M")
}

/// `2026-11-23 12:03:05 UTC`.
pub fn date_and_time(at_ms: u64) -> String {
    format(at_ms, "%Y-%m-%d %H:%M:%S UTC")
}

fn format(at_ms: u64, pattern: &str) -> String {
    let at = i64::try_from(at_ms).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    at.map_or_else(|| at_ms.to_string(), |at| at.strftime(pattern).to_string())
}
