//! The parser's tree made over into ours: macros resolved, chains flattened, and each part with its place.

use std::sync::{Arc, OnceLock};

use cel_interpreter::IdedExpr;
use cel_interpreter::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue, SourceInfo, operators};

use super::node::{Call, Element, Entry, Form, Operator};
use super::parse::Flaw;
use super::scan::Scanned;
use super::{Limits, Node, Place, Value, functions};

/// A name and what is read from it, and whether it begins with a dot.
pub(super) type Path = (Vec<(Arc<str>, Place)>, bool);

pub(super) struct Lowering<'a> {
    source: &'a str,
    info: &'a SourceInfo,
    scanned: &'a Scanned,
    limits: &'a Limits,
    /// The parser counts characters.
    offsets: Vec<usize>,
    /// What loops and bindings around a place have named.
    pub(super) locals: Vec<Arc<str>>,
    pub(super) loops: usize,
    depth: usize,
    is_too_deep: bool,
    next: usize,
    flaws: Vec<Flaw>,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(
        source: &'a str,
        info: &'a SourceInfo,
        scanned: &'a Scanned,
        limits: &'a Limits,
    ) -> Self {
        let offsets = source.char_indices().map(|(offset, _)| offset).chain([source.len()]).collect();
        let (locals, flaws) = (Vec::new(), Vec::new());
        Self {
            source,
            info,
            scanned,
            limits,
            offsets,
            locals,
            loops: 0,
            depth: 0,
            is_too_deep: false,
            next: 0,
            flaws,
        }
    }

    /// How many nodes there are, and what is wrong with them.
    pub(super) fn finish(self) -> (usize, Vec<Flaw>) {
        (self.next, self.flaws)
    }

    pub(super) fn flaw(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) {
        self.flaws.push(Flaw::new(place.start, place.end, message).with_help(help));
    }

    pub(super) fn check_loops(&mut self, place: Place) {
        if self.loops == self.limits.loops + 1 {
            let message = format!("loops stand more than {} deep inside one another", self.limits.loops);
            self.flaw(place, message, "split it into several rules");
        }
    }

    pub(super) fn node(&mut self, node: &IdedExpr) -> Node {
        let token = self.token(node);
        self.depth += 1;
        if self.depth > self.limits.depth {
            // Once: below, every part of it is too deep.
            if !std::mem::replace(&mut self.is_too_deep, true) {
                let message = format!("the expression is nested more than {} levels deep", self.limits.depth);
                self.flaw(token, message, "split it into several rules");
            }
            self.depth -= 1;
            return self.made(token, token, Form::Literal(Value::Null));
        }
        let (place, token, form) = self.form(node, token);
        self.depth -= 1;
        let place = self.with_brackets(place);
        self.made(place, token, form)
    }

    fn made(&mut self, place: Place, token: Place, form: Form) -> Node {
        let id = self.next;
        self.next += 1;
        Node { id, place, token, form }
    }

    fn form(&mut self, node: &IdedExpr, token: Place) -> (Place, Place, Form) {
        match &node.expr {
            Expr::Literal(literal) => (self.signed(token, literal), token, Form::Literal(value(literal))),
            Expr::Ident(name) => self.name(name, token),
            Expr::Select(select) => self.select(node, &select.operand, &select.field, token),
            Expr::Call(call) => self.call(call, token),
            Expr::List(list) => {
                let elements = list.elements.iter().enumerate().map(|(index, element)| Element {
                    node: self.node(element),
                    optional: list.optional_indices.contains(&index),
                });
                let elements = elements.collect();
                (self.bracketed(token), token, Form::list(elements))
            }
            Expr::Map(map) => {
                let entries = map.entries.iter().filter_map(|entry| match &entry.expr {
                    EntryExpr::MapEntry(entry) => Some(Entry {
                        key: self.node(&entry.key),
                        value: self.node(&entry.value),
                        optional: entry.optional,
                    }),
                    EntryExpr::StructField(_) => None,
                });
                let entries = entries.collect();
                (self.bracketed(token), token, Form::Map(entries))
            }
            Expr::Struct(message) => {
                let fields = message.entries.iter().filter_map(|entry| match &entry.expr {
                    EntryExpr::StructField(field) => Some((field.field.clone(), self.node(&field.value))),
                    EntryExpr::MapEntry(_) => None,
                });
                let kind = Form::Message { name: message.type_name.clone(), fields: fields.collect() };
                let name = self.before(token, &message.type_name);
                (Place { start: name.start, ..self.bracketed(token) }, name, kind)
            }
            // The parser makes neither: macros are not its own here.
            Expr::Comprehension(_) | Expr::Unspecified => {
                self.flaw(token, "the expression can not be read from here", "write it in another way");
                (token, token, Form::Literal(Value::Null))
            }
        }
    }

    fn name(&mut self, name: &str, token: Place) -> (Place, Place, Form) {
        let plain = name.trim_start_matches('.');
        let absolute = plain.len() != name.len();
        if let Some(local) = self.locals.iter().rev().find(|local| ***local == *plain).filter(|_| !absolute) {
            return (token, token, Form::Local(Arc::clone(local)));
        }
        (token, token, Form::Path { names: vec![(plain.into(), token)], absolute })
    }

    fn select(
        &mut self,
        node: &IdedExpr,
        operand: &IdedExpr,
        field: &str,
        token: Place,
    ) -> (Place, Place, Form) {
        let name = self.after(token, field);
        if let Some((names, absolute)) = self.path(node) {
            let start = names.first().map_or(token.start, |(_, place)| place.start);
            return (Place { start, end: name.end }, name, Form::Path { names, absolute });
        }
        let operand = Box::new(self.node(operand));
        let place = Place { start: operand.place.start, end: name.end };
        (place, name, Form::Select { operand, field: field.into(), optional: false })
    }

    /// A name and the fields read from it, unless the name is a local one.
    pub(super) fn path(&self, node: &IdedExpr) -> Option<Path> {
        let mut names = Vec::new();
        let mut node = node;
        loop {
            let token = self.token(node);
            match &node.expr {
                Expr::Select(select) if !select.test => {
                    names.push((select.field.as_str().into(), self.after(token, &select.field)));
                    node = &select.operand;
                }
                Expr::Ident(name) => {
                    let plain = name.trim_start_matches('.');
                    let absolute = plain.len() != name.len();
                    if !absolute && self.locals.iter().any(|local| **local == *plain) {
                        return None;
                    }
                    names.push((plain.into(), token));
                    names.reverse();
                    return Some((names, absolute));
                }
                _ => return None,
            }
        }
    }

    fn call(&mut self, call: &CallExpr, token: Place) -> (Place, Place, Form) {
        let name = call.func_name.as_str();
        match (name, call.args.as_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR, _) => self.logical(call, token),
            (operators::LOGICAL_NOT | operators::NEGATE, [operand]) => {
                let operand = Box::new(self.node(operand));
                let place = Place { start: token.start.min(operand.place.start), end: operand.place.end };
                let kind = if name == operators::NEGATE { Form::Negate(operand) } else { Form::Not(operand) };
                (place, token, kind)
            }
            (operators::CONDITIONAL, [condition, one, other]) => {
                let parts = [self.node(condition), self.node(one), self.node(other)];
                let place = Place { start: parts[0].place.start, end: parts[2].place.end };
                (place, token, Form::Conditional(Box::new(parts)))
            }
            (operators::INDEX | operators::OPT_INDEX, [operand, index]) => {
                let operand = Box::new(self.node(operand));
                let index = Box::new(self.node(index));
                let place = Place { start: operand.place.start, ..self.bracketed(token) };
                (place, token, Form::Index { operand, index, optional: name == operators::OPT_INDEX })
            }
            (operators::OPT_SELECT, [operand, field]) => {
                let Expr::Literal(LiteralValue::String(field)) = &field.expr else {
                    return (token, token, Form::Literal(Value::Null));
                };
                let operand = Box::new(self.node(operand));
                let name = self.after(Place { end: token.end + 1, ..token }, field.inner());
                let place = Place { start: operand.place.start, end: name.end };
                (place, name, Form::Select { operand, field: field.inner().into(), optional: true })
            }
            (_, [one, other]) if operator(name).is_some() && call.target.is_none() => {
                let operands = [self.node(one), self.node(other)];
                let place = Place { start: operands[0].place.start, end: operands[1].place.end };
                let operator = operator(name).unwrap_or(Operator::Equals);
                (place, token, Form::Binary(operator, Box::new(operands)))
            }
            _ => self.function(call, token),
        }
    }

    /// A chain of `&&` or `||`, which the parser makes a balanced tree.
    fn logical(&mut self, call: &CallExpr, token: Place) -> (Place, Place, Form) {
        let mut terms = Vec::new();
        let mut open: Vec<&IdedExpr> = call.args.iter().rev().collect();
        while let Some(node) = open.pop() {
            match &node.expr {
                Expr::Call(inner) if inner.func_name == call.func_name => {
                    open.extend(inner.args.iter().rev())
                }
                _ => terms.push(self.node(node)),
            }
        }
        let start = terms.first().map_or(token.start, |term| term.place.start);
        let end = terms.last().map_or(token.end, |term| term.place.end);
        let and = call.func_name == operators::LOGICAL_AND;
        (Place { start, end }, token, if and { Form::And(terms) } else { Form::Or(terms) })
    }

    fn function(&mut self, call: &CallExpr, token: Place) -> (Place, Place, Form) {
        let plain = call.func_name.trim_start_matches('.');
        let name = self.before(token, plain);
        let target = call.target.as_deref();
        let space = target.and_then(|target| self.path(target));
        let qualified = space.map(|(names, _)| {
            let start = names.first().map_or(name.start, |(_, place)| place.start);
            let parts: Vec<&str> = names.iter().map(|(part, _)| part.as_ref()).chain([plain]).collect();
            (parts.join("."), start)
        });
        if let Some((place, kind)) = self.expanded(call, plain, qualified.as_ref(), name, token) {
            return (place, name, kind);
        }
        let end = self.bracketed(token).end;
        if let Some((qualified, start)) = qualified
            && let Some(function) = functions::find(&qualified).filter(|one| !one.is_member_only())
        {
            let arguments = call.args.iter().map(|argument| self.node(argument)).collect();
            let place = Place { start, end };
            return (
                place,
                Place { start, end: name.end },
                called(qualified, Some(function), false, arguments),
            );
        }
        let arguments: Vec<Node> = target.into_iter().chain(&call.args).map(|one| self.node(one)).collect();
        let start = arguments.first().filter(|_| target.is_some()).map_or(name.start, |one| one.place.start);
        let kind = called(plain.to_owned(), functions::find(plain), target.is_some(), arguments);
        (Place { start, end }, name, kind)
    }

    /// Byte offsets of a node's own token: an operator, a dot, an opening bracket, a name, a literal.
    pub(super) fn token(&self, node: &IdedExpr) -> Place {
        let Some((start, stop)) = self.info.offset_for(node.id) else {
            return Place { start: 0, end: self.source.len() };
        };
        let offset = |index: usize| self.offsets.get(index).copied().unwrap_or(self.source.len());
        Place { start: offset(start as usize), end: offset(stop as usize + 1) }
    }

    /// From an opening bracket to the end of its closing one.
    pub(super) fn bracketed(&self, token: Place) -> Place {
        let close = self.scanned.brackets.get(&token.start).copied();
        Place { start: token.start, end: close.map_or(token.end, |close| close + 1) }
    }

    /// The name that stands before a bracket.
    fn before(&self, token: Place, name: &str) -> Place {
        let before = self.source[..token.start].trim_end();
        let start = if before.ends_with(name) { before.len() - name.len() } else { token.start };
        Place { start, end: before.len().max(start) }
    }

    /// The field that stands after a dot.
    pub(super) fn after(&self, token: Place, field: &str) -> Place {
        match self.source.get(token.end..).and_then(|rest| rest.find(field)) {
            Some(gap) => Place { start: token.end + gap, end: token.end + gap + field.len() },
            None => token,
        }
    }

    fn signed(&self, token: Place, literal: &LiteralValue) -> Place {
        let negative = match literal {
            LiteralValue::Int(value) => *value.inner() < 0,
            LiteralValue::Double(value) => value.inner().is_sign_negative(),
            _ => false,
        };
        let before = self.source[..token.start].trim_end();
        let start = if negative && before.ends_with('-') { before.len() - 1 } else { token.start };
        Place { start, ..token }
    }

    /// With the brackets around it that group and do not call.
    fn with_brackets(&self, mut place: Place) -> Place {
        loop {
            let before = self.source[..place.start].trim_end();
            let after = &self.source[place.end..];
            let close = place.end + (after.len() - after.trim_start().len());
            let Some(open) = before.len().checked_sub(1).filter(|_| before.ends_with('(')) else {
                return place;
            };
            let word = before[..open].trim_end();
            let is_word = word.ends_with(|one: char| one.is_alphanumeric() || one == '_');
            let last = word.rsplit(|one: char| !one.is_alphanumeric() && one != '_').next();
            if self.scanned.brackets.get(&open) != Some(&close) || (is_word && last != Some("in")) {
                return place;
            }
            place = Place { start: open, end: close + 1 };
        }
    }
}

