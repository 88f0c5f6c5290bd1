//! `text.format([...])`: `%s`, `%d`, `%f`, `%e`, `%b`, `%o`, `%x`, `%X`, `%%`.

use super::{Function, wrong};
use crate::cel::functions::time::duration_text;
use crate::cel::limits::Meter;
use crate::cel::value::double_text;
use crate::cel::{EvaluationError, Value};

pub(super) const FUNCTIONS: &[Function] =
    &[Function { name: "format", signatures: &["string.format(list<dyn>): string"], run: format_text }];

/// Digits after the point, where none are asked for.
const PRECISION: usize = 6;
/// The most that may be asked for.
const MAX_PRECISION: usize = 100;

type Text = Result<String, EvaluationError>;

fn format_text(meter: &mut Meter, arguments: &[Value]) -> Result<Value, EvaluationError> {
    let [Value::String(template), Value::List(values)] = arguments else {
        return wrong("format", arguments);
    };
    meter.read(template.len())?;
    let mut made = String::new();
    let mut rest = template.as_ref();
    let mut values = values.iter();
    while let Some(at) = rest.find('%') {
        made.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            made.push('%');
            rest = after;
            continue;
        }
        let (precision, after) = precision(rest)?;
        let mut clause = after.chars();
        let letter = clause.next().ok_or_else(|| failed("a `%` stands at the end"))?;
        rest = clause.as_str();
        if !"sdfebxXo".contains(letter) {
            return Err(failed(&format!("there is no `%{letter}`")));
        }
        let value = values.next().ok_or_else(|| failed("there are fewer values than `%`"))?;
        made.push_str(&written(meter, letter, precision, value)?);
        meter.text(made.len())?;
    }
    made.push_str(rest);
    meter.text(made.len())?;
    Ok(Value::text(made))
}

fn failed(message: &str) -> EvaluationError {
    EvaluationError::function("format", message)
}

fn precision(rest: &str) -> Result<(usize, &str), EvaluationError> {
    let Some(after) = rest.strip_prefix('.') else { return Ok((PRECISION, rest)) };
    let length = after.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, after) = after.split_at(length);
    let precision = digits.parse().ok().filter(|precision| *precision <= MAX_PRECISION);
    Ok((precision.ok_or_else(|| failed("the number of digits after `%.` is none"))?, after))
}

fn written(meter: &mut Meter, letter: char, precision: usize, value: &Value) -> Text {
    let refused = || EvaluationError::kinds(&format!("%{letter}"), &[value]);
    match letter {
        's' => plain(meter, value),
        'd' => match value {
            Value::Int(value) => Ok(value.to_string()),
            Value::Uint(value) => Ok(value.to_string()),
            Value::Double(value) => Ok(decimal(*value)),
            _ => Err(refused()),
        },
        'f' | 'e' => {
            let number = match value {
                Value::Int(value) => *value as f64,
                Value::Uint(value) => *value as f64,
                Value::Double(value) => *value,
                _ => return Err(refused()),
            };
            Ok(match letter {
                _ if !number.is_finite() => double_text(number),
                'f' => format!("{number:.precision$}"),
                _ => scientific(number, precision),
            })
        }
        'b' => match value {
            Value::Int(value) => Ok(signed(*value, format!("{:b}", value.unsigned_abs()))),
            Value::Uint(value) => Ok(format!("{value:b}")),
            Value::Bool(value) => Ok(u8::from(*value).to_string()),
            _ => Err(refused()),
        },
        'o' => match value {
            Value::Int(value) => Ok(signed(*value, format!("{:o}", value.unsigned_abs()))),
            Value::Uint(value) => Ok(format!("{value:o}")),
            _ => Err(refused()),
        },
        _ => {
            let text = match value {
                Value::Int(value) => signed(*value, format!("{:x}", value.unsigned_abs())),
                Value::Uint(value) => format!("{value:x}"),
                Value::String(text) => hex(meter, text.as_bytes())?,
                Value::Bytes(bytes) => hex(meter, bytes)?,
                _ => return Err(refused()),
            };
            Ok(if letter == 'X' { text.to_ascii_uppercase() } else { text })
        }
    }
}

/// Without an exponent.
fn decimal(value: f64) -> String {
    if value.is_finite() { value.to_string() } else { double_text(value) }
}

/// Bytes that are no text, however many follow one another, become one sign.
fn lossy(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        if !chunk.valid().is_empty() {
            text.push_str(chunk.valid());
        }
        if !chunk.invalid().is_empty() && !text.ends_with('\u{fffd}') {
            text.push('\u{fffd}');
        }
    }
    text
}

fn signed(value: i64, digits: String) -> String {
    if value < 0 { format!("-{digits}") } else { digits }
}

fn hex(meter: &mut Meter, bytes: &[u8]) -> Text {
    meter.text(bytes.len() * 2)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// `1.052033e+03`: the exponent has a sign and two digits.
fn scientific(number: f64, precision: usize) -> String {
    let text = format!("{number:.precision$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(rest) => ('-', rest),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

fn plain(meter: &mut Meter, value: &Value) -> Text {
    meter.step(1)?;
    Ok(match value {
        Value::String(text) => {
            meter.text(text.len())?;
            text.to_string()
        }
        Value::Bytes(bytes) => {
            meter.text(bytes.len())?;
            lossy(bytes)
        }
        Value::List(values) => {
            let parts: Vec<String> = values.iter().map(|one| plain(meter, one)).collect::<Result<_, _>>()?;
            format!("[{}]", parts.join(", "))
        }
        Value::Map(map) => {
            let mut parts = Vec::with_capacity(map.entries.len());
            for (key, value) in &map.entries {
                parts.push((plain(meter, &key.value())?, plain(meter, value)?));
            }
            parts.sort();
            let parts: Vec<String> = parts.iter().map(|(key, value)| format!("{key}: {value}")).collect();
            format!("{{{}}}", parts.join(", "))
        }
        Value::Duration(nanos) => duration_text(*nanos),
        Value::Double(value) => decimal(*value),
        Value::Optional(_) => return Err(EvaluationError::kinds("%s", &[value])),
        other => other.to_string(),
    })
}
