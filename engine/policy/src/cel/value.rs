//! Values of the language.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use super::functions::network::Network;
use super::functions::quantity::Quantity;
use super::functions::time::duration_text;
use super::{Key, Map, Moment};

/// A value. Copies are cheap.
#[derive(Debug, Clone)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Arc<str>),
    Bytes(Arc<[u8]>),
    List(Arc<[Self]>),
    Map(Arc<Map>),
    Timestamp(Moment),
    /// Nanoseconds.
    Duration(i64),
    Type(Arc<str>),
    Optional(Option<Arc<Self>>),
    Address(IpAddr),
    Network(Network),
    Version(Arc<semver::Version>),
    Quantity(Arc<Quantity>),
}

impl Value {
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::String(text.into())
    }

    pub fn list(values: impl IntoIterator<Item = Self>) -> Self {
        Self::List(values.into_iter().collect())
    }

    pub fn map(entries: impl IntoIterator<Item = (Key, Self)>) -> Self {
        Self::Map(Arc::new(entries.into_iter().collect()))
    }

    pub(super) fn some(value: Self) -> Self {
        Self::Optional(Some(Arc::new(value)))
    }

    pub(super) fn none() -> Self {
        Self::Optional(None)
    }

    /// The name of its type, as `type(x)` has it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Timestamp(_) => "google.protobuf.Timestamp",
            Self::Duration(_) => "google.protobuf.Duration",
            Self::Type(_) => "type",
            Self::Optional(_) => "optional_type",
            Self::Address(_) => "net.IP",
            Self::Network(_) => "net.CIDR",
            Self::Version(_) => "semver",
            Self::Quantity(_) => "quantity",
        }
    }

    /// What it is, in the words of the documentation.
    pub(super) fn kind_in_words(&self) -> String {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a yes or no",
            Self::Int(_) => "a whole number",
            Self::Uint(_) => "an unsigned number",
            Self::Double(_) => "a number with a fraction",
            Self::String(_) => "a text",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Timestamp(_) => "a time",
            Self::Duration(_) => "a duration",
            Self::Type(_) => "a type",
            Self::Optional(_) => "an optional value",
            Self::Address(_) => "an address",
            Self::Network(_) => "a network",
            Self::Version(_) => "a version",
            Self::Quantity(_) => "a quantity",
        }
        .to_owned()
    }

    /// Nothing, zero or empty, as `optional.ofNonZeroValue` sees it.
    pub(super) fn is_zero(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(value) => !value,
            Self::Int(value) => *value == 0,
            Self::Uint(value) => *value == 0,
            Self::Double(value) => *value == 0.0,
            Self::String(value) => value.is_empty(),
            Self::Bytes(value) => value.is_empty(),
            Self::List(value) => value.is_empty(),
            Self::Map(value) => value.entries.is_empty(),
            Self::Duration(value) => *value == 0,
            Self::Timestamp(value) => value.is_epoch(),
            Self::Optional(value) => value.is_none(),
            _ => false,
        }
    }
}

/// A number as CEL writes it.
pub(super) fn double_text(value: f64) -> String {
    if value.is_nan() {
        return String::from("NaN");
    }
    if value.is_infinite() {
        return String::from(if value > 0.0 { "Infinity" } else { "-Infinity" });
    }
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e21).contains(&size) {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(rest) => ('-', rest),
            None => ('+', exponent),
        };
        return format!("{digits}e{sign}{exponent:0>2}");
    }
    value.to_string()
}

/// Values inside a value that are shown.
const MAX_SHOWN: usize = 64;
/// Entries of one list that are shown.
const MAX_ENTRIES: usize = 8;

/// For people: messages, traces. A list may hold the same list many times, and so on down: what is shown is bounded.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = MAX_SHOWN;
        self.show(f, &mut left)
    }
}

impl Value {
    fn show(&self, f: &mut fmt::Formatter<'_>, left: &mut usize) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Uint(value) => write!(f, "{value}"),
            Self::Double(value) => f.write_str(&double_text(*value)),
            Self::String(value) => f.write_str(value),
            Self::Bytes(value) => write!(f, "{} bytes", value.len()),
            Self::List(values) => show_entries(values, f, left),
            Self::Map(map) => write!(f, "a map of {} entries", map.entries.len()),
            Self::Timestamp(value) => write!(f, "{value}"),
            Self::Duration(value) => f.write_str(&duration_text(*value)),
            Self::Type(name) => f.write_str(name),
            Self::Optional(None) => f.write_str("none"),
            Self::Optional(Some(value)) => value.show(f, left),
            Self::Address(value) => write!(f, "{value}"),
            Self::Network(value) => write!(f, "{value}"),
            Self::Version(value) => write!(f, "{value}"),
            Self::Quantity(value) => write!(f, "{value}"),
        }
    }
}

fn show_entries(values: &[Value], f: &mut fmt::Formatter<'_>, left: &mut usize) -> fmt::Result {
    f.write_str("[")?;
    for (at, value) in values.iter().enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        if at == MAX_ENTRIES || *left == 0 {
            write!(f, "{comma}...")?;
            break;
        }
        *left -= 1;
        f.write_str(comma)?;
        value.show(f, left)?;
    }
    f.write_str("]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_the_same_lists_is_shown_in_part() {
        let twice = |value: Value| Value::list([value.clone(), value]);
        let deep = (0..60).fold(Value::Int(1), |value, _| twice(value));
        assert!(deep.to_string().len() < 1000, "{deep}");
        assert_eq!(twice(twice(Value::Int(1))).to_string(), "[[1, 1], [1, 1]]");
        assert_eq!(Value::list((0..9).map(Value::Int)).to_string(), "[0, 1, 2, 3, 4, 5, 6, 7, ...]");
    }
}
