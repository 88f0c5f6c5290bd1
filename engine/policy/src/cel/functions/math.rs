//! `math`.

use super::{Function, wrong};
use crate::cel::compare::numbers;
use crate::cel::limits::Meter;
use crate::cel::{EvaluationError, Value};

type Answer = Result<Value, EvaluationError>;

const TWO_NUMBERS: &str = "takes numbers";

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "math.abs",
        signatures: &["math.abs(int): int", "math.abs(uint): uint", "math.abs(double): double"],
        run: |_, arguments| match arguments {
            [Value::Int(value)] => value
                .checked_abs()
                .map(Value::Int)
                .ok_or_else(|| EvaluationError::arithmetic("a whole number grows too large")),
            [Value::Uint(value)] => Ok(Value::Uint(*value)),
            [Value::Double(value)] => Ok(Value::Double(value.abs())),
            _ => wrong("math.abs", arguments),
        },
    },
    Function {
        name: "math.bitAnd",
        signatures: &["math.bitAnd(int, int): int", "math.bitAnd(uint, uint): uint"],
        run: |_, arguments| bits("math.bitAnd", arguments, |one, other| one & other),
    },
    Function {
        name: "math.bitNot",
        signatures: &["math.bitNot(int): int", "math.bitNot(uint): uint"],
        run: |_, arguments| match arguments {
            [Value::Int(value)] => Ok(Value::Int(!value)),
            [Value::Uint(value)] => Ok(Value::Uint(!value)),
            _ => wrong("math.bitNot", arguments),
        },
    },
    Function {
        name: "math.bitOr",
        signatures: &["math.bitOr(int, int): int", "math.bitOr(uint, uint): uint"],
        run: |_, arguments| bits("math.bitOr", arguments, |one, other| one | other),
    },
    Function {
        name: "math.bitShiftLeft",
        signatures: &["math.bitShiftLeft(int, int): int", "math.bitShiftLeft(uint, int): uint"],
        run: |_, arguments| shifted("math.bitShiftLeft", arguments, u64::checked_shl),
    },
    Function {
        name: "math.bitShiftRight",
        signatures: &["math.bitShiftRight(int, int): int", "math.bitShiftRight(uint, int): uint"],
        run: |_, arguments| shifted("math.bitShiftRight", arguments, u64::checked_shr),
    },
    Function {
        name: "math.bitXor",
        signatures: &["math.bitXor(int, int): int", "math.bitXor(uint, uint): uint"],
        run: |_, arguments| bits("math.bitXor", arguments, |one, other| one ^ other),
    },
    Function {
        name: "math.ceil",
        signatures: &["math.ceil(double): double"],
        run: |_, arguments| rounded("math.ceil", arguments, f64::ceil),
    },
    Function {
        name: "math.floor",
        signatures: &["math.floor(double): double"],
        run: |_, arguments| rounded("math.floor", arguments, f64::floor),
    },
    Function {
        name: "math.greatest",
        signatures: &["math.greatest(list<N>): N", "math.greatest(N...): N"],
        run: |meter, arguments| extreme(meter, "math.greatest", arguments, std::cmp::Ordering::Greater),
    },
    Function {
        name: "math.isFinite",
        signatures: &["math.isFinite(double): bool"],
        run: |_, arguments| asked("math.isFinite", arguments, f64::is_finite),
    },
    Function {
        name: "math.isInf",
        signatures: &["math.isInf(double): bool"],
        run: |_, arguments| asked("math.isInf", arguments, f64::is_infinite),
    },
    Function {
        name: "math.isNaN",
        signatures: &["math.isNaN(double): bool"],
        run: |_, arguments| asked("math.isNaN", arguments, f64::is_nan),
    },
    Function {
        name: "math.least",
        signatures: &["math.least(list<N>): N", "math.least(N...): N"],
        run: |meter, arguments| extreme(meter, "math.least", arguments, std::cmp::Ordering::Less),
    },
    Function {
        name: "math.round",
        signatures: &["math.round(double): double"],
        run: |_, arguments| rounded("math.round", arguments, f64::round),
    },
    Function {
        name: "math.sign",
        signatures: &["math.sign(int): int", "math.sign(uint): uint", "math.sign(double): double"],
        run: |_, arguments| match arguments {
            [Value::Int(value)] => Ok(Value::Int(value.signum())),
            [Value::Uint(value)] => Ok(Value::Uint((*value).min(1))),
            [Value::Double(value)] if *value == 0.0 || value.is_nan() => Ok(Value::Double(*value)),
            [Value::Double(value)] => Ok(Value::Double(value.signum())),
            _ => wrong("math.sign", arguments),
        },
    },
    Function {
        name: "math.sqrt",
        signatures: &["math.sqrt(int): double", "math.sqrt(uint): double", "math.sqrt(double): double"],
        run: |_, arguments| match arguments {
            [Value::Int(value)] => Ok(Value::Double((*value as f64).sqrt())),
            [Value::Uint(value)] => Ok(Value::Double((*value as f64).sqrt())),
            [Value::Double(value)] => Ok(Value::Double(value.sqrt())),
            _ => wrong("math.sqrt", arguments),
        },
    },
    Function {
        name: "math.trunc",
        signatures: &["math.trunc(double): double"],
        run: |_, arguments| rounded("math.trunc", arguments, f64::trunc),
    },
];

