//! The messages of protobuf that are just a value in another form: wrappers, times, JSON. There are no others.

use std::sync::Arc;

use super::{EvaluationError, Map, Moment, Value};

const PACKAGE: &str = "google.protobuf.";

/// The value that a message stands for.
pub(super) fn made(
    name: &str,
    container: &str,
    fields: Vec<(&str, Value)>,
) -> Result<Value, EvaluationError> {
    let absolute = name.trim_start_matches('.');
    let full = match absolute.strip_prefix(PACKAGE) {
        Some(plain) => plain,
        None if name == absolute && container == PACKAGE.trim_end_matches('.') => absolute,
        None => return Err(unknown(name)),
    };
    let one = |wanted: &str| match fields.as_slice() {
        [] => Ok(None),
        [(field, value)] if *field == wanted => Ok(Some(value.clone())),
        _ => Err(EvaluationError::other(format!("`{full}` has the field `{wanted}` and no other"))),
    };
    match full {
        "Int32Value" | "Int64Value" => whole(full, one("value")?),
        "UInt32Value" | "UInt64Value" => unsigned(full, one("value")?),
        "DoubleValue" | "FloatValue" => match one("value")?.unwrap_or(Value::Double(0.0)) {
            // A float keeps half of the digits.
            Value::Double(value) if full == "FloatValue" => Ok(Value::Double(f64::from(value as f32))),
            value => of_kind(full, "double", value),
        },
        "BoolValue" => of_kind(full, "bool", one("value")?.unwrap_or(Value::Bool(false))),
        "StringValue" => of_kind(full, "string", one("value")?.unwrap_or(Value::text(""))),
        "BytesValue" => of_kind(full, "bytes", one("value")?.unwrap_or(Value::Bytes(Arc::from([])))),
        "ListValue" => of_kind(full, "list", one("values")?.unwrap_or(Value::List(Arc::from([])))),
        "Struct" => {
            of_kind(full, "map", one("fields")?.unwrap_or_else(|| Value::Map(Arc::new(Map::default()))))
        }
        "Value" => json(fields),
        "Timestamp" => timestamp(&fields),
        "Duration" => duration(&fields),
        _ => Err(unknown(name)),
    }
}

fn unknown(name: &str) -> EvaluationError {
    EvaluationError::other(format!("there is no message `{name}`"))
}

fn of_kind(message: &str, kind: &str, value: Value) -> Result<Value, EvaluationError> {
    if value.type_name() == kind { Ok(value) } else { Err(EvaluationError::kinds(message, &[&value])) }
}

fn whole(message: &str, value: Option<Value>) -> Result<Value, EvaluationError> {
    match value.unwrap_or(Value::Int(0)) {
        Value::Int(value) if message == "Int64Value" || i32::try_from(value).is_ok() => Ok(Value::Int(value)),
        Value::Int(_) => Err(EvaluationError::arithmetic("a whole number grows too large")),
        other => Err(EvaluationError::kinds(message, &[&other])),
    }
}

fn unsigned(message: &str, value: Option<Value>) -> Result<Value, EvaluationError> {
    match value.unwrap_or(Value::Uint(0)) {
        Value::Uint(value) if message == "UInt64Value" || u32::try_from(value).is_ok() => {
            Ok(Value::Uint(value))
        }
        Value::Uint(_) => Err(EvaluationError::arithmetic("a whole number grows too large")),
        other => Err(EvaluationError::kinds(message, &[&other])),
    }
}

/// A JSON value: one of several fields.
fn json(fields: Vec<(&str, Value)>) -> Result<Value, EvaluationError> {
    let mut fields = fields.into_iter();
    let (Some((field, value)), None) = (fields.next(), fields.next()) else { return Ok(Value::Null) };
    let kind = match field {
        "null_value" => return Ok(Value::Null),
        "number_value" => "double",
        "string_value" => "string",
        "bool_value" => "bool",
        "struct_value" => "map",
        "list_value" => "list",
        _ => return Err(EvaluationError::other(format!("`Value` has no field `{field}`"))),
    };
    of_kind("Value", kind, value)
}

fn parts(fields: &[(&str, Value)]) -> Result<(i64, i64), EvaluationError> {
    let (mut seconds, mut nanos) = (0, 0);
    for (field, value) in fields {
        match (*field, value) {
            ("seconds", Value::Int(value)) => seconds = *value,
            ("nanos", Value::Int(value)) => nanos = *value,
            _ => return Err(EvaluationError::kinds(field, &[value])),
        }
    }
    Ok((seconds, nanos))
}

fn timestamp(fields: &[(&str, Value)]) -> Result<Value, EvaluationError> {
    let (seconds, nanos) = parts(fields)?;
    let moment = u32::try_from(nanos).ok().and_then(|nanos| Moment::new(seconds, nanos));
    moment
        .map(Value::Timestamp)
        .ok_or_else(|| EvaluationError::arithmetic("a time is outside of the years 1 to 9999"))
}

fn duration(fields: &[(&str, Value)]) -> Result<Value, EvaluationError> {
    let (seconds, nanos) = parts(fields)?;
    let nanos = seconds.checked_mul(1_000_000_000).and_then(|whole| whole.checked_add(nanos));
    nanos
        .map(Value::Duration)
        .ok_or_else(|| EvaluationError::arithmetic("a duration is longer than 292 years"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cel::Key;

    #[test]
    fn wrappers_are_their_values() {
        let made = |name: &str, value| made(name, "", vec![("value", value)]);
        assert_eq!(made("google.protobuf.Int32Value", Value::Int(3)), Ok(Value::Int(3)));
        assert!(made("google.protobuf.Int32Value", Value::Int(1 << 40)).is_err());
        assert!(made("Int32Value", Value::Int(3)).is_err());
        let keys = Value::map([(Key::text("a"), Value::Int(1))]);
        assert_eq!(super::made("google.protobuf.Struct", "", vec![("fields", keys.clone())]), Ok(keys));
    }
}
