//! The checker: what is known to be wrong with an expression before there are values. The names that it reads and
//! the functions that it calls must exist, and go together where that can be known.

mod access;
mod alike;
mod calls;
mod constant;
mod cost;
mod decided;
mod known;
mod never;
mod operators;
mod opposed;
mod samples;

use std::collections::BTreeSet;
use std::sync::Arc;

use sluice_core::document::problem::{listed, nearest, quoted};

use super::node::{Bind, Element, Entry, Form, Loop, LoopKind};
use super::{Domain, Domains, Flaw, Kind, Limits, Node, Place, Scope, Value};
use constant::Constants;
use known::Spot;

pub(crate) use known::WEEKDAYS;

/// Hints of one expression.
const MAX_HINTS: usize = 10;

/// What a check finds.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    pub flaws: Vec<Flaw>,
    /// What is not wrong, and surely not meant.
    pub hints: Vec<Flaw>,
    /// What is read of the scope, as far as it is written out: `["params", "largest"]`.
    pub reads: BTreeSet<Vec<String>>,
    /// What the expression gives.
    pub kind: Option<Kind>,
    /// What that can be, as far as it is known.
    pub domain: Option<Domain>,
}

/// Checks an expression that is to give something of the kind `wanted`, and will be evaluated within these limits.
pub fn check(root: &Node, scope: &Scope, domains: &Domains, wanted: &Kind, limits: &Limits) -> Checked {
    let constants = Constants::of(root, scope, limits);
    let (locals, found) = (Vec::new(), Checked::default());
    let mut checker = Checker { scope, domains, limits: *limits, constants, locals, found };
    let kind = checker.kind(root);
    if !kind.fits(wanted) {
        let help = match wanted {
            Kind::Bool => "compare it with something",
            _ => "write `string(...)` around it",
        };
        checker.flaw(root.place, format!("this is {kind}, and must be {wanted}"), help);
    }
    checker.tell_failed();
    if let Some(value) = checker.constants.condition(root) {
        checker.hint(
            root.place,
            format!("this is always {value}, whatever the release"),
            "ask of something that changes, or leave it out",
        );
    }
    checker.found.domain = checker.domain(root);
    checker.found.kind = Some(kind);
    checker.found.flaws.sort_by_key(|flaw| flaw.start);
    checker.found.hints.sort_by_key(|hint| hint.start);
    checker.found
}

struct Checker<'a> {
    scope: &'a Scope,
    domains: &'a Domains,
    limits: Limits,
    constants: Constants,
    /// The names of the loops around a place, the innermost last.
    locals: Vec<Local>,
    found: Checked,
}

/// What a loop or binding named.
struct Local {
    name: Arc<str>,
    kind: Kind,
    /// Of which of the names of all it is an entry.
    spot: Option<Spot>,
}

