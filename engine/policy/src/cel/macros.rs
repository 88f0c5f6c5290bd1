//! Macros: calls that name something, or look without touching.

use std::sync::Arc;

use cel_interpreter::IdedExpr;
use cel_interpreter::common::ast::{CallExpr, Expr, LiteralValue};

use super::Place;
use super::lower::Lowering;
use super::node::{Bind, Form, Loop, LoopKind};

/// What can be written after a list or map, and `has`.
pub(super) const MACROS: [(&str, &str); 15] = [
    ("all", "list.all(name, condition)"),
    ("cel.bind", "cel.bind(name, value, expression)"),
    ("exists", "list.exists(name, condition)"),
    ("existsOne", "list.existsOne(name, condition)"),
    ("exists_one", "list.exists_one(name, condition)"),
    ("filter", "list.filter(name, condition)"),
    ("has", "has(map.field)"),
    ("map", "list.map(name, expression)"),
    ("optFlatMap", "optional.optFlatMap(name, expression)"),
    ("optMap", "optional.optMap(name, expression)"),
    ("sortBy", "list.sortBy(name, key)"),
    ("transformList", "list.transformList(index, name, expression)"),
    ("transformMap", "map.transformMap(key, name, expression)"),
    ("transformMapEntry", "map.transformMapEntry(key, name, {new: expression})"),
    ("cel.block", "cel.block([...], expression)"),
];

impl Lowering<'_> {
    /// What a call stands for, if it is a macro.
    pub(super) fn expanded(
        &mut self,
        call: &CallExpr,
        plain: &str,
        qualified: Option<&(String, usize)>,
        name: Place,
        token: Place,
    ) -> Option<(Place, Form)> {
        let end = self.bracketed(token).end;
        if let Some((qualified, start)) = qualified
            && let Some(kind) = self.of_cel(qualified, &call.args)
        {
            return Some((Place { start: *start, end }, kind));
        }
        let Some(target) = call.target.as_deref() else {
            let [argument] = call.args.as_slice() else { return None };
            let kind = (plain == "has").then(|| self.has(argument, name))?;
            return Some((Place { start: name.start, end }, kind));
        };
        if let (true, [name, body]) = (matches!(plain, "optMap" | "optFlatMap"), call.args.as_slice()) {
            let target = Box::new(self.node(target));
            let place = Place { start: target.place.start, end };
            let name = self.new_name(name)?;
            let body = Box::new(self.within(&[&name], body));
            return Some((place, Form::OptionalMap { target, name, body, flat: plain == "optFlatMap" }));
        }
        let (kind, second, filter) = shape(plain, call.args.len())?;
        let range = self.node(target);
        let place = Place { start: range.place.start, end };
        let kind = self.loop_over(kind, range, &call.args, second, filter, token)?;
        Some((place, kind))
    }

    fn loop_over(
        &mut self,
        kind: LoopKind,
        range: super::Node,
        arguments: &[IdedExpr],
        second: bool,
        filter: bool,
        token: Place,
    ) -> Option<Form> {
        let name = self.new_name(arguments.first()?)?;
        let second = if second { Some(self.new_name(arguments.get(1)?)?) } else { None };
        self.loops += 1;
        self.check_loops(token);
        let names: Vec<&Arc<str>> = [Some(&name), second.as_ref()].into_iter().flatten().collect();
        let at = names.len();
        let filter = if filter { Some(self.within(&names, arguments.get(at)?)) } else { None };
        let body = self.within(&names, arguments.last()?);
        self.loops -= 1;
        Some(Form::Loop(Box::new(Loop { kind, range, name, second, filter, body })))
    }

    /// `cel.bind`, `cel.block`, and how the latter names things.
    fn of_cel(&mut self, qualified: &str, arguments: &[IdedExpr]) -> Option<Form> {
        match (qualified, arguments) {
            ("cel.bind", [name, value, body]) => {
                let name = self.new_name(name)?;
                let value = Arc::new(self.node(value));
                let body = self.within(&[&name], body);
                Some(Form::Bind(Box::new(Bind { name, value, body })))
            }
            ("cel.block", [values, body]) => self.block(values, body),
            ("cel.index", [_]) | ("cel.iterVar", [_, _]) => {
                Some(Form::Local(generated(qualified, arguments)?))
            }
            _ => None,
        }
    }

    fn block(&mut self, values: &IdedExpr, body: &IdedExpr) -> Option<Form> {
        let Expr::List(list) = &values.expr else { return None };
        let before = self.locals.len();
        let mut named = Vec::new();
        for (index, value) in list.elements.iter().enumerate() {
            let value = Arc::new(self.node(value));
            let name: Arc<str> = format!("@index{index}").into();
            self.locals.push(Arc::clone(&name));
            named.push((name, value));
        }
        let body = Box::new(self.node(body));
        self.locals.truncate(before);
        Some(Form::Block { values: named, body })
    }

    fn has(&mut self, argument: &IdedExpr, name: Place) -> Form {
        if let Expr::Select(select) = &argument.expr {
            let place = self.after(self.token(argument), &select.field);
            let operand = Box::new(self.node(&select.operand));
            return Form::Has { operand, field: select.field.as_str().into(), place };
        }
        self.flaw(name, "`has` takes a field", "write `has(map.field)`");
        Form::Literal(super::Value::Null)
    }

    fn within(&mut self, names: &[&Arc<str>], body: &IdedExpr) -> super::Node {
        let before = self.locals.len();
        self.locals.extend(names.iter().map(|name| Arc::clone(name)));
        let body = self.node(body);
        self.locals.truncate(before);
        body
    }

    /// The argument of a macro that names something.
    fn new_name(&mut self, node: &IdedExpr) -> Option<Arc<str>> {
        match &node.expr {
            Expr::Ident(name) if !name.starts_with('.') => return Some(name.as_str().into()),
            Expr::Call(call) => {
                let space = call.target.as_deref().map(|target| &target.expr);
                if matches!(space, Some(Expr::Ident(space)) if space == "cel")
                    && let Some(name) = generated(&format!("cel.{}", call.func_name), &call.args)
                {
                    return Some(name);
                }
            }
            _ => {}
        }
        let place = self.token(node);
        self.flaw(place, "a new name must stand here", "use letters, digits and `_`, a letter first");
        Some("@nothing".into())
    }
}

