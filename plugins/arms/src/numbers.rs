//! Numbers as they are shown to people.

/// At least three digits that count, and no tail that nobody reads: `0.081`, `12.3`, `1500`.
pub fn short(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "Inf"
        } else {
            "-Inf"
        }
        .into();
    }
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e15).contains(&size) {
        let text = format!("{value:.2e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{exponent}", digits.trim_end_matches('0').trim_end_matches('.'));
    }
    let mut decimals = 2;
    let mut first = 1.0;
    while decimals < 9 && size < first {
        first /= 10.0;
        decimals += 1;
    }
    let text = format!("{value:.*}", if size >= 100.0 { 1 } else { decimals });
    let cut = text.trim_end_matches('0').trim_end_matches('.');
    if cut.is_empty() || cut == "-0" { "0".into() } else { cut.into() }
}

/// A count of events.
pub fn count(value: f64) -> String {
    format!("{:.0}", value.round())
}

/// A share in percent: `3.53 %`.
pub fn share(value: f64) -> String {
    format!("{} %", short(value * 100.0))
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn shows_three_digits_that_count() {
        let shown = [
            (0.0, "0"),
            (-0.0, "0"),
            (0.081_234, "0.0812"),
            (0.05, "0.05"),
            (1.0, "1"),
            (100.0, "100"),
            (1500.0, "1500"),
            (12.345, "12.35"),
            (123.456, "123.5"),
            (-3.5, "-3.5"),
            (0.000_012_345, "0.0000123"),
            (1e-9, "1e-9"),
            (2e20, "2e20"),
            (3.397_807e-8, "3.4e-8"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Inf"),
        ];
        for (value, text) in shown {
            assert_eq!(short(value), text, "{value}");
        }
    }
}
