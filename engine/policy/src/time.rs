//! Times in a zone: windows between dates, and the parts of a time that rules ask for.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};
use thiserror::Error;

/// Why something is no time, date or zone.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TimeError {
    #[error("`{0}` is not a time zone; write it as `Europe/Berlin` or `UTC`")]
    Zone(String),
    #[error("`{0}` is neither a date (`2026-12-20`) nor a date with a time (`2026-12-20T18:00`)")]
    Date(String),
    #[error("the window from `{0}` to `{1}` ends before it begins")]
    Backwards(String, String),
}

/// A moment as a zone's clocks and calendars show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Local {
    /// `2026-11-23`.
    pub date: String,
    /// `Mon` to `Sun`.
    pub weekday: &'static str,
    pub hour: i64,
    pub minute: i64,
}

/// What clocks and calendars in a zone show.
pub fn local(now: Timestamp, zone: &str) -> Result<Local, TimeError> {
    let here = in_zone(now, zone)?;
    Ok(Local {
        date: here.date().to_string(),
        weekday: weekday(here.weekday()),
        hour: i64::from(here.hour()),
        minute: i64::from(here.minute()),
    })
}

/// Whether a moment is in a window. A date alone means the whole day, at either end; a time is the first
/// moment outside when it ends the window.
pub fn in_window(now: Timestamp, from: &str, to: &str, zone: &str) -> Result<bool, TimeError> {
    let here = in_zone(now, zone)?;
    let (start, end) = (moment(from, false)?, moment(to, true)?);
    if end <= start {
        return Err(TimeError::Backwards(from.to_owned(), to.to_owned()));
    }
    Ok(start <= here && here < end)
}

/// Whether there is such a zone: a name, or an offset with its sign.
pub fn check_zone(zone: &str) -> Result<(), TimeError> {
    time_zone(zone).map(|_| ())
}

/// `+02:00`, `-02:30`, `02:00`.
pub(crate) fn offset_seconds(zone: &str) -> Option<i64> {
    let (sign, rest) = match zone.as_bytes().first()? {
        b'-' => (-1, &zone[1..]),
        b'+' => (1, &zone[1..]),
        _ => (1, zone),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let number = |text: &str| {
        let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        if plain { text.parse::<i64>().ok() } else { None }
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let seconds = hours * 3600 + minutes * 60;
    (minutes < 60 && seconds <= i64::from(Offset::MAX.seconds())).then_some(sign * seconds)
}

fn in_zone(now: Timestamp, zone: &str) -> Result<DateTime, TimeError> {
    Ok(time_zone(zone)?.to_datetime(now))
}

/// A name, or an offset with its sign: `+01:00`.
fn time_zone(zone: &str) -> Result<TimeZone, TimeError> {
    let wrong = || TimeError::Zone(zone.to_owned());
    if zone == "Z" {
        return Ok(TimeZone::UTC);
    }
    if zone.starts_with(['+', '-']) {
        let offset = offset_seconds(zone).and_then(|seconds| i32::try_from(seconds).ok());
        return offset
            .and_then(|seconds| Offset::from_seconds(seconds).ok())
            .map(TimeZone::fixed)
            .ok_or_else(wrong);
    }
    TimeZone::get(zone).map_err(|_| wrong())
}

fn moment(text: &str, is_end: bool) -> Result<DateTime, TimeError> {
    let wrong = || TimeError::Date(text.to_owned());
    if text.contains('T') {
        return text.parse().map_err(|_| wrong());
    }
    let date: Date = text.parse().map_err(|_| wrong())?;
    let day = if is_end { date.checked_add(1.day()).map_err(|_| wrong())? } else { date };
    Ok(day.to_datetime(jiff::civil::Time::midnight()))
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    }
}
