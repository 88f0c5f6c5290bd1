//! Names and kinds: what an expression reads and calls must exist, and go together where that can be known.

use cel_interpreter::IdedExpr;
use cel_interpreter::common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, SelectExpr, operators};
use sluice_core::document::problem::{listed, nearest, quoted};

use super::compile::{Places, children};
use super::functions::{FUNCTIONS, MACROS, Style, find};
use super::{Fault, Kind, Scope, kind};

/// Everything that is known to be wrong before there are values.
pub(super) fn check(root: &IdedExpr, scope: &Scope, wanted: &Kind, places: &Places<'_>) -> Vec<Fault> {
    let mut checker = Checker { scope, places, locals: Vec::new(), faults: Vec::new() };
    let found = checker.kind(root);
    if let Some(found) = found.filter(|found| found != wanted && *wanted != Kind::Unknown) {
        let fault = Fault::new(0, places.source.len(), format!("this is {found}, and must be {wanted}"));
        checker.faults.push(match wanted {
            Kind::Bool => fault.with_help("compare it with something"),
            _ => fault.with_help("write `string(...)` around it"),
        });
    }
    checker.faults
}

struct Checker<'a> {
    scope: &'a Scope,
    places: &'a Places<'a>,
    /// The names of the loops around a place, the innermost last.
    locals: Vec<(String, Option<Kind>)>,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    /// The kind of a node, where it can be known.
    fn kind(&mut self, node: &IdedExpr) -> Option<Kind> {
        self.found(node).filter(|kind| *kind != Kind::Unknown)
    }

    fn found(&mut self, node: &IdedExpr) -> Option<Kind> {
        match &node.expr {
            Expr::Literal(literal) => literal_kind(literal),
            Expr::Ident(name) => self.name(node, name),
            Expr::Select(select) => self.select(node, select),
            Expr::Call(call) => self.call(node, call),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
            Expr::List(list) => {
                let kinds: Vec<Option<Kind>> = list.elements.iter().map(|one| self.kind(one)).collect();
                let texts = !kinds.is_empty() && kinds.iter().all(|kind| *kind == Some(Kind::Text));
                texts.then_some(Kind::Texts)
            }
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                children(node).into_iter().for_each(|child| drop(self.kind(child)));
                None
            }
        }
    }

    fn name(&mut self, node: &IdedExpr, name: &str) -> Option<Kind> {
        if let Some((_, kind)) = self.locals.iter().rev().find(|(local, _)| local == name) {
            return kind.clone();
        }
        if let Some(kind) = self.scope.get(name) {
            return Some(kind.clone());
        }
        let locals: Vec<&str> = self.locals.iter().map(|(local, _)| local.as_str()).collect();
        let known =
            self.scope.keys().map(String::as_str).chain(locals).filter(|known| !known.starts_with('@'));
        let help = match nearest(name, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("a rule can read {}", listed(known)),
        };
        let (start, end) = self.places.of(node);
        self.faults.push(Fault::new(start, end, format!("there is no {}", quoted(name))).with_help(help));
        None
    }

    fn select(&mut self, node: &IdedExpr, select: &SelectExpr) -> Option<Kind> {
        let operand = self.kind(&select.operand)?;
        let place = self.places.of_name(node, &select.field);
        let field = self.field(place, &operand, &select.field);
        if select.test { Some(Kind::Bool) } else { field }
    }

    fn field(&mut self, (start, end): (usize, usize), operand: &Kind, field: &str) -> Option<Kind> {
        match operand {
            Kind::Map(of) => Some(of.as_ref().clone()),
            Kind::Record(fields) => {
                if let Some(kind) = fields.get(field) {
                    return Some(kind.clone());
                }
                let known = fields.keys().map(String::as_str);
                let help = match nearest(field, known.clone()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if fields.is_empty() => String::from("there are none"),
                    None => format!("there are {}", listed(known)),
                };
                let message = format!("there is no field {}", quoted(field));
                self.faults.push(Fault::new(start, end, message).with_help(help));
                None
            }
            other => {
                self.faults.push(Fault::new(start, end, format!("{other} has no fields")));
                None
            }
        }
    }

    fn comprehension(&mut self, one: &ComprehensionExpr) -> Option<Kind> {
        let element = self.kind(&one.iter_range).and_then(|range| range.element());
        let result = self.kind(&one.accu_init);
        self.locals.push((one.accu_var.clone(), result));
        self.locals.push((one.iter_var.clone(), element));
        self.kind(&one.loop_cond);
        self.kind(&one.loop_step);
        self.locals.pop();
        let result = self.kind(&one.result);
        self.locals.pop();
        result
    }

    fn call(&mut self, node: &IdedExpr, call: &CallExpr) -> Option<Kind> {
        if call.func_name == operators::INDEX {
            return self.index(node, call);
        }
        let target = call.target.as_ref().map(|target| self.kind(target));
        let arguments: Vec<Option<Kind>> = call.args.iter().map(|one| self.kind(one)).collect();
        if is_operator(&call.func_name) {
            return self.operator(node, &call.func_name, &arguments);
        }
        match find(&call.func_name) {
            Some(function) => {
                let count = call.args.len();
                let fits = match function.style {
                    Style::Global => target.is_none() && function.arguments.contains(&count),
                    Style::Member => target.is_some() && function.arguments.contains(&count),
                    Style::Both => count + usize::from(target.is_some()) == 1,
                };
                if !fits {
                    self.wrongly_called(node, call, function.style);
                }
                kind::of_function(&call.func_name)
            }
            None => {
                self.unknown_function(node, call);
                None
            }
        }
    }

    fn index(&mut self, node: &IdedExpr, call: &CallExpr) -> Option<Kind> {
        let [container, index] = call.args.as_slice() else { return None };
        let container = self.kind(container);
        self.kind(index);
        match (container?, &index.expr) {
            (Kind::Texts, _) => Some(Kind::Text),
            (Kind::Map(of), _) => Some(*of),
            (record @ Kind::Record(_), Expr::Literal(LiteralValue::String(field))) => {
                self.field(self.places.of(index), &record, field.inner())
            }
            (Kind::Record(_), _) => None,
            (other, _) => {
                let (start, end) = self.places.of(node);
                self.faults.push(Fault::new(start, end, format!("{other} has no entries")));
                None
            }
        }
    }

    fn operator(&mut self, node: &IdedExpr, name: &str, arguments: &[Option<Kind>]) -> Option<Kind> {
        match kind::of_operator(name, arguments) {
            Ok(kind) => kind,
            Err(mismatch) => {
                let (start, end) = self.places.of(node);
                let fault = Fault::new(start, end, mismatch.message);
                self.faults.push(match mismatch.help {
                    Some(help) => fault.with_help(help),
                    None => fault,
                });
                None
            }
        }
    }

    fn wrongly_called(&mut self, node: &IdedExpr, call: &CallExpr, style: Style) {
        let (start, end) = self.places.of_name(node, &call.func_name);
        let name = &call.func_name;
        let help = match style {
            Style::Member => format!("write `x.{name}(...)`"),
            Style::Global | Style::Both => format!("write `{name}(x)`"),
        };
        let message = format!("`{name}` is not called like this, or takes another number of arguments");
        self.faults.push(Fault::new(start, end, message).with_help(help));
    }

    fn unknown_function(&mut self, node: &IdedExpr, call: &CallExpr) {
        let name = &call.func_name;
        let (start, end) = self.places.of_name(node, name);
        if let Some((_, usage)) = MACROS.iter().find(|(known, _)| known == name) {
            let fault = Fault::new(start, end, format!("`{name}` is not written like this"));
            self.faults.push(fault.with_help(format!("write `{usage}`")));
            return;
        }
        let known = FUNCTIONS.iter().map(|one| one.name).chain(MACROS.iter().map(|(name, _)| *name));
        let help = match nearest(name, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("a rule can call {}", listed(known)),
        };
        let message = format!("there is no function {}", quoted(name));
        self.faults.push(Fault::new(start, end, message).with_help(help));
    }
}

fn literal_kind(literal: &LiteralValue) -> Option<Kind> {
    match literal {
        LiteralValue::Boolean(_) => Some(Kind::Bool),
        LiteralValue::Int(_) => Some(Kind::Int),
        LiteralValue::Double(_) => Some(Kind::Double),
        LiteralValue::String(_) => Some(Kind::Text),
        LiteralValue::Bytes(_) | LiteralValue::Null | LiteralValue::UInt(_) => None,
    }
}

fn is_operator(name: &str) -> bool {
    name.starts_with(['_', '@', '!', '-'])
}
