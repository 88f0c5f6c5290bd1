//! The one spelling of the numbers in `le` and `quantile` labels, so that a bucket keeps its identity
//! when a client library changes how it prints (`1`, `1.0`, `1e0`).

use std::borrow::Cow;

/// The value as OpenMetrics spells it; text that is no number is left as it is.
pub fn float_label(value: Cow<'_, str>) -> Cow<'_, str> {
    if is_canonical(value.as_bytes()) {
        return value;
    }
    match super::number::float(value.as_bytes()) {
        Some(number) => {
            let canonical = spell(number);
            if canonical == value { value } else { Cow::Owned(canonical) }
        }
        None => value,
    }
}

/// Holds for most values there are, at no cost: `+Inf`, and short plain decimals without needless zeros.
fn is_canonical(text: &[u8]) -> bool {
    if text == b"+Inf" {
        return true;
    }
    let Some(point) = text.iter().position(|byte| *byte == b'.') else { return false };
    let (whole, rest) = text.split_at(point);
    let fraction = rest.get(1..).unwrap_or_default();
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    if !digits(whole) || !digits(fraction) || whole.len() > 6 || whole.len() + fraction.len() > 15 {
        return false;
    }
    let whole_is_short = whole == b"0" || whole.first() != Some(&b'0');
    let fraction_is_short = fraction == b"0" || fraction.last() != Some(&b'0');
    whole_is_short
        && fraction_is_short
        && (whole != b"0" || fraction == b"0" || !fraction.starts_with(b"0000"))
}

/// Go's shortest `%g`, with `.0` where nothing else shows that it is a float.
pub fn spell(number: f64) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.into();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if number == 0.0 {
        // Prometheus spells both zeros alike.
        "0.0".into()
    } else if (-4..6).contains(&exponent) {
        let plain = format!("{number}");
        if plain.contains('.') { plain } else { plain + ".0" }
    } else {
        format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spells_as_prometheus_does() {
        for (given, want) in [
            ("1", "1.0"),
            ("0", "0.0"),
            ("-0", "0.0"),
            ("-1", "-1.0"),
            ("0.50", "0.5"),
            ("1e-04", "0.0001"),
            ("1.1e-5", "1.1e-05"),
            ("100000", "100000.0"),
            ("1000000", "1e+06"),
            ("123456789", "1.23456789e+08"),
            ("inf", "+Inf"),
            ("-INF", "-Inf"),
            ("nan", "NaN"),
            ("foo", "foo"),
            ("", ""),
            ("+INF", "+Inf"),
            ("0.00011", "0.00011"),
            ("1234567.5", "1.2345675e+06"),
            ("1e300", "1e+300"),
        ] {
            assert_eq!(float_label(given.into()), want, "{given}");
        }
    }

    proptest! {
        #[test]
        fn what_passes_as_canonical_is(text in "[0-9]{1,7}[.][0-9]{1,9}") {
            if is_canonical(text.as_bytes()) {
                prop_assert_eq!(spell(text.parse().unwrap()), text);
            }
        }
    }
}
