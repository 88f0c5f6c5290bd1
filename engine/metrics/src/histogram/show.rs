//! A histogram as one line of text, which `count_values` has for a label.

use std::fmt;

use super::{Layout, NativeHistogram};

impl fmt::Display for NativeHistogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{count:{}, sum:{}", spelled(self.count), spelled(self.sum))?;
        for bucket in self.buckets().into_iter().filter(|bucket| bucket.count != 0.0) {
            let around_zero = matches!(self.layout, Layout::Exponential { .. })
                && bucket.lower <= 0.0
                && bucket.upper >= 0.0;
            let open = if around_zero || (bucket.lower < 0.0 && !self.is_custom()) { '[' } else { '(' };
            let close = if bucket.upper < 0.0 && !self.is_custom() { ')' } else { ']' };
            let bounds = (spelled(bucket.lower), spelled(bucket.upper));
            write!(f, ", {open}{},{}{close}:{}", bounds.0, bounds.1, spelled(bucket.count))?;
        }
        f.write_str("}")
    }
}

/// As Go's `%g` spells a number.
fn spelled(value: f64) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.into();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent) if value != 0.0 && !(-4..21).contains(&exponent) => {
            format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
        }
        _ => format!("{value}"),
    }
}
