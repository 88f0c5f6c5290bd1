//! Values to try functions with, in place of what is not known when an expression is read.

use std::sync::LazyLock;

use crate::cel::limits::{Limits, Meter};
use crate::cel::{Kind, Moment, Value, functions};

/// How long the texts and lists are that are tried.
const LENGTH: usize = 1000;
/// The last place in them.
const LAST: i64 = 1000;

/// Arguments that a function takes together, and that go with whatever else it can take in place of some of them: no
/// window begins before this one or ends after it. Nothing of a function that is not known to be of this kind.
pub(super) fn model(function: &str, written: &[Option<Value>]) -> Option<Vec<Value>> {
    let text = |text: &str| Value::text(text);
    let now = || sample(&Kind::Time);
    let getter = || function.strip_prefix("get").is_some_and(|rest| rest.starts_with(char::is_uppercase));
    Some(match (function, written.len()) {
        ("in_window", 3) => vec![now()?, text("2026-12-20/2027-01-02"), text("UTC")],
        ("in_window", 4) => {
            let (first, last) = ("-009999-01-01", "9999-12-31T23:59:59.999999999");
            vec![now()?, text(first), text(last), text("UTC")]
        }
        ("between_times", 4) => vec![now()?, text("22:00"), text("06:00"), text("UTC")],
        ("date" | "time_of_day" | "weekday", 2) => vec![now()?, text("UTC")],
        (_, 2) if getter() => vec![now()?, text("UTC")],
        ("satisfies", 2) => vec![sample(&Kind::Version)?, text("^1.2")],
        ("containsIP", 2) => vec![sample(&Kind::Network)?, text("10.0.0.1")],
        ("containsCIDR", 2) => vec![sample(&Kind::Network)?, text("10.0.0.0/8")],
        ("math.bitShiftLeft" | "math.bitShiftRight", 2) => vec![Value::Int(1), Value::Int(1)],
        _ => return places(function, written),
    })
}

/// Arguments of functions that take places in a text or list. One that is written out may be shorter than that, and
/// a place further than its end.
fn places(function: &str, written: &[Option<Value>]) -> Option<Vec<Value>> {
    let is_far = |value: &Value| matches!(value, Value::Int(place) if *place > LAST);
    if written.first()?.is_some() || written.iter().flatten().any(is_far) {
        return None;
    }
    let text = || Value::text("a".repeat(LENGTH));
    let list = || Value::list(std::iter::repeat_n(Value::Int(0), LENGTH));
    Some(match (function, written.len()) {
        ("charAt" | "substring", 2) => vec![text(), Value::Int(0)],
        ("substring", 3) => vec![text(), Value::Int(0), Value::Int(LAST)],
        ("slice", 3) => vec![list(), Value::Int(0), Value::Int(LAST)],
        ("indexOf" | "lastIndexOf", 3) => vec![text(), Value::text("a"), Value::Int(0)],
        ("flatten", 2) => vec![list(), Value::Int(1)],
        _ => return None,
    })
}

static VALUES: LazyLock<Vec<(Kind, Value)>> = LazyLock::new(|| {
    let time = "2026-11-23T12:00:00Z".parse().ok().map(Moment::from_timestamp).map(Value::Timestamp);
    let plain = [
        (Kind::Text, Value::text("2026-12-20")),
        (Kind::Int, Value::Int(0)),
        (Kind::Uint, Value::Uint(0)),
        (Kind::Double, Value::Double(0.0)),
        (Kind::Bool, Value::Bool(true)),
        (Kind::Span, Value::Duration(0)),
    ];
    let made = [
        (Kind::Time, time),
        (Kind::Address, made("ip", "10.0.0.1")),
        (Kind::Network, made("cidr", "10.0.0.0/8")),
        (Kind::Quantity, made("quantity", "1.5Gi")),
        (Kind::Version, made("semver", "1.2.3")),
    ];
    let made = made.into_iter().filter_map(|(kind, value)| Some((kind, value?)));
    plain.into_iter().chain(made).collect()
});

fn made(function: &str, text: &str) -> Option<Value> {
    (functions::find(function)?.run)(&mut Meter::new(Limits::default()), &[Value::text(text)]).ok()
}

/// A value of a kind; none of a kind of which one would say nothing.
pub(super) fn sample(kind: &Kind) -> Option<Value> {
    VALUES.iter().find(|(known, _)| known == kind).map(|(_, value)| value.clone())
}
