//! Terms of `&&` that never hold together, and of `||` of which one always does.

use super::Checker;
use crate::cel::node::{Form, Operator};
use crate::cel::{Node, Value};

/// Terms that are held against one another.
const MAX_TERMS: usize = 64;

/// What a term says of something.
struct Said<'n> {
    of: &'n Node,
    holds: Holds,
}

#[derive(Clone)]
enum Holds {
    /// A number between two; whether each end is left out.
    Between {
        least: f64,
        open: bool,
        most: f64,
        end_open: bool,
    },
    Is(Value),
    IsNot(Value),
}

impl Checker<'_> {
    /// Tells of a term that is opposed to one before it.
    pub(super) fn opposed(&mut self, terms: &[Node], or: bool) {
        if terms.len() > MAX_TERMS {
            return;
        }
        let said: Vec<Option<Said<'_>>> = terms.iter().map(|term| self.said(term, or)).collect();
        let mut found = Vec::new();
        for (at, term) in terms.iter().enumerate() {
            let is_opposed = |before: usize| {
                let excludes = match (&said[before], &said[at]) {
                    (Some(one), Some(other)) => {
                        one.of.says_the_same(other.of) && one.holds.excludes(&other.holds)
                    }
                    _ => false,
                };
                excludes || is_opposite(&terms[before], term) || is_opposite(term, &terms[before])
            };
            if (0..at).any(is_opposed) {
                found.push(term.place);
            }
        }
        for place in found {
            match or {
                true => {
                    self.hint(place, "this or what was asked before it is always so", "did you mean `&&`?")
                }
                false => self.hint(
                    place,
                    "this is never so together with what was asked before it",
                    "did you mean `||`?",
                ),
            }
        }
    }

    /// What a term says of something; where `denied`, what holds when it does not.
    fn said<'n>(&self, term: &'n Node, denied: bool) -> Option<Said<'n>> {
        if let Form::Not(inner) = &term.form {
            return self.said(inner, !denied);
        }
        let Form::Binary(operator, operands) = &term.form else { return None };
        let (of, value, operator) =
            match (self.constants.value(&operands[0]), self.constants.value(&operands[1])) {
                (None, Some(value)) => (&operands[0], value, *operator),
                (Some(value), None) => (&operands[1], value, operator.turned()?),
                _ => return None,
            };
        let operator = if denied { operator.opposite()? } else { operator };
        let holds = match number(value) {
            Some(number) => Holds::of_number(operator, number)?,
            None if operator == Operator::Equals => Holds::Is(value.clone()),
            None if operator == Operator::NotEquals => Holds::IsNot(value.clone()),
            None => return None,
        };
        Some(Said { of, holds })
    }
}

impl Holds {
    fn of_number(operator: Operator, number: f64) -> Option<Self> {
        let (low, high) = (f64::NEG_INFINITY, f64::INFINITY);
        let (least, open, most, end_open) = match operator {
            Operator::Less => (low, false, number, true),
            Operator::LessEquals => (low, false, number, false),
            Operator::Greater => (number, true, high, false),
            Operator::GreaterEquals => (number, false, high, false),
            Operator::Equals => (number, false, number, false),
            Operator::NotEquals => return Some(Self::IsNot(Value::Double(number))),
            _ => return None,
        };
        Some(Self::Between { least, open, most, end_open })
    }

    /// Whether both never hold of the same value.
    fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Between { least, open, most, end_open },
                Self::Between { least: low, open: low_open, most: high, end_open: high_open },
            ) => {
                let before = |end: &f64, end_open: &bool, begin: &f64, open: &bool| {
                    end < begin || (end == begin && (*end_open || *open))
                };
                before(most, end_open, low, low_open) || before(high, high_open, least, open)
            }
            (Self::Between { least, most, .. }, Self::IsNot(Value::Double(number)))
            | (Self::IsNot(Value::Double(number)), Self::Between { least, most, .. }) => {
                least == most && least == number
            }
            (Self::Is(one), Self::Is(other)) => one != other,
            (Self::Is(one), Self::IsNot(other)) | (Self::IsNot(one), Self::Is(other)) => one == other,
            _ => false,
        }
    }
}

impl Operator {
    /// With the sides exchanged.
    fn turned(self) -> Option<Self> {
        Some(match self {
            Self::Less => Self::Greater,
            Self::LessEquals => Self::GreaterEquals,
            Self::Greater => Self::Less,
            Self::GreaterEquals => Self::LessEquals,
            Self::Equals | Self::NotEquals => self,
            _ => return None,
        })
    }

    /// What holds when this does not.
    fn opposite(self) -> Option<Self> {
        Some(match self {
            Self::Less => Self::GreaterEquals,
            Self::LessEquals => Self::Greater,
            Self::Greater => Self::LessEquals,
            Self::GreaterEquals => Self::Less,
            Self::Equals => Self::NotEquals,
            Self::NotEquals => Self::Equals,
            _ => return None,
        })
    }
}

/// `a` and `!a`, `a < b` and `a >= b`.
fn is_opposite(one: &Node, other: &Node) -> bool {
    match (&one.form, &other.form) {
        (Form::Not(inner), _) if inner.says_the_same(other) => true,
        (Form::Binary(operator, operands), Form::Binary(another, others)) => {
            operator.opposite() == Some(*another)
                && operands.iter().zip(others.iter()).all(|(one, other)| one.says_the_same(other))
        }
        _ => false,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(value) => Some(*value as f64),
        Value::Uint(value) => Some(*value as f64),
        Value::Double(value) => Some(*value),
        _ => None,
    }
}
