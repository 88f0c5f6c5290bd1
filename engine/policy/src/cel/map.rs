//! Maps: entries in the order of their keys, and what it means to read one that is not there.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Value;

/// A map. Its keys are unique across the kinds of numbers: `1` and `1u` are one key.
#[derive(Debug, Clone, Default)]
pub struct Map {
    pub entries: BTreeMap<Key, Value>,
    /// Set where what is missing was not measured, rather than mistaken.
    pub tracked: Option<Tracked>,
}

/// A map of measurements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    /// How the map is read.
    pub path: Arc<str>,
    /// Entries that are known by name and have no value. Going through the map reads them too.
    pub known: BTreeSet<String>,
}

/// What a map can be looked into with.
#[derive(Debug, Clone)]
pub enum Key {
    Bool(bool),
    Int(i64),
    Uint(u64),
    String(Arc<str>),
}

impl Map {
    pub fn get(&self, key: &Key) -> Option<&Value> {
        self.entries.get(key)
    }
}

impl FromIterator<(Key, Value)> for Map {
    fn from_iter<T: IntoIterator<Item = (Key, Value)>>(entries: T) -> Self {
        Self { entries: entries.into_iter().collect(), tracked: None }
    }
}

impl Key {
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::String(text.into())
    }

    /// As people write it.
    pub fn to_text(&self) -> String {
        self.value().to_string()
    }

    /// A value as a key of a new map.
    pub(super) fn new(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Uint(value) => Self::Uint(*value),
            Value::String(value) => Self::String(Arc::clone(value)),
            _ => return None,
        })
    }

    /// A value as what to look for: a whole double is the whole number that it equals.
    pub(super) fn sought(value: &Value) -> Option<Self> {
        match value {
            Value::Double(value) if value.fract() == 0.0 => {
                let whole = *value as i128;
                // Beyond 2^53 the way back tells whether it is the very number.
                if whole as f64 != *value {
                    return None;
                }
                i64::try_from(whole).map(Self::Int).or_else(|_| u64::try_from(whole).map(Self::Uint)).ok()
            }
            other => Self::new(other),
        }
    }

    pub(super) fn value(&self) -> Value {
        match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Uint(value) => Value::Uint(*value),
            Self::String(value) => Value::String(Arc::clone(value)),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Int(_) | Self::Uint(_) => 1,
            Self::String(_) => 2,
        }
    }

    fn number(&self) -> i128 {
        match self {
            Self::Int(value) => (*value).into(),
            Self::Uint(value) => (*value).into(),
            Self::Bool(value) => (*value).into(),
            Self::String(_) => 0,
        }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::String(one), Self::String(other)) => one.cmp(other),
            _ => self.rank().cmp(&other.rank()).then_with(|| self.number().cmp(&other.number())),
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}
