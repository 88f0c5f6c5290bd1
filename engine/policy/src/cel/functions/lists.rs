//! Functions over lists.

use super::{Function, wrong};
use crate::cel::compare::{equals, sort};
use crate::cel::limits::Meter;
use crate::cel::{EvaluationError, Value};

type Answer = Result<Value, EvaluationError>;

pub(super) const FUNCTIONS: &[Function] = &[
    Function { name: "distinct", signatures: &["list<T>.distinct(): list<T>"], run: distinct },
    Function {
        name: "first",
        signatures: &["list<T>.first(): optional<T>"],
        run: |_, arguments| end("first", arguments, |values| values.first()),
    },
    Function {
        name: "flatten",
        signatures: &["list<dyn>.flatten(): list<dyn>", "list<dyn>.flatten(int): list<dyn>"],
        run: flatten,
    },
    Function {
        name: "last",
        signatures: &["list<T>.last(): optional<T>"],
        run: |_, arguments| end("last", arguments, |values| values.last()),
    },
    Function { name: "lists.range", signatures: &["lists.range(int): list<int>"], run: range },
    Function {
        name: "max",
        signatures: &["list<T>.max(): T"],
        run: |meter, arguments| extreme(meter, "max", arguments),
    },
    Function {
        name: "min",
        signatures: &["list<T>.min(): T"],
        run: |meter, arguments| extreme(meter, "min", arguments),
    },
    Function {
        name: "reverse",
        signatures: &["list<T>.reverse(): list<T>", "string.reverse(): string"],
        run: reverse,
    },
    Function { name: "slice", signatures: &["list<T>.slice(int, int): list<T>"], run: slice },
    Function { name: "sort", signatures: &["list<T>.sort(): list<T>"], run: sorted },
];

fn distinct(meter: &mut Meter, arguments: &[Value]) -> Answer {
    let [Value::List(values)] = arguments else { return wrong("distinct", arguments) };
    let mut kept: Vec<Value> = Vec::new();
    for value in values.iter() {
        let mut is_new = true;
        for other in &kept {
            meter.step(1)?;
            if equals(meter, value, other)? {
                is_new = false;
                break;
            }
        }
        if is_new {
            kept.push(value.clone());
        }
    }
    meter.entries(kept.len())?;
    Ok(Value::List(kept.into()))
}

fn end(name: &str, arguments: &[Value], which: impl for<'v> Fn(&'v [Value]) -> Option<&'v Value>) -> Answer {
    let [Value::List(values)] = arguments else { return wrong(name, arguments) };
    Ok(which(values).map_or_else(Value::none, |value| Value::some(value.clone())))
}

fn flatten(meter: &mut Meter, arguments: &[Value]) -> Answer {
    let (values, depth) = match arguments {
        [Value::List(values)] => (values, 1),
        [Value::List(values), Value::Int(depth)] => (values, *depth),
        _ => return wrong("flatten", arguments),
    };
    if depth < 0 {
        return Err(EvaluationError::function("flatten", "the depth must not be negative"));
    }
    let mut flat = Vec::new();
    let mut open: Vec<(&Value, i64)> = values.iter().rev().map(|value| (value, depth)).collect();
    while let Some((value, depth)) = open.pop() {
        meter.step(1)?;
        match value {
            Value::List(inner) if depth > 0 => {
                meter.entries(inner.len())?;
                open.extend(inner.iter().rev().map(|value| (value, depth - 1)));
            }
            other => flat.push(other.clone()),
        }
    }
    meter.entries(flat.len())?;
    Ok(Value::List(flat.into()))
}

fn range(meter: &mut Meter, arguments: &[Value]) -> Answer {
    let [Value::Int(end)] = arguments else { return wrong("lists.range", arguments) };
    let Ok(length) = usize::try_from(*end) else {
        return Err(EvaluationError::function("lists.range", "the length must not be negative"));
    };
    meter.entries(length)?;
    Ok(Value::list((0..*end).map(Value::Int)))
}

fn reverse(meter: &mut Meter, arguments: &[Value]) -> Answer {
    match arguments {
        [Value::List(values)] => {
            meter.entries(values.len())?;
            Ok(Value::list(values.iter().rev().cloned()))
        }
        [Value::String(text)] => {
            meter.text(text.len())?;
            Ok(Value::text(text.chars().rev().collect::<String>()))
        }
        _ => wrong("reverse", arguments),
    }
}

fn slice(meter: &mut Meter, arguments: &[Value]) -> Answer {
    let [Value::List(values), Value::Int(start), Value::Int(end)] = arguments else {
        return wrong("slice", arguments);
    };
    let part = match (usize::try_from(*start), usize::try_from(*end)) {
        (Ok(start), Ok(end)) => values.get(start..end),
        _ => None,
    };
    let Some(part) = part else {
        let message = format!("there is no part from {start} to {end} in a list of {}", values.len());
        return Err(EvaluationError::function("slice", message));
    };
    meter.entries(part.len())?;
    Ok(Value::List(part.into()))
}

fn sorted(meter: &mut Meter, arguments: &[Value]) -> Answer {
    let [Value::List(values)] = arguments else { return wrong("sort", arguments) };
    meter.entries(values.len())?;
    let mut keyed: Vec<(Value, Value)> = values.iter().map(|one| (one.clone(), Value::Null)).collect();
    sort(meter, "sort", &mut keyed)?;
    Ok(Value::list(keyed.into_iter().map(|(value, _)| value)))
}

fn extreme(meter: &mut Meter, name: &'static str, arguments: &[Value]) -> Answer {
    let [Value::List(values)] = arguments else { return wrong(name, arguments) };
    let mut keyed: Vec<(Value, Value)> = values.iter().map(|one| (one.clone(), Value::Null)).collect();
    sort(meter, name, &mut keyed)?;
    let found = if name == "min" { keyed.first() } else { keyed.last() };
    found.map(|(value, _)| value.clone()).ok_or_else(|| EvaluationError::function(name, "the list is empty"))
}
