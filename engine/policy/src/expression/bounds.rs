//! What an expression may cost. CEL has no cost limit and no interrupt, so the bound is reckoned before it
//! runs: every list and map that rules can go through has at most [`MAX_ENTRIES`] entries.

use cel_interpreter::common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, operators};
use cel_interpreter::{Context, IdedExpr, Value};

use super::compile::{Places, children};
use super::{Fault, MAX_ENTRIES, functions};

/// Loops inside one another.
const MAX_LOOPS: usize = 2;
/// Nodes that one evaluation may visit, in the worst case.
const MAX_COST: u64 = 1_000_000;
/// Bytes of a regular expression.
const MAX_PATTERN: usize = 128;
/// A pattern is compiled on every call; in nodes.
const PATTERN_COST: u64 = 5_000;
/// One with counted repetitions grows as it is compiled.
const COUNTED_PATTERN_COST: u64 = 100_000;

/// Everything that is unbounded in an expression.
pub(super) fn check(root: &IdedExpr, places: &Places<'_>) -> Vec<Fault> {
    let mut bounds = Bounds { places, loops: 0, faults: Vec::new() };
    let cost = bounds.cost(root);
    if cost > MAX_COST && bounds.faults.is_empty() {
        let message = "the expression may take too long: it goes through too much, too often";
        let fault = Fault::new(0, places.source.len(), message);
        bounds
            .faults
            .push(fault.with_help("shorten what stands inside the loops, or split it into several rules"));
    }
    bounds.faults
}

struct Bounds<'a> {
    places: &'a Places<'a>,
    loops: usize,
    faults: Vec<Fault>,
}

impl Bounds<'_> {
    /// Nodes visited in the worst case.
    fn cost(&mut self, node: &IdedExpr) -> u64 {
        match &node.expr {
            Expr::Comprehension(comprehension) => self.comprehension(node, comprehension),
            Expr::Map(_) => self.map_literal(node),
            Expr::Call(call) if call.func_name == "matches" => {
                self.pattern(node, call).saturating_add(self.parts(node))
            }
            // A map literal that is looked into at once never has to be gone through.
            Expr::Call(call) if call.func_name == operators::INDEX => self.looked_into(&call.args, 0),
            Expr::Call(call) if call.func_name == operators::IN => self.looked_into(&call.args, 1),
            // Each `+` of a chain of texts copies all that stands before it.
            Expr::Call(call) if call.func_name == operators::ADD => {
                size(node).saturating_add(self.parts(node))
            }
            Expr::Struct(_) => {
                let (start, end) = self.places.of(node);
                self.faults.push(Fault::new(start, end, "rules know no structures"));
                1
            }
            _ => self.parts(node),
        }
    }

    fn parts(&mut self, node: &IdedExpr) -> u64 {
        children(node).into_iter().fold(1, |sum, child| u64::saturating_add(sum, self.cost(child)))
    }

    fn looked_into(&mut self, arguments: &[IdedExpr], container: usize) -> u64 {
        let mut cost = 1_u64;
        for (index, argument) in arguments.iter().enumerate() {
            let is_literal = index == container && matches!(argument.expr, Expr::Map(_));
            cost = cost.saturating_add(if is_literal { self.parts(argument) } else { self.cost(argument) });
        }
        cost
    }

    fn map_literal(&mut self, node: &IdedExpr) -> u64 {
        let (start, end) = self.places.of(node);
        let fault = Fault::new(start, end, "a map has no order here, and can only be looked into");
        self.faults.push(fault.with_help("write `{...}[key]`, or a list"));
        self.parts(node)
    }

    fn comprehension(&mut self, node: &IdedExpr, comprehension: &ComprehensionExpr) -> u64 {
        let (start, end) = self.places.of(node);
        if !is_bounded(&comprehension.iter_range) {
            let message = "only a list or map of the context, a list of plain values, or a filter of one can be gone through";
            self.faults.push(Fault::new(start, end, message));
        }
        self.loops += 1;
        if self.loops == MAX_LOOPS + 1 {
            let message = format!("loops stand more than {MAX_LOOPS} deep inside one another");
            self.faults.push(Fault::new(start, end, message).with_help("split it into several rules"));
        }
        let parts = [&comprehension.loop_cond, &comprehension.loop_step];
        let body = parts.into_iter().fold(1, |sum, part| u64::saturating_add(sum, self.cost(part)));
        self.loops -= 1;
        let range = self.cost(&comprehension.iter_range);
        range.saturating_add(body.saturating_mul(entries(&comprehension.iter_range)))
    }

    fn pattern(&mut self, node: &IdedExpr, call: &CallExpr) -> u64 {
        let (start, end) = self.places.of_name(node, &call.func_name);
        let Some(Expr::Literal(LiteralValue::String(pattern))) = call.args.last().map(|last| &last.expr)
        else {
            let fault = Fault::new(start, end, "the pattern of `matches` must be written out");
            self.faults.push(fault.with_help("write it as a text in quotes: `x.matches('^v[0-9]+$')`"));
            return 0;
        };
        if pattern.inner().len() > MAX_PATTERN {
            let message = format!("the pattern is longer than {MAX_PATTERN} bytes");
            self.faults.push(Fault::new(start, end, message));
        } else if let Some(why) = pattern_problem(node, call) {
            self.faults.push(Fault::new(start, end, why).with_help("patterns are in the syntax of RE2"));
        }
        if pattern.inner().contains('{') { COUNTED_PATTERN_COST } else { PATTERN_COST }
    }
}

