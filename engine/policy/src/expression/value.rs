//! Values that expressions see and give.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;

/// A value. Every count is an `Int` and every measure a `Double`: CEL does not calculate across the two.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    Texts(Vec<String>),
    Time(Timestamp),
    Record(Record),
}

/// Fields by name, gone through in the order of their names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    pub fields: BTreeMap<String, Value>,
    pub absent: Absent,
}

/// What it means to read a field that is not there.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Absent {
    /// A mistake of the expression.
    #[default]
    Mistake,
    /// Something that was not measured. Going through the record reads those of it that are known by name.
    Missing(BTreeSet<String>),
}

impl Value {
    pub fn record<const N: usize>(fields: [(&str, Self); N]) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self::Record(Record { fields, absent: Absent::Mistake })
    }

    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Double(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
            Self::Texts(values) => write!(f, "[{}]", values.join(", ")),
            Self::Time(value) => write!(f, "{value}"),
            Self::Record(record) => write!(f, "a map of {} entries", record.fields.len()),
        }
    }
}