fn bits(name: &str, arguments: &[Value], operation: impl Fn(u64, u64) -> u64) -> Answer {
    match arguments {
        [Value::Int(one), Value::Int(other)] => {
            Ok(Value::Int(operation(one.cast_unsigned(), other.cast_unsigned()).cast_signed()))
        }
        [Value::Uint(one), Value::Uint(other)] => Ok(Value::Uint(operation(*one, *other))),
        _ => wrong(name, arguments),
    }
}

/// Signed numbers are shifted as the bits that they are.
fn shifted(name: &'static str, arguments: &[Value], shift: impl Fn(u64, u32) -> Option<u64>) -> Answer {
    let (bits, by) = match arguments {
        [Value::Int(value), Value::Int(by)] => (value.cast_unsigned(), *by),
        [Value::Uint(value), Value::Int(by)] => (*value, *by),
        _ => return wrong(name, arguments),
    };
    if by < 0 {
        return Err(EvaluationError::function(name, "a number can not be shifted by less than nothing"));
    }
    let shifted = u32::try_from(by).ok().and_then(|by| shift(bits, by)).unwrap_or(0);
    Ok(match arguments {
        [Value::Int(_), _] => Value::Int(shifted.cast_signed()),
        _ => Value::Uint(shifted),
    })
}

fn rounded(name: &str, arguments: &[Value], round: impl Fn(f64) -> f64) -> Answer {
    match arguments {
        [Value::Double(value)] => Ok(Value::Double(round(*value))),
        _ => wrong(name, arguments),
    }
}

fn asked(name: &str, arguments: &[Value], ask: impl Fn(f64) -> bool) -> Answer {
    match arguments {
        [Value::Double(value)] => Ok(Value::Bool(ask(*value))),
        _ => wrong(name, arguments),
    }
}

fn extreme(meter: &mut Meter, name: &'static str, arguments: &[Value], wanted: std::cmp::Ordering) -> Answer {
    let values = match arguments {
        [Value::List(values)] => values,
        numbers => numbers,
    };
    let Some(first) = values.first() else {
        return Err(EvaluationError::function(name, "there is nothing to choose from"));
    };
    let mut found = first;
    for value in values {
        meter.step(1)?;
        if !matches!(value, Value::Int(_) | Value::Uint(_) | Value::Double(_)) {
            return Err(EvaluationError::function(name, TWO_NUMBERS));
        }
        if numbers(value, found) == Some(wanted) {
            found = value;
        }
    }
    Ok(found.clone())
}
