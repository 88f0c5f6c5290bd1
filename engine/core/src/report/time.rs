//! Times as people read them, in UTC so that two people speak of the same moment.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

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

/// Reads a moment: `2026-11-23`, `2026-11-23T12:00` or with seconds, in UTC; or with an offset.
pub fn parsed(text: &str) -> Option<u64> {
    let exact = text.parse::<Timestamp>().ok();
    let plain = || TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok();
    u64::try_from(exact.or_else(plain)?.as_millisecond()).ok()
}

/// `1.2 s`, `12 s`, `3 m 05 s`, `2 h 10 m`: precise where it is short.
pub fn span(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0..10 => format!("{}.{} s", seconds, ms % 1000 / 100),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} m {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} m", seconds / 3600, seconds % 3600 / 60),
    }
}

fn format(at_ms: u64, pattern: &str) -> String {
    let at = i64::try_from(at_ms).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    at.map_or_else(|| at_ms.to_string(), |at| at.strftime(pattern).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_people_write_them() {
        let day = parsed("2026-11-23").unwrap();
        assert_eq!(date_and_time(day), "2026-11-23 00:00:00 UTC");
        assert_eq!(parsed("2026-11-23T12:00"), Some(day + 12 * 3_600_000));
        assert_eq!(parsed("2026-11-23 12:00:30"), Some(day + 12 * 3_600_000 + 30_000));
        assert_eq!(parsed("2026-11-23T12:00:00+01:00"), Some(day + 11 * 3_600_000));
        assert_eq!(parsed("yesterday"), None);
        assert_eq!(parsed("1969-01-01"), None);
    }

    #[test]
    fn spans_are_precise_where_they_are_short() {
        let shown: Vec<String> = [0, 1_250, 12_999, 185_000, 7_830_000].map(span).to_vec();
        assert_eq!(shown, ["0.0 s", "1.2 s", "12 s", "3 m 05 s", "2 h 10 m"]);
    }
}
