//! Moments: nanoseconds from the year 1 to the year 9999, as CEL has them. The calendar library ends a day
//! earlier, so the calendar of UTC is reckoned here and only zones are asked of it.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::time::offset_seconds;

/// A moment in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    seconds: i64,
    nanos: u32,
}

/// What clock and calendar show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    /// From 1.
    pub(super) month: i64,
    /// From 1.
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    /// From 0, which is Sunday.
    pub(super) weekday: i64,
    /// From 0.
    pub(super) day_of_year: i64,
}

/// 0001-01-01T00:00:00Z.
const FIRST: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z.
const LAST: i64 = 253_402_300_799;
const DAY: i64 = 86_400;
const BILLION: i128 = 1_000_000_000;

impl Moment {
    pub fn new(seconds: i64, nanos: u32) -> Option<Self> {
        ((FIRST..=LAST).contains(&seconds) && nanos < 1_000_000_000).then_some(Self { seconds, nanos })
    }

    /// A moment beyond the calendar of CEL is its first or last.
    pub fn from_timestamp(time: Timestamp) -> Self {
        let nanos = time.as_nanosecond();
        Self::from_nanos(nanos).unwrap_or(Self { seconds: if nanos < 0 { FIRST } else { LAST }, nanos: 0 })
    }

    pub(super) fn from_nanos(nanos: i128) -> Option<Self> {
        let seconds = i64::try_from(nanos.div_euclid(BILLION)).ok()?;
        Self::new(seconds, u32::try_from(nanos.rem_euclid(BILLION)).ok()?)
    }

    pub(super) fn nanos(self) -> i128 {
        i128::from(self.seconds) * BILLION + i128::from(self.nanos)
    }

    pub(super) fn seconds(self) -> i64 {
        self.seconds
    }

    pub(super) fn milliseconds_of_second(self) -> i64 {
        i64::from(self.nanos / 1_000_000)
    }

    pub(super) fn is_epoch(self) -> bool {
        self.seconds == 0 && self.nanos == 0
    }

    /// For calendars; the last day of the year 9999 is taken as the day before.
    pub(super) fn timestamp(self) -> Timestamp {
        Timestamp::from_nanosecond(self.nanos()).unwrap_or(Timestamp::MAX)
    }

    /// What clock and calendar show in a zone: a name, or an offset such as `+02:00`. None is UTC.
    pub(super) fn civil(self, zone: Option<&str>) -> Option<Civil> {
        let offset = match zone {
            None | Some("UTC" | "Z") => 0,
            Some(zone) => match offset_seconds(zone) {
                Some(offset) => offset,
                None => TimeZone::get(zone).ok()?.to_offset(self.timestamp()).seconds().into(),
            },
        };
        Some(civil(self.seconds + offset))
    }

    /// RFC 3339.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let number = |from: usize, to: usize| -> Option<i64> {
            let digits = bytes.get(from..to)?;
            let all = digits.iter().all(u8::is_ascii_digit);
            all.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
        };
        let at = |index: usize, wanted: &[u8]| bytes.get(index).is_some_and(|byte| wanted.contains(byte));
        if !(at(4, b"-") && at(7, b"-") && at(10, b"Tt ") && at(13, b":") && at(16, b":")) {
            return None;
        }
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
            return None;
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let (nanos, rest) = fraction(text.get(19..)?)?;
        let offset = match rest {
            "Z" | "z" => 0,
            rest if rest.starts_with(['+', '-']) => offset_seconds(rest)?,
            _ => return None,
        };
        let seconds = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset;
        Self::new(seconds, nanos)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = civil(self.seconds);
        write!(f, "{:04}-{:02}-{:02}T", civil.year, civil.month, civil.day)?;
        write!(f, "{:02}:{:02}:{:02}", civil.hour, civil.minute, civil.second)?;
        if self.nanos != 0 {
            write!(f, ".{}", format!("{:09}", self.nanos).trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

fn fraction(text: &str) -> Option<(u32, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, text)) };
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = rest.split_at(length);
    if !(1..=9).contains(&length) {
        return None;
    }
    Some((format!("{digits:0<9}").parse().ok()?, rest))
}

fn civil(seconds: i64) -> Civil {
    let (day_number, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = date(day_number);
    Civil {
        year,
        month,
        day,
        hour: second / 3600,
        minute: second / 60 % 60,
        second: second % 60,
        weekday: (day_number + 4).rem_euclid(7),
        day_of_year: day_number - days(year, 1, 1),
    }
}

/// Days from 1970-01-01, in the proleptic Gregorian calendar. Years are counted from March, so that the day
/// that leap years have more is the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn date(day_number: i64) -> (i64, i64, i64) {
    let shifted = day_number + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

fn days_in(year: i64, month: i64) -> i64 {
    let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days(next_year, next_month, 1) - days(year, month, 1)
}
