//! Kinds: what is known of a value before there is one.

use std::collections::BTreeMap;
use std::fmt;

/// The kind of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// It is there; no more is known of it.
    Unknown,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Bytes,
    Time,
    Span,
    Type,
    List(Box<Self>),
    Map(Box<Self>, Box<Self>),
    /// Fields that are known by name.
    Record(BTreeMap<String, Self>),
    Optional(Box<Self>),
    Address,
    Network,
    Version,
    Quantity,
    /// In a signature: whatever it is, the same wherever it stands.
    Same(char),
}

/// The names that an expression can read.
pub type Scope = BTreeMap<String, Kind>;

impl Kind {
    pub fn record<const N: usize>(fields: [(&str, Self); N]) -> Self {
        Self::Record(fields.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect())
    }

    /// Entries whose names come from elsewhere, all of one kind.
    pub fn map(of: Self) -> Self {
        Self::Map(Box::new(Self::Text), Box::new(of))
    }

    pub fn list(of: Self) -> Self {
        Self::List(Box::new(of))
    }

    pub fn optional(of: Self) -> Self {
        Self::Optional(Box::new(of))
    }

    /// What is known of a value that is of one kind or the other.
    pub(crate) fn joined(&self, other: &Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one.clone(),
            (Self::List(one), Self::List(other)) => Self::list(one.joined(other)),
            (Self::Optional(one), Self::Optional(other)) => Self::optional(one.joined(other)),
            (Self::Map(key, value), Self::Map(other_key, other)) => {
                Self::Map(Box::new(key.joined(other_key)), Box::new(value.joined(other)))
            }
            _ => Self::Unknown,
        }
    }

    /// Whether nothing about it is left open.
    pub(crate) fn is_known(&self) -> bool {
        match self {
            Self::Unknown | Self::Same(_) => false,
            Self::List(of) | Self::Optional(of) => of.is_known(),
            Self::Map(key, value) => key.is_known() && value.is_known(),
            _ => true,
        }
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Uint | Self::Double)
    }

    /// Whether one can stand where the other is wanted. What is not known can stand anywhere.
    pub(crate) fn fits(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (Self::Unknown | Self::Same(_), _) | (_, Self::Unknown | Self::Same(_)) => true,
            (Self::List(one), Self::List(other)) | (Self::Optional(one), Self::Optional(other)) => {
                one.fits(other)
            }
            (Self::Map(key, value), Self::Map(other_key, other)) => key.fits(other_key) && value.fits(other),
            (Self::Record(_), Self::Map(key, value)) => {
                Self::Text.fits(key) && (matches!(**value, Self::Unknown | Self::Same(_)))
            }
            (Self::Record(_), Self::Record(_)) => true,
            (one, other) => one == other,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown | Self::Same(_) => "something",
            Self::Null => "nothing",
            Self::Bool => "a yes or no",
            Self::Int => "a whole number",
            Self::Uint => "an unsigned number",
            Self::Double => "a number with a fraction",
            Self::Text => "a text",
            Self::Bytes => "bytes",
            Self::Time => "a time",
            Self::Span => "a duration",
            Self::Type => "a type",
            Self::List(of) => match **of {
                Self::Text => "a list of texts",
                Self::Int | Self::Uint | Self::Double => "a list of numbers",
                _ => "a list",
            },
            Self::Map(..) | Self::Record(_) => "a map",
            Self::Optional(_) => "an optional value",
            Self::Address => "an address",
            Self::Network => "a network",
            Self::Version => "a version",
            Self::Quantity => "a quantity",
        })
    }
}
