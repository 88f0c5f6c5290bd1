//! Lists as sets.

use super::{Function, wrong};
use crate::cel::compare::equals;
use crate::cel::limits::Meter;
use crate::cel::{EvaluationError, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "sets.contains",
        signatures: &["sets.contains(list<T>, list<T>): bool"],
        run: |meter, arguments| {
            let (one, other) = both("sets.contains", arguments)?;
            Ok(Value::Bool(contains(meter, one, other)?))
        },
    },
    Function {
        name: "sets.equivalent",
        signatures: &["sets.equivalent(list<T>, list<T>): bool"],
        run: |meter, arguments| {
            let (one, other) = both("sets.equivalent", arguments)?;
            Ok(Value::Bool(contains(meter, one, other)? && contains(meter, other, one)?))
        },
    },
    Function {
        name: "sets.intersects",
        signatures: &["sets.intersects(list<T>, list<T>): bool"],
        run: |meter, arguments| {
            let (one, other) = both("sets.intersects", arguments)?;
            for value in other {
                if has(meter, one, value)? {
                    return Ok(Value::Bool(true));
                }
            }
            Ok(Value::Bool(false))
        },
    },
];

fn both<'a>(name: &str, arguments: &'a [Value]) -> Result<(&'a [Value], &'a [Value]), EvaluationError> {
    match arguments {
        [Value::List(one), Value::List(other)] => Ok((one, other)),
        _ => wrong(name, arguments),
    }
}

fn contains(meter: &mut Meter, one: &[Value], other: &[Value]) -> Result<bool, EvaluationError> {
    for value in other {
        if !has(meter, one, value)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn has(meter: &mut Meter, values: &[Value], sought: &Value) -> Result<bool, EvaluationError> {
    for value in values {
        meter.step(1)?;
        if equals(meter, value, sought)? {
            return Ok(true);
        }
    }
    Ok(false)
}