/// Whether going through it has an end that is known, and gives back what it was given: a value that grew in
/// one loop could grow again in the next.
fn is_bounded(range: &IdedExpr) -> bool {
    match &range.expr {
        Expr::Ident(_) => true,
        Expr::Select(select) => !select.test && is_bounded(&select.operand),
        Expr::Call(call) if call.func_name == operators::INDEX => call.args.first().is_some_and(is_path),
        Expr::List(list) => list.elements.iter().all(|element| matches!(element.expr, Expr::Literal(_))),
        Expr::Comprehension(inner) => is_filter(inner) && is_bounded(&inner.iter_range),
        _ => false,
    }
}

/// Nodes in it.
fn size(node: &IdedExpr) -> u64 {
    children(node).into_iter().fold(1, |sum, child| u64::saturating_add(sum, size(child)))
}

fn is_path(node: &IdedExpr) -> bool {
    matches!(node.expr, Expr::Ident(_) | Expr::Select(_) | Expr::Call(_)) && is_bounded(node)
}

/// `condition ? @result + [x] : @result`.
fn is_filter(comprehension: &ComprehensionExpr) -> bool {
    let Expr::Call(step) = &comprehension.loop_step.expr else { return false };
    let [_, appended, _] = step.args.as_slice() else { return false };
    let Expr::Call(appended) = &appended.expr else { return false };
    let Some(Expr::List(list)) = appended.args.last().map(|last| &last.expr) else { return false };
    let [element] = list.elements.as_slice() else { return false };
    matches!(&element.expr, Expr::Ident(name) if *name == comprehension.iter_var)
}

fn entries(range: &IdedExpr) -> u64 {
    let most = MAX_ENTRIES as u64;
    match &range.expr {
        Expr::List(list) => list.elements.len() as u64,
        Expr::Comprehension(inner) => entries(&inner.iter_range),
        _ => most,
    }
}

/// Tries the pattern on nothing.
fn pattern_problem(node: &IdedExpr, call: &CallExpr) -> Option<String> {
    let nothing = IdedExpr { id: node.id, expr: Expr::Literal(LiteralValue::String(String::new().into())) };
    let trial = CallExpr {
        func_name: call.func_name.clone(),
        target: Some(Box::new(nothing)),
        args: call.args.last().cloned().into_iter().collect(),
    };
    let trial = IdedExpr { id: node.id, expr: Expr::Call(trial) };
    let error = Value::resolve(&trial, &Context::with_env(functions::environment())).err()?.to_string();
    let why = error.lines().last().unwrap_or_default().trim();
    let why = why.strip_prefix("error: ").unwrap_or(why).trim_end_matches('.');
    Some(format!("the pattern can not be used: {why}"))
}
