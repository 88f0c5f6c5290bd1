//! Kinds: what is known of a name before it has a value.

use std::collections::BTreeMap;
use std::fmt;

use cel_interpreter::common::ast::operators;

/// The kind of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Bool,
    Int,
    Double,
    Text,
    Texts,
    Time,
    Span,
    /// Fields that are known by name.
    Record(BTreeMap<String, Self>),
    /// It is there; no more is known of it.
    Unknown,
    /// Entries whose names come from elsewhere, all of one kind.
    Map(Box<Self>),
}

/// The names that an expression can read.
pub type Scope = BTreeMap<String, Kind>;

impl Kind {
    pub fn record<const N: usize>(fields: [(&str, Self); N]) -> Self {
        Self::Record(fields.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect())
    }

    pub fn map(of: Self) -> Self {
        Self::Map(Box::new(of))
    }

    /// What going through it gives.
    pub(super) fn element(&self) -> Option<Self> {
        match self {
            Self::Texts | Self::Record(_) | Self::Map(_) => Some(Self::Text),
            _ => None,
        }
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Double)
    }

    /// Whether `==` and `<` between the two can say anything.
    pub(super) fn is_comparable_to(&self, other: &Self) -> bool {
        self == other || (self.is_number() && other.is_number()) || self.is_record() || other.is_record()
    }

    fn is_record(&self) -> bool {
        matches!(self, Self::Record(_) | Self::Map(_))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "a yes or no",
            Self::Int => "a whole number",
            Self::Double => "a number with a fraction",
            Self::Text => "a text",
            Self::Texts => "a list of texts",
            Self::Time => "a time",
            Self::Span => "a duration",
            Self::Record(_) | Self::Map(_) => "a map",
            Self::Unknown => "something",
        })
    }
}

/// Two kinds that an operator does not take together.
pub(super) struct Mismatch {
    pub(super) message: String,
    pub(super) help: Option<&'static str>,
}

/// What a function gives.
pub(super) fn of_function(name: &str) -> Option<Kind> {
    Some(match name {
        "bool" | "contains" | "endsWith" | "startsWith" | "matches" | "in_window" => Kind::Bool,
        "double" => Kind::Double,
        "string" => Kind::Text,
        "timestamp" => Kind::Time,
        "duration" => Kind::Span,
        "int" | "size" => Kind::Int,
        getter if getter.starts_with("get") => Kind::Int,
        _ => return None,
    })
}

/// What an operator gives, when its operands go together or are not known.
pub(super) fn of_operator(name: &str, operands: &[Option<Kind>]) -> Result<Option<Kind>, Mismatch> {
    match (name, operands) {
        (operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT, all) => {
            let wrong = all.iter().flatten().find(|kind| **kind != Kind::Bool);
            wrong.map_or(Ok(Some(Kind::Bool)), |kind| Err(not_a_condition(kind)))
        }
        (operators::CONDITIONAL, [condition, one, other]) => match condition {
            Some(kind) if *kind != Kind::Bool => Err(not_a_condition(kind)),
            _ => Ok(one.clone().filter(|one| Some(one) == other.as_ref())),
        },
        (operators::NEGATE, [operand]) => Ok(operand.clone()),
        (operators::IN | operators::NOT_STRICTLY_FALSE, _) => Ok(Some(Kind::Bool)),
        (
            operators::EQUALS
            | operators::NOT_EQUALS
            | operators::LESS
            | operators::LESS_EQUALS
            | operators::GREATER
            | operators::GREATER_EQUALS,
            [one, other],
        ) => match (one, other) {
            (Some(one), Some(other)) if !one.is_comparable_to(other) => Err(mismatch(name, one, other)),
            _ => Ok(Some(Kind::Bool)),
        },
        (_, [Some(one), Some(other)]) => calculated(name, one, other).map(Some),
        _ => Ok(None),
    }
}

fn calculated(name: &str, one: &Kind, other: &Kind) -> Result<Kind, Mismatch> {
    let (plus, minus) = (name == operators::ADD, name == operators::SUBSTRACT);
    match (one, other) {
        (Kind::Int, Kind::Int) => Ok(Kind::Int),
        (Kind::Double, Kind::Double) if name != operators::MODULO => Ok(Kind::Double),
        (Kind::Text, Kind::Text) if plus => Ok(Kind::Text),
        (Kind::Texts, Kind::Texts) if plus => Ok(Kind::Texts),
        (Kind::Time, Kind::Span) if plus || minus => Ok(Kind::Time),
        (Kind::Span, Kind::Time) if plus => Ok(Kind::Time),
        (Kind::Time, Kind::Time) if minus => Ok(Kind::Span),
        (Kind::Span, Kind::Span) if plus || minus => Ok(Kind::Span),
        _ => Err(mismatch(name, one, other)),
    }
}

fn mismatch(name: &str, one: &Kind, other: &Kind) -> Mismatch {
    let name = name.trim_matches('_');
    let message = format!("`{name}` can not take {one} and {other}");
    let help = if one.is_number() && other.is_number() {
        Some("write the whole number with a point (`1.0`), or `double(...)` around it")
    } else if one.is_number() || other.is_number() {
        Some("write `string(...)` around the number, or `double(...)` around the text")
    } else {
        None
    };
    Mismatch { message, help }
}

fn not_a_condition(kind: &Kind) -> Mismatch {
    let message = format!("a condition must be a yes or no, and this is {kind}");
    Mismatch { message, help: Some("compare it with something") }
}
