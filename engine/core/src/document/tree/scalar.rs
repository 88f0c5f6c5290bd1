//! What a plain scalar means: the core schema of YAML 1.2.

use super::Value;

/// A number that is written right and can not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// Beyond 64 bits.
    TooLarge,
    /// `.inf` and `.nan`: JSON, which plugins read, has no word for them.
    NotFinite,
}

/// Resolves text that stands without quotes.
pub fn resolve(text: &str) -> Result<Value, Unusable> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => return Err(Unusable::NotFinite),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Err(Unusable::NotFinite);
    }
    if is_digits(unsigned) {
        return text.parse().map(Value::Int).map_err(|_| Unusable::TooLarge);
    }
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|digit| digit.is_digit(radix))
        {
            return i64::from_str_radix(digits, radix).map(Value::Int).map_err(|_| Unusable::TooLarge);
        }
    }
    if !is_float(unsigned) {
        return Ok(Value::Text(text.to_owned()));
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Value::Float(value)),
        _ => Err(Unusable::TooLarge),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(m, e)| (m, Some(e)));
    let exponent_fits =
        exponent.is_none_or(|digits| is_digits(digits.strip_prefix(['-', '+']).unwrap_or(digits)));
    let mantissa_fits = match mantissa.split_once('.') {
        None => is_digits(mantissa),
        Some(("", after)) => is_digits(after),
        Some((before, after)) => is_digits(before) && (after.is_empty() || is_digits(after)),
    };
    exponent_fits && mantissa_fits
}
