//! How deep a value goes. A list may hold the same list many times, and so on down: each is looked into once, so that
//! it takes as long as it took to make.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Value;

/// Levels of a value that is kept from one expression to another. What goes through values goes as deep as they do,
/// and one expression adds no more levels than it has brackets.
pub(crate) const MAX_LEVELS: usize = 128;

impl Value {
    /// Whether it has no more levels of lists, maps and optional values than that.
    pub(crate) fn is_within(&self, levels: usize) -> bool {
        levels_of(self, levels, &mut BTreeMap::new()).is_some()
    }
}

fn levels_of(value: &Value, left: usize, known: &mut BTreeMap<usize, usize>) -> Option<usize> {
    let Some(at) = value.address() else { return Some(0) };
    if let Some(levels) = known.get(&at) {
        return Some(*levels).filter(|levels| *levels <= left);
    }
    let inner = left.checked_sub(1)?;
    let mut deepest = 0;
    match value {
        Value::List(values) => {
            for value in values.iter() {
                deepest = deepest.max(levels_of(value, inner, known)?);
            }
        }
        Value::Map(map) => {
            for value in map.entries.values() {
                deepest = deepest.max(levels_of(value, inner, known)?);
            }
        }
        Value::Optional(Some(value)) => deepest = levels_of(value, inner, known)?,
        _ => {}
    }
    known.insert(at, deepest + 1);
    Some(deepest + 1)
}

impl Value {
    /// Where a value that holds others lies: the same address is the same value.
    pub(crate) fn address(&self) -> Option<usize> {
        match self {
            Self::List(values) => Some(Arc::as_ptr(values).cast::<()>().addr()),
            Self::Map(map) => Some(Arc::as_ptr(map).addr()),
            Self::Optional(Some(value)) => Some(Arc::as_ptr(value).addr()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_list_is_looked_into_once() {
        let twice = |value: Value| Value::list([value.clone(), value]);
        let deep = (0..60).fold(Value::Int(1), |value, _| twice(value));
        assert!(deep.is_within(60) && !deep.is_within(59));
        assert!(Value::Int(1).is_within(0) && Value::list([]).is_within(1) && !Value::list([]).is_within(0));
        let both = Value::list([deep.clone(), Value::some(deep)]);
        assert!(both.is_within(62) && !both.is_within(61));
    }
}
