//! Values of each kind to try functions with: of every form that a function takes there is one.

use std::sync::LazyLock;

use crate::cel::limits::{Limits, Meter};
use crate::cel::{Kind, Moment, Value, functions};

/// Of every form in which a text means something to a function.
const TEXTS: [&str; 18] = [
    "2026-12-20/2027-01-02",
    "2026-12-20",
    "18:00",
    "UTC",
    "v1.2.3",
    "^1.2",
    "10.0.0.1",
    "10.0.0.0/8",
    "2026-11-23T08:30:00Z",
    "90s",
    "true",
    "1",
    "1.5",
    "1.5Gi",
    "aGVsbG8=",
    "%s",
    "",
    "a text that is long enough for most of what takes a part of one, and has an ü in it",
];

static VALUES: LazyLock<Vec<(Kind, Vec<Value>)>> = LazyLock::new(|| {
    let times = ["2026-11-23T12:00:00Z", "2000-02-29T23:59:59.5Z"];
    let times = times.iter().filter_map(|text| text.parse().ok()).map(Moment::from_timestamp);
    vec![
        (Kind::Text, TEXTS.map(Value::text).to_vec()),
        (Kind::Int, [0, 1, 2, 7, 50, -1].map(Value::Int).to_vec()),
        (Kind::Uint, [0, 1, 2, 7, 50].map(Value::Uint).to_vec()),
        (Kind::Double, [0.0, 1.0, 2.5, -1.0].map(Value::Double).to_vec()),
        (Kind::Bool, [true, false].map(Value::Bool).to_vec()),
        (Kind::Time, times.map(Value::Timestamp).collect()),
        (Kind::Span, [0, 90_000_000_000, -1].map(Value::Duration).to_vec()),
        (Kind::Address, made("ip", "10.0.0.1")),
        (Kind::Network, made("cidr", "10.0.0.0/8")),
        (Kind::Quantity, made("quantity", "1.5Gi")),
        (Kind::Version, made("semver", "1.2.3")),
    ]
});

fn made(function: &str, text: &str) -> Vec<Value> {
    let made = functions::find(function)
        .map(|one| (one.run)(&mut Meter::new(Limits::default()), &[Value::text(text)]));
    made.into_iter().flatten().collect()
}

/// Values of a kind; none of a kind of which they would say nothing.
pub(super) fn samples(kind: &Kind) -> &'static [Value] {
    VALUES.iter().find(|(known, _)| known == kind).map_or(&[], |(_, values)| values.as_slice())
}
