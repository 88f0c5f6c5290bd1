//! Optional values. `or` and `orValue` are the evaluator's, which looks at an alternative only where one is
//! wanted.

use super::{Function, wrong};
use crate::cel::{EvaluationError, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "hasValue",
        signatures: &["optional<T>.hasValue(): bool"],
        run: |_, arguments| match arguments {
            [Value::Optional(value)] => Ok(Value::Bool(value.is_some())),
            _ => wrong("hasValue", arguments),
        },
    },
    Function {
        name: "optional.none",
        signatures: &["optional.none(): optional<dyn>"],
        run: |_, _| Ok(Value::none()),
    },
    Function {
        name: "optional.of",
        signatures: &["optional.of(T): optional<T>"],
        run: |_, arguments| match arguments {
            [value] => Ok(Value::some(value.clone())),
            _ => wrong("optional.of", arguments),
        },
    },
    Function {
        name: "optional.ofNonZeroValue",
        signatures: &["optional.ofNonZeroValue(T): optional<T>"],
        run: |_, arguments| match arguments {
            [value] if value.is_zero() => Ok(Value::none()),
            [value] => Ok(Value::some(value.clone())),
            _ => wrong("optional.ofNonZeroValue", arguments),
        },
    },
    Function {
        name: "optional.unwrap",
        signatures: &["optional.unwrap(list<optional<T>>): list<T>"],
        run: |_, arguments| unwrapped(arguments),
    },
    Function {
        name: "or",
        signatures: &["optional<T>.or(optional<T>): optional<T>"],
        run: |_, arguments| wrong("or", arguments),
    },
    Function {
        name: "orValue",
        signatures: &["optional<T>.orValue(T): T"],
        run: |_, arguments| wrong("orValue", arguments),
    },
    Function {
        name: "unwrapOpt",
        signatures: &["list<optional<T>>.unwrapOpt(): list<T>"],
        run: |_, arguments| unwrapped(arguments),
    },
    Function {
        name: "value",
        signatures: &["optional<T>.value(): T"],
        run: |_, arguments| match arguments {
            [Value::Optional(Some(value))] => Ok(value.as_ref().clone()),
            [Value::Optional(None)] => Err(EvaluationError::function("value", "there is none")),
            _ => wrong("value", arguments),
        },
    },
];

fn unwrapped(arguments: &[Value]) -> Result<Value, EvaluationError> {
    let [Value::List(values)] = arguments else { return wrong("unwrap", arguments) };
    let mut inner = Vec::with_capacity(values.len());
    for value in values.iter() {
        match value {
            Value::Optional(value) => inner.extend(value.iter().map(|value| value.as_ref().clone())),
            other => return wrong("unwrap", std::slice::from_ref(other)),
        }
    }
    Ok(Value::List(inner.into()))
}
