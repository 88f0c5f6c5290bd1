//! Operators: which kinds they take, and what they give.

use super::Checker;
use crate::cel::node::Operator;
use crate::cel::{Kind, Node, Place};

impl Checker<'_> {
    pub(super) fn negated(&mut self, node: &Node, operand: &Node) -> Kind {
        let kind = self.kind(operand);
        if matches!(kind, Kind::Int | Kind::Double | Kind::Span | Kind::Unknown) {
            return kind;
        }
        self.bare_flaw(node.token, format!("`-` can not take {kind}"));
        Kind::Unknown
    }

    pub(super) fn logical(&mut self, node: &Node, terms: &[Node], or: bool) -> Kind {
        for (at, term) in terms.iter().enumerate() {
            let kind = self.kind(term);
            // What is wrong is told at the operator, which asks for a condition.
            self.must_be_condition(&kind, node.token);
            self.says_nothing(term, or, at + 1 < terms.len());
            if terms[..at].iter().any(|other| other.says_the_same(term)) {
                self.hint(term.place, "this was asked before", "leave it out");
            }
        }
        self.opposed(terms, or);
        Kind::Bool
    }

    /// A term that is always the same leaves the others nothing to say, or says nothing itself.
    fn says_nothing(&mut self, term: &Node, or: bool, is_followed: bool) {
        let Some(value) = self.constants.condition(term) else { return };
        let message = match (value == or, is_followed) {
            (true, true) => format!("this is always {value}: what follows is never looked at"),
            (true, false) => format!("this is always {value}, and so is the whole"),
            (false, _) => format!("this is always {value}, and changes nothing"),
        };
        self.hint(term.place, message, "leave it out");
    }

    pub(super) fn conditional(&mut self, node: &Node, parts: &[Node; 3]) -> Kind {
        let [condition, one, other] = parts;
        self.condition(condition, node.token);
        if let Some(value) = self.constants.condition(condition) {
            let dead = if value { other } else { one };
            self.hint(dead.place, "this is never looked at", format!("the condition is always {value}"));
        }
        let (one, other) = (self.kind(one), self.kind(other));
        if !(one.fits(&other) || other.fits(&one)) {
            let message = format!("`? :` gives {one} or {other}");
            let help = "make both of one kind, or write `dyn(...)` around one";
            self.flaw(node.token, message, help);
        }
        if parts[1].says_the_same(&parts[2]) {
            self.hint(parts[2].place, "both answers are the same", "leave out what is asked before them");
        }
        one.joined(&other)
    }

    pub(super) fn binary(&mut self, node: &Node, operator: Operator, operands: &[Node; 2]) -> Kind {
        let (one, other) = (self.kind(&operands[0]), self.kind(&operands[1]));
        let known = one != Kind::Unknown && other != Kind::Unknown;
        self.by_zero(node, operator, operands);
        self.decided(node, operator, operands);
        match operator {
            Operator::Equals | Operator::NotEquals => {
                if known && !is_comparable(&one, &other) {
                    self.mismatch(node.token, operator, &one, &other);
                } else if operands[0].says_the_same(&operands[1]) && self.constants.value(node).is_none() {
                    self.hint(node.place, "both sides are the same", "compare it with something else");
                }
                Kind::Bool
            }
            Operator::Less | Operator::LessEquals | Operator::Greater | Operator::GreaterEquals => {
                self.with_nan(node, operands);
                let ordered =
                    [&one, &other].into_iter().all(|kind| *kind == Kind::Unknown || is_ordered(kind));
                if !ordered || (known && !is_comparable(&one, &other)) {
                    self.mismatch(node.token, operator, &one, &other);
                }
                Kind::Bool
            }
            Operator::In => {
                self.membership(node, operands, &one, &other);
                Kind::Bool
            }
            _ if !known => calculated_of_one(&one, &other),
            _ => calculated(operator, &one, &other).unwrap_or_else(|| {
                self.mismatch(node.token, operator, &one, &other);
                Kind::Unknown
            }),
        }
    }

    fn membership(&mut self, node: &Node, operands: &[Node; 2], one: &Kind, other: &Kind) {
        let of = match other {
            Kind::List(of) => of.as_ref(),
            Kind::Map(key, _) => key.as_ref(),
            Kind::Record(_) => &Kind::Text,
            Kind::Unknown => return,
            other => {
                let message = format!("`in` looks into lists and maps, and this is {other}");
                return self.bare_flaw(operands[1].place, message);
            }
        };
        if *one != Kind::Unknown && *of != Kind::Unknown && !is_comparable(one, of) {
            self.bare_flaw(node.token, format!("{one} is never in a list or map of {of}"));
        }
    }

    fn mismatch(&mut self, place: Place, operator: Operator, one: &Kind, other: &Kind) {
        let message = format!("`{}` can not take {one} and {other}", operator.symbol());
        if one.is_number() && other.is_number() {
            let help = match (one, other) {
                (Kind::Uint, _) | (_, Kind::Uint) => "write `int(...)` around the unsigned number",
                _ => "write the whole number with a point (`1.0`), or `double(...)` around it",
            };
            return self.flaw(place, message, help);
        }
        match (one, other) {
            (Kind::Text, number) | (number, Kind::Text) if number.is_number() => {
                let help = "write `string(...)` around the number, or `double(...)` around the text";
                self.flaw(place, message, help);
            }
            (Kind::Null, _) | (_, Kind::Null) => {
                self.flaw(
                    place,
                    message,
                    "nothing is ever `null` here; ask with `has(...)` whether it is there",
                );
            }
            (Kind::Span, number) | (number, Kind::Span) if number.is_number() => {
                self.flaw(place, message, "write a duration as `duration('90s')`");
            }
            (Kind::Optional(_), _) | (_, Kind::Optional(_)) => {
                self.flaw(place, message, "write `.orValue(...)` after the optional value");
            }
            _ => self.bare_flaw(place, message),
        }
    }
}

