//! Times, durations, calendars.

use super::{Function, wrong};
use crate::cel::limits::Meter;
use crate::cel::moment::Civil;
use crate::cel::{EvaluationError, Moment, Value};
use crate::time;

type Answer = Result<Value, EvaluationError>;

const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1000 * MILLISECOND;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

macro_rules! getter {
    ($name:literal, $read:expr) => {
        Function {
            name: $name,
            signatures: &[
                concat!("timestamp.", $name, "(): int"),
                concat!("timestamp.", $name, "(string): int"),
            ],
            run: |_, arguments| shown($name, arguments, $read, None),
        }
    };
    ($name:literal, $read:expr, $unit:expr) => {
        Function {
            name: $name,
            signatures: &[
                concat!("timestamp.", $name, "(): int"),
                concat!("timestamp.", $name, "(string): int"),
                concat!("duration.", $name, "(): int"),
            ],
            run: |_, arguments| shown($name, arguments, $read, Some($unit)),
        }
    };
}

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "between_times",
        signatures: &["between_times(timestamp, string, string, string): bool"],
        run: between_times,
    },
    Function {
        name: "date",
        signatures: &["date(timestamp, string): string"],
        run: |_, arguments| {
            let civil = in_zone("date", arguments)?;
            Ok(Value::text(format!("{:04}-{:02}-{:02}", civil.year, civil.month, civil.day)))
        },
    },
    Function {
        name: "days",
        signatures: &["days(int): duration"],
        run: |_, arguments| span("days", arguments, DAY),
    },
    getter!("getDate", |civil: &Civil, _| civil.day),
    getter!("getDayOfMonth", |civil: &Civil, _| civil.day - 1),
    getter!("getDayOfWeek", |civil: &Civil, _| civil.weekday),
    getter!("getDayOfYear", |civil: &Civil, _| civil.day_of_year),
    getter!("getFullYear", |civil: &Civil, _| civil.year),
    getter!("getHours", |civil: &Civil, _| civil.hour, HOUR),
    getter!("getMilliseconds", |_, time: Moment| time.milliseconds_of_second(), MILLISECOND),
    getter!("getMinutes", |civil: &Civil, _| civil.minute, MINUTE),
    getter!("getMonth", |civil: &Civil, _| civil.month - 1),
    getter!("getSeconds", |civil: &Civil, _| civil.second, SECOND),
    Function {
        name: "hours",
        signatures: &["hours(int): duration"],
        run: |_, arguments| span("hours", arguments, HOUR),
    },
    Function {
        name: "in_window",
        signatures: &[
            "in_window(timestamp, string, string): bool",
            "in_window(timestamp, string, string, string): bool",
        ],
        run: in_window,
    },
    Function {
        name: "minutes",
        signatures: &["minutes(int): duration"],
        run: |_, arguments| span("minutes", arguments, MINUTE),
    },
    Function {
        name: "time_of_day",
        signatures: &["time_of_day(string): duration", "time_of_day(timestamp, string): duration"],
        run: |_, arguments| match arguments {
            [Value::String(text)] => clock("time_of_day", text).map(Value::Duration),
            _ => Ok(Value::Duration(since_midnight(&in_zone("time_of_day", arguments)?))),
        },
    },
    Function {
        name: "weekday",
        signatures: &["weekday(timestamp, string): string"],
        run: |_, arguments| {
            let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
            let day = usize::try_from(in_zone("weekday", arguments)?.weekday).unwrap_or(0);
            Ok(Value::text(days[day % days.len()]))
        },
    },
];

/// `1h30m`, `-1.5s`, `100ms`.
pub(super) fn read_duration(text: &str) -> Result<i64, EvaluationError> {
    let failed = || EvaluationError::function("duration", format!("`{text}` is no duration like `1h30m`"));
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() || text.len() > 128 {
        return Err(failed());
    }
    let mut nanos = 0_i128;
    while !rest.is_empty() {
        let end = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, after) = rest.split_at(end);
        let (unit, after) = unit(after).ok_or_else(failed)?;
        nanos = nanos.checked_add(scaled(number, unit).ok_or_else(failed)?).ok_or_else(failed)?;
        rest = after;
    }
    i64::try_from(sign * nanos)
        .map_err(|_| EvaluationError::arithmetic("a duration is longer than 292 years"))
}

/// Seconds, as CEL writes them.
pub(in crate::cel) fn duration_text(nanos: i64) -> String {
    let (whole, rest) =
        (nanos.unsigned_abs() / SECOND.unsigned_abs(), nanos.unsigned_abs() % SECOND.unsigned_abs());
    let sign = if nanos < 0 { "-" } else { "" };
    match rest {
        0 => format!("{sign}{whole}s"),
        _ => format!("{sign}{whole}.{}s", format!("{rest:09}").trim_end_matches('0')),
    }
}

fn unit(text: &str) -> Option<(i128, &str)> {
    let units = [
        ("ns", 1),
        ("us", 1_000),
        ("µs", 1_000),
        ("μs", 1_000),
        ("ms", 1_000_000),
        ("s", SECOND.into()),
        ("m", MINUTE.into()),
        ("h", HOUR.into()),
    ];
    units.into_iter().find_map(|(name, nanos)| Some((nanos, text.strip_prefix(name)?)))
}

