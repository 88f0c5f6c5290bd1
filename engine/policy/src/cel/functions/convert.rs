//! Conversions between kinds of values.

use super::time::{duration_text, read_duration};
use super::{Function, wrong};
use crate::cel::limits::Meter;
use crate::cel::value::double_text;
use crate::cel::{EvaluationError, Moment, Value};

type Answer = Result<Value, EvaluationError>;

const RANGE: &str = "a number does not fit into what it is converted to";
/// 2^63 and 2^64.
const INTS: f64 = 9_223_372_036_854_775_808.0;
const UINTS: f64 = 18_446_744_073_709_551_616.0;

pub(super) const FUNCTIONS: &[Function] = &[
    Function { name: "bool", signatures: &["bool(bool): bool", "bool(string): bool"], run: bool },
    Function { name: "bytes", signatures: &["bytes(string): bytes", "bytes(bytes): bytes"], run: bytes },
    Function {
        name: "double",
        signatures: &[
            "double(int): double",
            "double(uint): double",
            "double(double): double",
            "double(string): double",
        ],
        run: double,
    },
    Function {
        name: "duration",
        signatures: &["duration(string): duration", "duration(duration): duration"],
        run: |meter, arguments| match arguments {
            [Value::String(text)] => {
                meter.read(text.len())?;
                read_duration(text).map(Value::Duration)
            }
            [Value::Duration(value)] => Ok(Value::Duration(*value)),
            _ => wrong("duration", arguments),
        },
    },
    Function {
        name: "dyn",
        signatures: &["dyn(dyn): dyn"],
        run: |_, arguments| match arguments {
            [value] => Ok(value.clone()),
            _ => wrong("dyn", arguments),
        },
    },
    Function {
        name: "int",
        signatures: &[
            "int(int): int",
            "int(uint): int",
            "int(double): int",
            "int(string): int",
            "int(timestamp): int",
        ],
        run: int,
    },
    Function {
        name: "string",
        signatures: &[
            "string(string): string",
            "string(bool): string",
            "string(int): string",
            "string(uint): string",
            "string(double): string",
            "string(bytes): string",
            "string(timestamp): string",
            "string(duration): string",
            "string(ip): string",
            "string(cidr): string",
            "string(semver): string",
            "string(quantity): string",
        ],
        run: string,
    },
    Function {
        name: "timestamp",
        signatures: &[
            "timestamp(string): timestamp",
            "timestamp(int): timestamp",
            "timestamp(timestamp): timestamp",
        ],
        run: timestamp,
    },
    Function {
        name: "type",
        signatures: &["type(dyn): type"],
        run: |_, arguments| match arguments {
            [value] => Ok(Value::Type(value.type_name().into())),
            _ => wrong("type", arguments),
        },
    },
    Function {
        name: "uint",
        signatures: &["uint(uint): uint", "uint(int): uint", "uint(double): uint", "uint(string): uint"],
        run: uint,
    },
];

fn bool(_: &mut Meter, arguments: &[Value]) -> Answer {
    match arguments {
        [Value::Bool(value)] => Ok(Value::Bool(*value)),
        [Value::String(text)] => match text.as_ref() {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Value::Bool(true)),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Value::Bool(false)),
            _ => Err(EvaluationError::function("bool", format!("`{text}` is neither true nor false"))),
        },
        _ => wrong("bool", arguments),
    }
}

fn bytes(meter: &mut Meter, arguments: &[Value]) -> Answer {
    match arguments {
        [Value::String(text)] => {
            meter.text(text.len())?;
            Ok(Value::Bytes(text.as_bytes().into()))
        }
        [Value::Bytes(value)] => Ok(Value::Bytes(value.clone())),
        _ => wrong("bytes", arguments),
    }
}

fn no_number(function: &'static str, text: &str) -> EvaluationError {
    EvaluationError::function(function, format!("`{text}` is no such number"))
}

fn double(meter: &mut Meter, arguments: &[Value]) -> Answer {
    Ok(Value::Double(match arguments {
        [Value::Double(value)] => *value,
        [Value::Int(value)] => *value as f64,
        [Value::Uint(value)] => *value as f64,
        [Value::String(text)] => {
            meter.read(text.len())?;
            text.parse().map_err(|_| no_number("double", text))?
        }
        _ => return wrong("double", arguments),
    }))
}

fn int(meter: &mut Meter, arguments: &[Value]) -> Answer {
    let range = || EvaluationError::arithmetic(RANGE);
    Ok(Value::Int(match arguments {
        [Value::Int(value)] => *value,
        [Value::Uint(value)] => i64::try_from(*value).map_err(|_| range())?,
        [Value::Double(value)] if -INTS < *value && *value < INTS => *value as i64,
        [Value::Double(_)] => return Err(range()),
        [Value::String(text)] => {
            meter.read(text.len())?;
            text.parse().map_err(|_| no_number("int", text))?
        }
        [Value::Timestamp(time)] => time.seconds(),
        _ => return wrong("int", arguments),
    }))
}

fn uint(meter: &mut Meter, arguments: &[Value]) -> Answer {
    let range = || EvaluationError::arithmetic(RANGE);
    Ok(Value::Uint(match arguments {
        [Value::Uint(value)] => *value,
        [Value::Int(value)] => u64::try_from(*value).map_err(|_| range())?,
        [Value::Double(value)] if 0.0 <= *value && *value < UINTS => *value as u64,
        [Value::Double(_)] => return Err(range()),
        [Value::String(text)] => {
            meter.read(text.len())?;
            text.parse().map_err(|_| no_number("uint", text))?
        }
        _ => return wrong("uint", arguments),
    }))
}

fn string(meter: &mut Meter, arguments: &[Value]) -> Answer {
    let text = match arguments {
        [Value::String(text)] => return Ok(Value::String(text.clone())),
        [Value::Bytes(bytes)] => {
            meter.text(bytes.len())?;
            let text = std::str::from_utf8(bytes);
            let text = text.map_err(|_| EvaluationError::function("string", "the bytes are no UTF-8"))?;
            text.to_owned()
        }
        [Value::Double(value)] => double_text(*value),
        [Value::Duration(nanos)] => duration_text(*nanos),
        [value] => match value {
            Value::Bool(_)
            | Value::Int(_)
            | Value::Uint(_)
            | Value::Timestamp(_)
            | Value::Address(_)
            | Value::Network(_)
            | Value::Version(_)
            | Value::Quantity(_) => value.to_string(),
            _ => return wrong("string", arguments),
        },
        _ => return wrong("string", arguments),
    };
    Ok(Value::text(text))
}

fn timestamp(meter: &mut Meter, arguments: &[Value]) -> Answer {
    let moment = match arguments {
        [Value::Timestamp(time)] => Some(*time),
        [Value::Int(seconds)] => Moment::new(*seconds, 0),
        [Value::String(text)] => {
            meter.read(text.len())?;
            let moment = Moment::parse(text);
            return moment.map(Value::Timestamp).ok_or_else(|| {
                let message = format!("`{text}` is no time like `2026-11-23T08:30:00Z`");
                EvaluationError::function("timestamp", message)
            });
        }
        _ => return wrong("timestamp", arguments),
    };
    moment
        .map(Value::Timestamp)
        .ok_or_else(|| EvaluationError::arithmetic("a time is outside of the years 1 to 9999"))
}