/// Whether `==` between the two can say anything.
fn is_comparable(one: &Kind, other: &Kind) -> bool {
    let is_map = |kind: &Kind| matches!(kind, Kind::Map(..) | Kind::Record(_));
    match (one, other) {
        (Kind::List(one), Kind::List(other)) | (Kind::Optional(one), Kind::Optional(other)) => {
            one.fits(other) || is_comparable(one, other)
        }
        (one, other) if is_map(one) && is_map(other) => true,
        (one, other) => one == other || (one.is_number() && other.is_number()) || one.fits(other),
    }
}

fn is_ordered(kind: &Kind) -> bool {
    !matches!(
        kind,
        Kind::Null
            | Kind::Type
            | Kind::List(_)
            | Kind::Map(..)
            | Kind::Record(_)
            | Kind::Optional(_)
            | Kind::Address
            | Kind::Network
    )
}

fn calculated(operator: Operator, one: &Kind, other: &Kind) -> Option<Kind> {
    let (plus, minus) = (operator == Operator::Add, operator == Operator::Subtract);
    Some(match (one, other) {
        (Kind::Int, Kind::Int) => Kind::Int,
        (Kind::Uint, Kind::Uint) => Kind::Uint,
        (Kind::Double, Kind::Double) if operator != Operator::Modulo => Kind::Double,
        (Kind::Text, Kind::Text) if plus => Kind::Text,
        (Kind::Bytes, Kind::Bytes) if plus => Kind::Bytes,
        (Kind::List(one), Kind::List(other)) if plus && (one.fits(other) || other.fits(one)) => {
            Kind::list(one.joined(other))
        }
        (Kind::Time, Kind::Span) if plus || minus => Kind::Time,
        (Kind::Span, Kind::Time) if plus => Kind::Time,
        (Kind::Time, Kind::Time) if minus => Kind::Span,
        (Kind::Span, Kind::Span) if plus || minus => Kind::Span,
        _ => return None,
    })
}

/// Arithmetic stays within one kind, so the side that is known says what comes out; times and durations mix.
fn calculated_of_one(one: &Kind, other: &Kind) -> Kind {
    let known = if *one == Kind::Unknown { other } else { one };
    if matches!(known, Kind::Time | Kind::Span) { Kind::Unknown } else { known.clone() }
}