fn scaled(number: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + fraction.len() == 0 || fraction.contains('.') {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut nanos = whole.checked_mul(unit)?;
    let mut place = unit;
    for digit in fraction.bytes() {
        place /= 10;
        nanos += place * i128::from(digit - b'0');
    }
    Some(nanos)
}

fn no_zone(function: &'static str, zone: &str) -> EvaluationError {
    EvaluationError::function(function, format!("`{zone}` is not a time zone"))
}

/// A part of a time as a zone shows it, or a whole duration in a unit.
fn shown(
    name: &'static str,
    arguments: &[Value],
    read: impl Fn(&Civil, Moment) -> i64,
    unit: Option<i64>,
) -> Answer {
    let (time, zone) = match (arguments, unit) {
        ([Value::Timestamp(time)], _) => (*time, None),
        ([Value::Timestamp(time), Value::String(zone)], _) => (*time, Some(zone.as_ref())),
        // Of a duration the milliseconds are those beyond its whole seconds, all else is counted through.
        ([Value::Duration(nanos)], Some(MILLISECOND)) => {
            return Ok(Value::Int(nanos % SECOND / MILLISECOND));
        }
        ([Value::Duration(nanos)], Some(unit)) => return Ok(Value::Int(nanos / unit)),
        _ => return wrong(name, arguments),
    };
    let civil = time.civil(zone).ok_or_else(|| no_zone(name, zone.unwrap_or_default()))?;
    Ok(Value::Int(read(&civil, time)))
}

fn in_zone(name: &'static str, arguments: &[Value]) -> Result<Civil, EvaluationError> {
    let [Value::Timestamp(time), Value::String(zone)] = arguments else { return wrong(name, arguments) };
    here(name, *time, zone)
}

/// What clocks in a zone show, for our own functions: all of them take the same zones. CEL's take `02:00` too, which
/// is more likely a time of day.
fn here(name: &'static str, time: Moment, zone: &str) -> Result<Civil, EvaluationError> {
    let is_time = zone.starts_with(|first: char| first.is_ascii_digit());
    let civil = if is_time { None } else { time.civil(Some(zone)) };
    civil.ok_or_else(|| no_zone(name, zone))
}

fn since_midnight(civil: &Civil) -> i64 {
    (civil.hour * 3600 + civil.minute * 60 + civil.second) * SECOND
}

/// `18:00`, `18:00:30`; `24:00` ends a day.
fn clock(function: &'static str, text: &str) -> Result<i64, EvaluationError> {
    let failed = || EvaluationError::function(function, format!("`{text}` is no time like `18:00`"));
    let parts: Option<Vec<i64>> = text
        .split(':')
        .map(|part| {
            let plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            if plain { part.parse().ok() } else { None }
        })
        .collect();
    let seconds = match parts.ok_or_else(failed)?.as_slice() {
        [hours, minutes @ 0..60] => hours * 3600 + minutes * 60,
        [hours, minutes @ 0..60, seconds @ 0..60] => hours * 3600 + minutes * 60 + seconds,
        _ => return Err(failed()),
    };
    if seconds <= 24 * 3600 { Ok(seconds * SECOND) } else { Err(failed()) }
}

/// Whether clocks in a zone show a time from one on and before another, over midnight where that is earlier.
fn between_times(_: &mut Meter, arguments: &[Value]) -> Answer {
    let [Value::Timestamp(time), Value::String(from), Value::String(to), Value::String(zone)] = arguments
    else {
        return wrong("between_times", arguments);
    };
    let civil = here("between_times", *time, zone)?;
    let (now, from, to) =
        (since_midnight(&civil), clock("between_times", from)?, clock("between_times", to)?);
    let inside = if from <= to { from <= now && now < to } else { from <= now || now < to };
    Ok(Value::Bool(inside))
}

fn span(name: &str, arguments: &[Value], unit: i64) -> Answer {
    let [Value::Int(count)] = arguments else { return wrong(name, arguments) };
    count
        .checked_mul(unit)
        .map(Value::Duration)
        .ok_or_else(|| EvaluationError::arithmetic("a duration is longer than 292 years"))
}

/// `in_window(now, "2026-12-20/2027-01-02", zone)` or `in_window(now, from, to, zone)`.
fn in_window(meter: &mut Meter, arguments: &[Value]) -> Answer {
    meter.step(16)?;
    let failed = |message: String| EvaluationError::function("in_window", message);
    let (now, from, to, zone) = match arguments {
        [Value::Timestamp(now), Value::String(window), Value::String(zone)] => {
            let parts = window.split_once('/');
            let (from, to) =
                parts.ok_or_else(|| failed(format!("`{window}` is no window like `from/to`")))?;
            (now, from, to, zone)
        }
        [Value::Timestamp(now), Value::String(from), Value::String(to), Value::String(zone)] => {
            (now, from.as_ref(), to.as_ref(), zone)
        }
        _ => return wrong("in_window", arguments),
    };
    let inside =
        time::in_window(now.timestamp(), from, to, zone).map_err(|error| failed(error.to_string()))?;
    Ok(Value::Bool(inside))
}
