//! Parts of dates, in UTC: `year`, `month`, `day_of_month`, `hour` and the like.

use super::floats;
use crate::promql::PromqlError;
use crate::promql::evaluate::Evaluator;
use crate::promql::program::Node;
use crate::promql::value::{Element, Value};
use crate::series::Labels;

type Outcome<'s> = Result<Value<'s>, PromqlError>;

const DAY: i64 = 86_400;

/// A day of the proleptic Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Date {
    year: i64,
    month: i64,
    day: i64,
}

pub fn year<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    each(evaluator, arguments, now, |seconds| date(seconds).year)
}

pub fn month<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    each(evaluator, arguments, now, |seconds| date(seconds).month)
}

pub fn day_of_month<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    each(evaluator, arguments, now, |seconds| date(seconds).day)
}

/// Sunday is 0. The epoch was a Thursday.
pub fn day_of_week<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    each(evaluator, arguments, now, |seconds| (seconds.div_euclid(DAY) + 4).rem_euclid(7))
}

pub fn day_of_year<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    each(evaluator, arguments, now, |seconds| {
        let date = date(seconds);
        (1..date.month).map(|month| days_in(date.year, month)).sum::<i64>() + date.day
    })
}

pub fn days_in_month<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    each(evaluator, arguments, now, |seconds| {
        let date = date(seconds);
        days_in(date.year, date.month)
    })
}

pub fn hour<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    each(evaluator, arguments, now, |seconds| seconds.rem_euclid(DAY) / 3600)
}

pub fn minute<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    each(evaluator, arguments, now, |seconds| seconds.rem_euclid(3600) / 60)
}

/// Of each value taken as seconds, or of now.
fn each<'s>(
    evaluator: &mut Evaluator<'s>,
    arguments: &'s [Node],
    now: i64,
    part: impl Fn(i64) -> i64,
) -> Outcome<'s> {
    let part = |seconds: f64| if seconds.is_finite() { part(bounded(seconds)) as f64 } else { f64::NAN };
    if arguments.is_empty() {
        return Ok(Value::floats(vec![Element::new(Labels::default(), part(now as f64 / 1000.0))]));
    }
    let changed = |element: Element| {
        let value = part(element.value);
        element.changed(value)
    };
    Ok(Value::floats(floats(evaluator, arguments, 0, now)?.into_iter().map(changed).collect()))
}

/// Where no sum of a date overflows: Prometheus' own dates wrap around before that.
fn bounded(seconds: f64) -> i64 {
    seconds.clamp(-4e18, 4e18) as i64
}

/// The days since the epoch as a date, by eras of 400 years that begin in March.
fn date(seconds: i64) -> Date {
    let days = seconds.div_euclid(DAY) + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Date { year, month, day: day_of_year - (153 * march_month + 2) / 5 + 1 }
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_seconds() {
        assert_eq!(date(0), Date { year: 1970, month: 1, day: 1 });
        assert_eq!(date(951_782_400), Date { year: 2000, month: 2, day: 29 });
        assert_eq!(date(-1), Date { year: 1969, month: 12, day: 31 });
        assert_eq!(date(1_000_000_000_000).year, 33_658);
        assert_eq!(date(1_700_000_000), Date { year: 2023, month: 11, day: 14 });
    }
}
