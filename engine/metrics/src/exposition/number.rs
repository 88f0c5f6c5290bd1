//! Numbers as Go's `strconv.ParseFloat` reads them, less the hexadecimal and underscored forms.

/// Powers of ten that a double holds exactly.
const EXACT_TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// Digits that always fit in the 53 bits of a double's significand.
const EXACT_DIGITS: usize = 15;

/// A sample's value. Nothing for what is not a number, and for one too large for a double.
pub fn float(text: &[u8]) -> Option<f64> {
    plain_decimal(text).or_else(|| any_float(text))
}

/// A Prometheus text timestamp: digits only.
pub fn millis(digits: &[u8]) -> Option<i64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// An OpenMetrics timestamp, in seconds with a fraction. One outside the range of milliseconds reads
/// as the lowest, as it does in Prometheus; nobody keeps a sample of that time.
pub fn seconds(text: &[u8]) -> Option<i64> {
    let millis = float(text).filter(|seconds| seconds.is_finite())? * 1000.0;
    // 2^63 is exact as a double, i64::MAX is not.
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&millis) {
        Some(millis as i64)
    } else {
        Some(i64::MIN)
    }
}

/// The common case, in which one exact division gives the correctly rounded result.
fn plain_decimal(text: &[u8]) -> Option<f64> {
    if text.len() > EXACT_DIGITS + 1 {
        return None;
    }
    let mut digits: u64 = 0;
    let mut point = None;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => digits = digits * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    match point {
        None if text.is_empty() || text.len() > EXACT_DIGITS => None,
        None => Some(digits as f64),
        Some(_) if text.len() == 1 => None,
        Some(at) => Some(digits as f64 / EXACT_TENS.get(text.len() - at - 1)?),
    }
}

fn any_float(text: &[u8]) -> Option<f64> {
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    if value.is_nan() {
        // Rust reads a sign before `nan`, Go does not.
        return matches!(text.first(), Some(b'n' | b'N')).then_some(f64::NAN);
    }
    let overflowed = value.is_infinite() && text.iter().any(u8::is_ascii_digit);
    (!overflowed).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_of_go() {
        for (text, want) in [
            ("1", 1.0),
            ("+1", 1.0),
            ("-1.5", -1.5),
            ("1.", 1.0),
            (".5", 0.5),
            ("00012", 12.0),
            ("1e3", 1000.0),
            ("1E+3", 1000.0),
            ("iNf", f64::INFINITY),
            ("-infinity", f64::NEG_INFINITY),
            ("1e-400", 0.0),
            ("999999999999999", 999_999_999_999_999.0),
            ("9007199254740993", 9_007_199_254_740_992.0),
        ] {
            assert_eq!(float(text.as_bytes()), Some(want), "{text}");
        }
        assert!(float(b"NaN").is_some_and(f64::is_nan));
        for text in [
            "", ".", "+", "1e", "e5", "0x1", "0x1p-3", "1_2", "+nan", "-NaN", "in", "1e999", "1 ", "1f",
            "..1",
        ] {
            assert_eq!(float(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn seconds_truncate_to_milliseconds() {
        assert_eq!(seconds(b"123.1239"), Some(123_123));
        assert_eq!(seconds(b"-1.5"), Some(-1500));
        assert_eq!(seconds(b"12345678901234567890"), Some(i64::MIN));
        assert_eq!(seconds(b"inf"), None);
    }

    proptest! {
        #[test]
        fn fast_path_rounds_like_the_slow_one(text in "[0-9]{0,9}[.]?[0-9]{0,9}") {
            if let Some(fast) = plain_decimal(text.as_bytes()) {
                prop_assert_eq!(fast.to_bits(), any_float(text.as_bytes()).map_or(0, f64::to_bits));
            }
        }
    }
}