/// Whether a call is a loop, whether it has a second name, and whether it has a condition.
fn shape(name: &str, arguments: usize) -> Option<(LoopKind, bool, bool)> {
    Some(match (name, arguments) {
        ("all", 2 | 3) => (LoopKind::All, arguments == 3, false),
        ("exists", 2 | 3) => (LoopKind::Exists, arguments == 3, false),
        ("exists_one" | "existsOne", 2 | 3) => (LoopKind::ExistsOne, arguments == 3, false),
        ("filter", 2) => (LoopKind::Filter, false, false),
        ("map", 2 | 3) => (LoopKind::Map, false, arguments == 3),
        ("sortBy", 2) => (LoopKind::SortBy, false, false),
        ("transformList", 3 | 4) => (LoopKind::Map, true, arguments == 4),
        ("transformMap", 3 | 4) => (LoopKind::TransformMap, true, arguments == 4),
        ("transformMapEntry", 3 | 4) => (LoopKind::TransformMapEntry, true, arguments == 4),
        _ => return None,
    })
}

/// The name that `cel.index(1)` or `cel.iterVar(0, 1)` stands for.
fn generated(qualified: &str, arguments: &[IdedExpr]) -> Option<Arc<str>> {
    let number = |node: &IdedExpr| match &node.expr {
        Expr::Literal(LiteralValue::Int(value)) => Some(*value.inner()),
        _ => None,
    };
    match (qualified, arguments) {
        ("cel.index", [index]) => Some(format!("@index{}", number(index)?).into()),
        ("cel.iterVar", [depth, index]) => Some(format!("@it:{}:{}", number(depth)?, number(index)?).into()),
        _ => None,
    }
}