impl Checker<'_> {
    fn flaw(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) {
        self.found.flaws.push(Flaw::new(place.start, place.end, message).with_help(help));
    }

    fn bare_flaw(&mut self, place: Place, message: impl Into<String>) {
        self.found.flaws.push(Flaw::new(place.start, place.end, message));
    }

    fn hint(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) {
        // Who has so many reads no more of them.
        if self.found.hints.len() >= MAX_HINTS {
            return;
        }
        self.found.hints.push(Flaw::new(place.start, place.end, message).with_help(help));
    }

    /// The kind of a node, as far as it can be known.
    fn kind(&mut self, node: &Node) -> Kind {
        match &node.form {
            Form::Literal(value) => literal(value),
            Form::Path { names, absolute } => self.path(names, *absolute),
            Form::Local(name) => {
                let local = self.locals.iter().rev().find(|local| local.name == *name);
                local.map_or(Kind::Unknown, |local| local.kind.clone())
            }
            Form::Select { operand, field, optional } => self.select(node, operand, field, *optional),
            Form::Has { operand, field, place } => {
                let kind = self.kind(operand);
                let inner = if let Kind::Optional(inner) = kind { *inner } else { kind };
                self.field(*place, &inner, field);
                Kind::Bool
            }
            Form::Index { operand, index, optional } => self.index(node, operand, index, *optional),
            Form::List(elements, _) => {
                let kinds: Vec<Kind> = elements.iter().map(|one| self.element(one)).collect();
                Kind::list(common(kinds))
            }
            Form::Map(entries) => self.map(node, entries),
            Form::Message { fields, .. } => {
                fields.iter().for_each(|(_, value)| drop(self.kind(value)));
                self.bare_flaw(node.token, "rules know no structures");
                Kind::Unknown
            }
            Form::Not(operand) => {
                self.condition(operand, node.token);
                Kind::Bool
            }
            Form::Negate(operand) => self.negated(node, operand),
            Form::Binary(operator, operands) => self.binary(node, *operator, operands),
            Form::And(terms) => self.logical(node, terms, false),
            Form::Or(terms) => self.logical(node, terms, true),
            Form::Conditional(parts) => self.conditional(node, parts),
            Form::Call(call) => self.call(node, call),
            Form::Loop(one) => {
                let kind = self.loop_over(node, one);
                self.too_long(node);
                kind
            }
            Form::Bind(bind) => self.bind(bind),
            Form::Block { values, body } => self.block(values, body),
            Form::OptionalMap { target, name, body, flat } => {
                let target_kind = self.kind(target);
                if !matches!(target_kind, Kind::Optional(_) | Kind::Unknown) {
                    self.bare_flaw(target.place, format!("{target_kind} is no optional value"));
                }
                let kind = self.within(&[(name, inside(target_kind), None)], body);
                if *flat { kind } else { Kind::optional(kind) }
            }
        }
    }

    fn element(&mut self, element: &Element) -> Kind {
        let kind = self.kind(&element.node);
        if element.optional { inside(kind) } else { kind }
    }

    fn map(&mut self, node: &Node, entries: &[Entry]) -> Kind {
        self.same_keys(node, entries);
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        for entry in entries {
            keys.push(self.key(&entry.key));
            let value = self.kind(&entry.value);
            values.push(if entry.optional { inside(value) } else { value });
        }
        Kind::Map(Box::new(common(keys)), Box::new(common(values)))
    }

    fn block(&mut self, values: &[(Arc<str>, Arc<Node>)], body: &Node) -> Kind {
        let before = self.locals.len();
        for (name, value) in values {
            let kind = self.kind(value);
            self.locals.push(Local { name: Arc::clone(name), kind, spot: self.spot(value) });
        }
        let kind = self.kind(body);
        self.locals.truncate(before);
        kind
    }

    fn key(&mut self, key: &Node) -> Kind {
        let kind = self.kind(key);
        if !matches!(kind, Kind::Text | Kind::Int | Kind::Uint | Kind::Bool | Kind::Unknown) {
            self.flaw(key.place, format!("{kind} can be no key of a map"), "use a text or a whole number");
        }
        kind
    }

    fn bind(&mut self, bind: &Bind) -> Kind {
        let value = self.kind(&bind.value);
        let spot = self.spot(&bind.value);
        self.within(&[(&bind.name, value, spot)], &bind.body)
    }

    fn within(&mut self, names: &[(&Arc<str>, Kind, Option<Spot>)], body: &Node) -> Kind {
        let before = self.locals.len();
        let local = |(name, kind, spot): &(&Arc<str>, Kind, Option<Spot>)| Local {
            name: Arc::clone(name),
            kind: kind.clone(),
            spot: spot.clone(),
        };
        self.locals.extend(names.iter().map(local));
        let kind = self.kind(body);
        self.locals.truncate(before);
        kind
    }

    fn loop_over(&mut self, node: &Node, one: &Loop) -> Kind {
        let range = self.kind(&one.range);
        let (key, value) = match &range {
            Kind::List(of) => (Kind::Int, of.as_ref().clone()),
            Kind::Map(key, value) => (key.as_ref().clone(), value.as_ref().clone()),
            Kind::Record(fields) => (Kind::Text, common(fields.values().cloned().collect())),
            Kind::Unknown => (Kind::Unknown, Kind::Unknown),
            other => {
                let message = format!("{other} can not be gone through");
                self.flaw(one.range.place, message, "only lists and maps can");
                (Kind::Unknown, Kind::Unknown)
            }
        };
        let is_list = matches!(range, Kind::List(_));
        let entry = self.spot(&one.range).and_then(Spot::entries);
        let names = match &one.second {
            Some(second) => vec![(&one.name, key.clone(), None), (second, value.clone(), entry)],
            None if is_list => vec![(&one.name, value.clone(), entry)],
            None => vec![(&one.name, key.clone(), None)],
        };
        if let Some(filter) = &one.filter {
            let kind = self.within(&names, filter);
            self.must_be_condition(&kind, filter.place);
        }
        let first = names[0].1.clone();
        let body = self.within(&names, &one.body);
        match one.kind {
            LoopKind::All | LoopKind::Exists | LoopKind::ExistsOne => {
                self.must_be_condition(&body, one.body.place);
                Kind::Bool
            }
            LoopKind::Filter => {
                self.must_be_condition(&body, one.body.place);
                Kind::list(first)
            }
            LoopKind::Map => Kind::list(body),
            LoopKind::SortBy => Kind::list(first),
            LoopKind::TransformMap => Kind::Map(Box::new(key), Box::new(body)),
            LoopKind::TransformMapEntry => {
                if !matches!(body, Kind::Map(..) | Kind::Unknown) {
                    let message = format!("each turn must give a map of one entry, and this is {body}");
                    self.flaw(node.token, message, "write `{key: value}`");
                }
                if matches!(body, Kind::Map(..)) { body } else { Kind::Unknown }
            }
        }
    }

    fn must_be_condition(&mut self, kind: &Kind, place: Place) {
        if !kind.fits(&Kind::Bool) {
            let message = format!("a condition must be a yes or no, and this is {kind}");
            self.flaw(place, message, "compare it with something");
        }
    }

    fn condition(&mut self, node: &Node, place: Place) -> Kind {
        let kind = self.kind(node);
        self.must_be_condition(&kind, place);
        kind
    }

    fn no_such_name(&mut self, name: &str, place: Place) {
        let locals: Vec<&str> = self.locals.iter().map(|local| local.name.as_ref()).collect();
        let known = self.scope.keys().map(String::as_str).chain(locals).filter(|name| !name.starts_with('@'));
        let help = match nearest(name, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("a rule can read {}", listed(known)),
        };
        self.flaw(place, format!("there is no {}", quoted(name)), help);
    }
}

fn literal(value: &Value) -> Kind {
    match value {
        Value::Null => Kind::Null,
        Value::Bool(_) => Kind::Bool,
        Value::Int(_) => Kind::Int,
        Value::Uint(_) => Kind::Uint,
        Value::Double(_) => Kind::Double,
        Value::String(_) => Kind::Text,
        Value::Bytes(_) => Kind::Bytes,
        _ => Kind::Unknown,
    }
}

/// What an optional value has inside.
fn inside(kind: Kind) -> Kind {
    if let Kind::Optional(inner) = kind { *inner } else { Kind::Unknown }
}

/// The kind that all have; unknown, where they differ.
fn common(kinds: Vec<Kind>) -> Kind {
    let mut kinds = kinds.into_iter();
    let first = kinds.next().unwrap_or(Kind::Unknown);
    if kinds.all(|kind| kind == first) { first } else { Kind::Unknown }
}
