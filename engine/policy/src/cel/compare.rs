//! Equality and order, across the kinds of numbers as CEL has them.

use std::cmp::Ordering;

use super::limits::Meter;
use super::{EvaluationError, Value};

impl PartialEq for Value {
    /// As `==` of the language: NaN is not equal to itself, and values of different kinds are just different.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::String(one), Self::String(other)) => one == other,
            (Self::Bytes(one), Self::Bytes(other)) => one == other,
            (Self::List(one), Self::List(other)) => one == other,
            (Self::Map(one), Self::Map(other)) => one.entries == other.entries,
            (Self::Timestamp(one), Self::Timestamp(other)) => one == other,
            (Self::Duration(one), Self::Duration(other)) => one == other,
            (Self::Type(one), Self::Type(other)) => one == other,
            (Self::Optional(one), Self::Optional(other)) => one == other,
            (Self::Address(one), Self::Address(other)) => one == other,
            (Self::Network(one), Self::Network(other)) => one == other,
            (Self::Version(one), Self::Version(other)) => one == other,
            (Self::Quantity(one), Self::Quantity(other)) => one == other,
            _ => numbers(self, other) == Some(Ordering::Equal),
        }
    }
}

/// `==`, its cost counted: a long list costs what it takes to go through it.
pub(super) fn equals(meter: &mut Meter, one: &Value, other: &Value) -> Result<bool, EvaluationError> {
    match (one, other) {
        (Value::List(one), Value::List(other)) => {
            if one.len() != other.len() {
                return Ok(false);
            }
            for (one, other) in one.iter().zip(other.iter()) {
                meter.step(1)?;
                if !equals(meter, one, other)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Map(one), Value::Map(other)) => {
            if one.entries.len() != other.entries.len() {
                return Ok(false);
            }
            for ((key, one), (other_key, other)) in one.entries.iter().zip(&other.entries) {
                meter.step(1)?;
                if key != other_key || !equals(meter, one, other)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::String(one), Value::String(other)) => {
            meter.read(one.len().min(other.len()))?;
            Ok(one == other)
        }
        (Value::Optional(Some(one)), Value::Optional(Some(other))) => equals(meter, one, other),
        _ => Ok(one == other),
    }
}

/// The order of two numbers of any kind; none with NaN, or where one is no number.
pub(super) fn numbers(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) => Some(one.cmp(other)),
        (Value::Uint(one), Value::Uint(other)) => Some(one.cmp(other)),
        (Value::Double(one), Value::Double(other)) => one.partial_cmp(other),
        (Value::Double(one), _) => whole(other).and_then(|other| double_and_whole(*one, other)),
        (_, Value::Double(other)) => {
            whole(one).and_then(|one| double_and_whole(*other, one)).map(Ordering::reverse)
        }
        _ => Some(whole(one)?.cmp(&whole(other)?)),
    }
}

/// The order of two values of which `<` can say something. `Ok(None)` with NaN.
pub(super) fn order(
    meter: &mut Meter,
    operator: &str,
    one: &Value,
    other: &Value,
) -> Result<Option<Ordering>, EvaluationError> {
    if let (Value::String(one), Value::String(other)) = (one, other) {
        meter.read(one.len().min(other.len()))?;
    }
    if whole_or_double(one) && whole_or_double(other) {
        let order = numbers(one, other);
        if order.is_none() && !meter.limits.nan_compares {
            return Err(EvaluationError::arithmetic("it compares with 0/0, which is no number"));
        }
        return Ok(order);
    }
    compared(one, other).map(Some).ok_or_else(|| EvaluationError::kinds(operator, &[one, other]))
}

fn compared(one: &Value, other: &Value) -> Option<Ordering> {
    Some(match (one, other) {
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::String(one), Value::String(other)) => one.cmp(other),
        (Value::Bytes(one), Value::Bytes(other)) => one.cmp(other),
        (Value::Timestamp(one), Value::Timestamp(other)) => one.cmp(other),
        (Value::Duration(one), Value::Duration(other)) => one.cmp(other),
        (Value::Version(one), Value::Version(other)) => one.cmp_precedence(other),
        (Value::Quantity(one), Value::Quantity(other)) => one.cmp(other),
        _ => return numbers(one, other),
    })
}

fn whole(value: &Value) -> Option<i128> {
    match value {
        Value::Int(value) => Some((*value).into()),
        Value::Uint(value) => Some((*value).into()),
        _ => None,
    }
}

fn whole_or_double(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Uint(_) | Value::Double(_))
}

/// As cel-spec has it: the whole number is rounded to the nearest double.
fn double_and_whole(double: f64, whole: i128) -> Option<Ordering> {
    double.partial_cmp(&(whole as f64))
}

/// Without rounding, for sorting: an order must be one.
fn exactly(double: f64, whole: i128) -> Option<Ordering> {
    if double.is_nan() {
        return None;
    }
    // Beyond this no 64-bit number can be.
    if double.abs() >= 1e20 {
        return Some(if double > 0.0 { Ordering::Greater } else { Ordering::Less });
    }
    let floor = double.floor();
    Some((floor as i128).cmp(&whole).then(if double > floor { Ordering::Greater } else { Ordering::Equal }))
}

/// Sorts values by their keys. All keys must have an order among them: sorting by one that is none may panic.
pub(super) fn sort(
    meter: &mut Meter,
    function: &'static str,
    keyed: &mut [(Value, Value)],
) -> Result<(), EvaluationError> {
    meter.step(keyed.len() as u64 * u64::from(keyed.len().max(1).ilog2() + 1))?;
    let Some((first, _)) = keyed.first() else { return Ok(()) };
    for (key, _) in keyed.iter() {
        if order(meter, function, first, key)?.is_none() {
            return Err(EvaluationError::function(function, "NaN has no place in an order"));
        }
    }
    keyed.sort_by(|(one, _), (other, _)| sorting(one, other).unwrap_or(Ordering::Equal));
    Ok(())
}

fn sorting(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Double(one), other) if !matches!(other, Value::Double(_)) => exactly(*one, whole(other)?),
        (one, Value::Double(other)) if !matches!(one, Value::Double(_)) => {
            exactly(*other, whole(one)?).map(Ordering::reverse)
        }
        _ => compared(one, other),
    }
}
