//! Arithmetic and comparison: checked, and never across kinds but where CEL compares.

use std::cmp::Ordering;
use std::sync::Arc;

use super::Evaluated;
use crate::cel::compare::{equals, order};
use crate::cel::limits::Meter;
use crate::cel::node::Operator;
use crate::cel::{EvaluationError, Key, Moment, Value};

const OVERFLOW: &str = "a whole number grows too large";
const DURATION_RANGE: &str = "a duration is longer than 292 years";
const TIME_RANGE: &str = "a time is outside of the years 1 to 9999";

pub(super) fn binary(meter: &mut Meter, operator: Operator, one: &Value, other: &Value) -> Evaluated {
    let holds = match operator {
        Operator::Equals => equals(meter, one, other)?,
        Operator::NotEquals => !equals(meter, one, other)?,
        Operator::Less => order(meter, "<", one, other)? == Some(Ordering::Less),
        Operator::LessEquals => order(meter, "<=", one, other)?.is_some_and(Ordering::is_le),
        Operator::Greater => order(meter, ">", one, other)? == Some(Ordering::Greater),
        Operator::GreaterEquals => order(meter, ">=", one, other)?.is_some_and(Ordering::is_ge),
        Operator::In => contains(meter, one, other)?,
        Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Modulo => {
            return arithmetic(meter, operator, one, other);
        }
    };
    Ok(Value::Bool(holds))
}

pub(super) fn negate(operand: &Value) -> Evaluated {
    match operand {
        Value::Int(value) => {
            value.checked_neg().map(Value::Int).ok_or_else(|| EvaluationError::arithmetic(OVERFLOW))
        }
        Value::Double(value) => Ok(Value::Double(-value)),
        Value::Duration(value) => value
            .checked_neg()
            .map(Value::Duration)
            .ok_or_else(|| EvaluationError::arithmetic(DURATION_RANGE)),
        other => Err(EvaluationError::kinds("-", &[other])),
    }
}

fn contains(meter: &mut Meter, one: &Value, other: &Value) -> Result<bool, EvaluationError> {
    match other {
        Value::List(values) => {
            for value in values.iter() {
                meter.step(1)?;
                if equals(meter, one, value)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Value::Map(map) => Ok(Key::sought(one).is_some_and(|key| map.get(&key).is_some())),
        other => Err(EvaluationError::kinds("in", &[one, other])),
    }
}

fn arithmetic(meter: &mut Meter, operator: Operator, one: &Value, other: &Value) -> Evaluated {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) => int(operator, *one, *other).map(Value::Int),
        (Value::Uint(one), Value::Uint(other)) => uint(operator, *one, *other).map(Value::Uint),
        (Value::Double(one), Value::Double(other)) if operator != Operator::Modulo => {
            Ok(Value::Double(match operator {
                Operator::Add => one + other,
                Operator::Subtract => one - other,
                Operator::Multiply => one * other,
                _ => one / other,
            }))
        }
        _ => match operator {
            Operator::Add => add(meter, one, other),
            Operator::Subtract => subtract(one, other),
            _ => Err(EvaluationError::kinds(operator.symbol(), &[one, other])),
        },
    }
}

/// The arithmetic of a kind of whole numbers, which overflows as an error.
macro_rules! whole {
    ($name:ident, $kind:ty) => {
        fn $name(operator: Operator, one: $kind, other: $kind) -> Result<$kind, EvaluationError> {
            if other == 0 && matches!(operator, Operator::Divide | Operator::Modulo) {
                return Err(EvaluationError::arithmetic("it divides by zero"));
            }
            match operator {
                Operator::Add => one.checked_add(other),
                Operator::Subtract => one.checked_sub(other),
                Operator::Multiply => one.checked_mul(other),
                Operator::Divide => one.checked_div(other),
                _ => one.checked_rem(other),
            }
            .ok_or_else(|| EvaluationError::arithmetic(OVERFLOW))
        }
    };
}

whole!(int, i64);
whole!(uint, u64);

fn add(meter: &mut Meter, one: &Value, other: &Value) -> Evaluated {
    match (one, other) {
        (Value::String(one), Value::String(other)) => {
            meter.text(one.len() + other.len())?;
            Ok(Value::String([one.as_ref(), other.as_ref()].concat().into()))
        }
        (Value::Bytes(one), Value::Bytes(other)) => {
            meter.text(one.len() + other.len())?;
            Ok(Value::Bytes([one.as_ref(), other.as_ref()].concat().into()))
        }
        (Value::List(one), Value::List(other)) => {
            if one.is_empty() || other.is_empty() {
                return Ok(Value::List(Arc::clone(if one.is_empty() { other } else { one })));
            }
            meter.entries(one.len() + other.len())?;
            Ok(Value::List(one.iter().chain(other.iter()).cloned().collect()))
        }
        (Value::Timestamp(time), Value::Duration(span)) | (Value::Duration(span), Value::Timestamp(time)) => {
            shifted(*time, i128::from(*span))
        }
        (Value::Duration(one), Value::Duration(other)) => duration(one.checked_add(*other)),
        _ => Err(EvaluationError::kinds("+", &[one, other])),
    }
}

fn subtract(one: &Value, other: &Value) -> Evaluated {
    match (one, other) {
        (Value::Timestamp(time), Value::Duration(span)) => shifted(*time, -i128::from(*span)),
        (Value::Timestamp(one), Value::Timestamp(other)) => {
            duration(i64::try_from(one.nanos() - other.nanos()).ok())
        }
        (Value::Duration(one), Value::Duration(other)) => duration(one.checked_sub(*other)),
        _ => Err(EvaluationError::kinds("-", &[one, other])),
    }
}

fn shifted(time: Moment, by: i128) -> Evaluated {
    Moment::from_nanos(time.nanos() + by)
        .map(Value::Timestamp)
        .ok_or_else(|| EvaluationError::arithmetic(TIME_RANGE))
}

fn duration(nanos: Option<i64>) -> Evaluated {
    nanos.map(Value::Duration).ok_or_else(|| EvaluationError::arithmetic(DURATION_RANGE))
}