pub(super) fn called(
    name: String,
    function: Option<&'static functions::Function>,
    is_member: bool,
    arguments: Vec<Node>,
) -> Form {
    let counted = arguments.len() - usize::from(is_member);
    let function = function.filter(|function| function.takes(is_member, counted));
    let pattern = OnceLock::new();
    Form::Call(Box::new(Call { name: name.into(), function, is_member, arguments, pattern }))
}

fn value(literal: &LiteralValue) -> Value {
    match literal {
        LiteralValue::Boolean(value) => Value::Bool(*value.inner()),
        LiteralValue::Bytes(value) => Value::Bytes(value.inner().into()),
        LiteralValue::Double(value) => Value::Double(*value.inner()),
        LiteralValue::Int(value) => Value::Int(*value.inner()),
        LiteralValue::Null => Value::Null,
        LiteralValue::String(value) => Value::text(value.inner()),
        LiteralValue::UInt(value) => Value::Uint(*value.inner()),
    }
}

fn operator(name: &str) -> Option<Operator> {
    Some(match name {
        operators::ADD => Operator::Add,
        operators::SUBSTRACT => Operator::Subtract,
        operators::MULTIPLY => Operator::Multiply,
        operators::DIVIDE => Operator::Divide,
        operators::MODULO => Operator::Modulo,
        operators::EQUALS => Operator::Equals,
        operators::NOT_EQUALS => Operator::NotEquals,
        operators::LESS => Operator::Less,
        operators::LESS_EQUALS => Operator::LessEquals,
        operators::GREATER => Operator::Greater,
        operators::GREATER_EQUALS => Operator::GreaterEquals,
        operators::IN => Operator::In,
        _ => return None,
    })
}
