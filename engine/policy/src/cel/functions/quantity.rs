//! Quantities as Kubernetes writes them: `500m`, `1.5Gi`, `2e3`. They are exact to a billionth, and compare with
//! `<` and the like.

use std::fmt;
use std::sync::Arc;

use super::{Function, wrong};
use crate::cel::limits::Meter;
use crate::cel::{EvaluationError, Value};

type Answer = Result<Value, EvaluationError>;

/// A quantity, in billionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i128);

const ONE: i128 = 1_000_000_000;

const SUFFIXES: [(&str, i128); 16] = [
    ("n", 1),
    ("u", 1_000),
    ("m", 1_000_000),
    ("", ONE),
    ("k", ONE * 1_000),
    ("M", ONE * 1_000_000),
    ("G", ONE * 1_000_000_000),
    ("T", ONE * 1_000_000_000_000),
    ("P", ONE * 1_000_000_000_000_000),
    ("E", ONE * 1_000_000_000_000_000_000),
    ("Ki", ONE << 10),
    ("Mi", ONE << 20),
    ("Gi", ONE << 30),
    ("Ti", ONE << 40),
    ("Pi", ONE << 50),
    ("Ei", ONE << 60),
];

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "add",
        signatures: &["quantity.add(quantity): quantity"],
        run: |_, arguments| calculated("add", arguments, i128::checked_add),
    },
    Function {
        name: "asApproximateFloat",
        signatures: &["quantity.asApproximateFloat(): double"],
        run: |_, arguments| match arguments {
            [Value::Quantity(one)] => Ok(Value::Double(one.0 as f64 / ONE as f64)),
            _ => wrong("asApproximateFloat", arguments),
        },
    },
    Function {
        name: "asInteger",
        signatures: &["quantity.asInteger(): int"],
        run: |_, arguments| match arguments {
            [Value::Quantity(one)] => whole(one).map(Value::Int).ok_or_else(|| {
                EvaluationError::function("asInteger", format!("`{one}` is no whole number of 64 bits"))
            }),
            _ => wrong("asInteger", arguments),
        },
    },
    Function {
        name: "isInteger",
        signatures: &["quantity.isInteger(): bool"],
        run: |_, arguments| match arguments {
            [Value::Quantity(one)] => Ok(Value::Bool(whole(one).is_some())),
            _ => wrong("isInteger", arguments),
        },
    },
    Function {
        name: "isQuantity",
        signatures: &["isQuantity(string): bool"],
        run: |_, arguments| match arguments {
            [Value::String(text)] => Ok(Value::Bool(read(text).is_some())),
            _ => wrong("isQuantity", arguments),
        },
    },
    Function { name: "quantity", signatures: &["quantity(string): quantity"], run: quantity },
    Function {
        name: "sign",
        signatures: &["quantity.sign(): int"],
        run: |_, arguments| match arguments {
            [Value::Quantity(one)] => Ok(Value::Int(one.0.signum() as i64)),
            _ => wrong("sign", arguments),
        },
    },
    Function {
        name: "sub",
        signatures: &["quantity.sub(quantity): quantity"],
        run: |_, arguments| calculated("sub", arguments, i128::checked_sub),
    },
];

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / ONE, (self.0 % ONE).unsigned_abs());
        if whole == 0 && self.0 < 0 {
            f.write_str("-")?;
        }
        write!(f, "{whole}")?;
        if rest != 0 {
            write!(f, ".{}", format!("{rest:09}").trim_end_matches('0'))?;
        }
        Ok(())
    }
}

fn quantity(meter: &mut Meter, arguments: &[Value]) -> Answer {
    let [Value::String(text)] = arguments else { return wrong("quantity", arguments) };
    meter.read(text.len())?;
    let quantity = read(text);
    let quantity = quantity.ok_or_else(|| {
        EvaluationError::function("quantity", format!("`{text}` is no quantity like `500m` or `1.5Gi`"))
    })?;
    Ok(Value::Quantity(Arc::new(quantity)))
}

fn read(text: &str) -> Option<Quantity> {
    if text.len() > 64 {
        return None;
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let (number, suffix) = rest.split_at(end);
    let scale = match SUFFIXES.iter().find(|(known, _)| *known == suffix) {
        Some((_, scale)) => *scale,
        None => exponent(suffix)?,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + fraction.len() == 0 || fraction.contains('.') || fraction.len() > 18 {
        return None;
    }
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let divisor = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let scaled = digits.checked_mul(scale)?;
    // What is smaller than a billionth is rounded up, as Kubernetes does.
    Some(Quantity(sign * (scaled / divisor + i128::from(scaled % divisor != 0))))
}

fn exponent(suffix: &str) -> Option<i128> {
    let digits = suffix.strip_prefix(['e', 'E'])?;
    let exponent: i32 = digits.parse().ok().filter(|exponent| (-9..=18).contains(exponent))?;
    10_i128.checked_pow(u32::try_from(exponent + 9).ok()?)
}

fn whole(quantity: &Quantity) -> Option<i64> {
    if quantity.0 % ONE == 0 { i64::try_from(quantity.0 / ONE).ok() } else { None }
}

/// With another quantity, or a whole number.
fn calculated(
    name: &'static str,
    arguments: &[Value],
    calculate: impl Fn(i128, i128) -> Option<i128>,
) -> Answer {
    let [Value::Quantity(one), Value::Quantity(other)] = arguments else { return wrong(name, arguments) };
    calculate(one.0, other.0)
        .map(|sum| Value::Quantity(Arc::new(Quantity(sum))))
        .ok_or_else(|| EvaluationError::arithmetic("a quantity grows too large"))
}
