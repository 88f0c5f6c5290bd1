//! Reading what is inside a value: fields, entries, presence.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Evaluated, Machine};
use crate::cel::node::Form;
use crate::cel::{EvaluationError, Key, Map, Node, Place, Value};

impl<'a> Machine<'a> {
    pub(super) fn select(&mut self, operand: &'a Node, name: &Arc<str>, optional: bool) -> Evaluated {
        let value = self.eval(operand)?;
        if optional {
            return found_or_none(&value, &Value::String(Arc::clone(name)), name);
        }
        field(&mut self.missed, &value, name, || words(operand))
    }

    /// Asking whether something is there is not reading it.
    pub(super) fn has(&mut self, operand: &'a Node, name: &str) -> Evaluated {
        let operand = self.eval(operand)?;
        let inner = match &operand {
            Value::Optional(None) => return Ok(Value::Bool(false)),
            Value::Optional(Some(inner)) => inner.as_ref(),
            other => other,
        };
        match inner {
            Value::Map(map) => Ok(Value::Bool(map.get(&Key::text(name)).is_some())),
            other => Err(EvaluationError::kinds(&format!("has(.{name})"), &[other])),
        }
    }

    pub(super) fn index(&mut self, operand: &'a Node, index: &'a Node, optional: bool) -> Evaluated {
        if let (false, Some(value)) = (optional, self.known_entry(operand, index)) {
            return Ok(value);
        }
        let value = self.eval(operand)?;
        let index = self.eval(index)?;
        if optional {
            return found_or_none(&value, &index, "[?]");
        }
        match &value {
            Value::List(values) => element(values, &index),
            Value::Map(map) => entry(&mut self.missed, map, &index, || words(operand)),
            Value::Optional(_) => found_or_none(&value, &index, "[]"),
            other => Err(EvaluationError::kinds("[]", &[other])),
        }
    }

    /// `metrics["a.b"]` without making the whole map. A trace wants its parts.
    fn known_entry(&mut self, operand: &Node, index: &Node) -> Option<Value> {
        let (Form::Path { names, .. }, Form::Literal(Value::String(key))) = (&operand.form, &index.form)
        else {
            return None;
        };
        let ([(name, _)], true) = (names.as_slice(), self.trace.is_none()) else { return None };
        let value = self.names.entry(name, key)?;
        // As many steps as on the other way.
        self.meter.step(2).ok().map(|()| value)
    }

    /// Going through a map of measurements reads what is missing of it: `all` over nothing would pass.
    pub(super) fn gone_through(&mut self, map: &Map) {
        let Some(tracked) = &map.tracked else { return };
        for name in &tracked.known {
            if map.get(&Key::text(name.as_str())).is_none() {
                self.missed.insert(field_path(&tracked.path, name));
            }
        }
    }
}

pub(super) fn field(
    missed: &mut BTreeSet<String>,
    operand: &Value,
    name: &Arc<str>,
    path: impl FnOnce() -> Option<String>,
) -> Evaluated {
    match operand {
        Value::Map(map) => entry(missed, map, &Value::String(Arc::clone(name)), path),
        Value::Optional(_) => found_or_none(operand, &Value::String(Arc::clone(name)), name),
        other => Err(EvaluationError::kinds(&format!(".{name}"), &[other])),
    }
}

/// A part of an expression as it is read, if it is a name and what is read from it.
pub(in crate::cel) fn words(node: &Node) -> Option<String> {
    match &node.form {
        Form::Path { names, .. } => Some(path_words(names)),
        Form::Local(name) => Some(name.to_string()),
        Form::Select { operand, field, .. } => Some(field_path(&words(operand)?, field)),
        Form::Index { operand, index, .. } => match &index.form {
            Form::Literal(Value::String(field)) => Some(field_path(&words(operand)?, field)),
            _ => None,
        },
        _ => None,
    }
}

pub(in crate::cel) fn path_words(names: &[(Arc<str>, Place)]) -> String {
    let mut names = names.iter().map(|(name, _)| name);
    let first = names.next().map_or_else(String::new, ToString::to_string);
    names.fold(first, |path, name| field_path(&path, name))
}

/// How a field of something is read: `metrics["errors.rate"]`, `checks.errors`.
pub(crate) fn field_path(path: &str, field: &str) -> String {
    let is_name = field.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !field.starts_with(|first: char| first.is_ascii_digit());
    if is_name { format!("{path}.{field}") } else { format!("{path}[\"{field}\"]") }
}

fn entry(
    missed: &mut BTreeSet<String>,
    map: &Map,
    key: &Value,
    path: impl FnOnce() -> Option<String>,
) -> Evaluated {
    if let Some(value) = Key::sought(key).and_then(|key| map.get(&key)) {
        return Ok(value.clone());
    }
    let Some(tracked) = &map.tracked else {
        let name = key.to_string();
        let path = path().map(|path| field_path(&path, &name));
        return Err(EvaluationError::field(path.unwrap_or(name)));
    };
    let path = field_path(&tracked.path, &key.to_string());
    missed.insert(path.clone());
    Err(EvaluationError::field(path))
}

fn element(values: &[Value], index: &Value) -> Evaluated {
    match position(index) {
        Some(at) => values
            .get(at)
            .cloned()
            .ok_or_else(|| EvaluationError::arithmetic("a list is not as long as that")),
        None if matches!(index, Value::Int(_) | Value::Uint(_)) => {
            Err(EvaluationError::arithmetic("a list is not as long as that"))
        }
        None => Err(EvaluationError::kinds("[]", &[index])),
    }
}

fn position(index: &Value) -> Option<usize> {
    match Key::sought(index)? {
        Key::Int(at) => usize::try_from(at).ok(),
        Key::Uint(at) => usize::try_from(at).ok(),
        Key::Bool(_) | Key::String(_) => None,
    }
}

/// What `.?` and `[?]` give, and what reading an optional value gives.
fn found_or_none(operand: &Value, key: &Value, how: &str) -> Evaluated {
    let inner = match operand {
        Value::Optional(None) => return Ok(Value::none()),
        Value::Optional(Some(inner)) => inner.as_ref(),
        other => other,
    };
    let found = match inner {
        Value::Map(map) => Key::sought(key).and_then(|key| map.get(&key)),
        Value::List(values) => position(key).and_then(|at| values.get(at)),
        other => return Err(EvaluationError::kinds(how, &[other])),
    };
    Ok(found.map_or_else(Value::none, |value| Value::some(value.clone())))
}
