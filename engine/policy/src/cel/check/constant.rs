//! What reads nothing is always the same: it is evaluated when the expression is read. One that always fails is told
//! then, wherever it stands, and not on the day on which somebody comes by.

use std::sync::Arc;

use crate::cel::eval::named_by_language;
use crate::cel::node::Form;
use crate::cel::{EvaluationError, Limits, Names, Node, Place, Scope, Trace, Value, evaluate};

/// What is known of the parts of an expression that read nothing.
#[derive(Debug, Default)]
pub(super) struct Constants {
    /// By the number of each node.
    is_closed: Vec<bool>,
    trace: Trace,
    /// The innermost parts that have no value.
    pub(super) failed: Vec<Failed>,
    steps: u64,
}

/// A part that never has a value.
#[derive(Debug)]
pub(super) struct Failed {
    /// What is to be pointed at.
    pub(super) place: Place,
    /// The whole part.
    pub(super) whole: Place,
    pub(super) error: EvaluationError,
}

struct Nothing;

impl Names for Nothing {
    fn find(&self, _: &str) -> Option<Value> {
        None
    }
}

impl Constants {
    pub(super) fn of(root: &Node, scope: &Scope, limits: &Limits) -> Self {
        let mut constants = Self::default();
        constants.close(root, scope, &mut Vec::new());
        constants.look(root, limits);
        constants
    }

    /// What a node always is, if it reads nothing and can be evaluated.
    pub(super) fn value<'n>(&'n self, node: &'n Node) -> Option<&'n Value> {
        if let Form::Literal(value) | Form::List(_, Some(value)) = &node.form {
            return Some(value);
        }
        if !self.is_closed(node) {
            return None;
        }
        self.trace.of(node.id)?.value.as_ref().ok()
    }

    /// What a condition always is.
    pub(super) fn condition(&self, node: &Node) -> Option<bool> {
        match self.value(node) {
            Some(Value::Bool(value)) => Some(*value),
            _ => None,
        }
    }

    pub(super) fn is_closed(&self, node: &Node) -> bool {
        self.is_closed.get(node.id).copied().unwrap_or(false)
    }

    /// Finds what reads nothing; the outermost name around a node that is read in it, or nothing where a fact is.
    fn close<'n>(&mut self, node: &'n Node, scope: &Scope, bound: &mut Vec<&'n Arc<str>>) -> Option<usize> {
        let height = bound.len();
        let mut outermost = match &node.form {
            Form::Path { names, .. } => (!is_fact(names, scope)).then_some(height),
            Form::Local(name) => bound.iter().rposition(|one| *one == name),
            Form::Message { .. } => None,
            Form::Call(call) if call.function.is_none() => None,
            _ => Some(height),
        };
        for (child, names) in parts(node) {
            bound.extend(names);
            let of_child = self.close(child, scope, bound);
            bound.truncate(height);
            outermost = outermost.zip(of_child).map(|(one, other)| one.min(other));
        }
        if self.is_closed.len() <= node.id {
            self.is_closed.resize(node.id + 1, false);
        }
        self.is_closed[node.id] = outermost.is_some_and(|outermost| outermost >= height);
        outermost
    }

    /// Evaluates what reads nothing, the largest parts first, and what those do not come by.
    fn look(&mut self, node: &Node, limits: &Limits) {
        let is_written = matches!(node.form, Form::Literal(_) | Form::List(_, Some(_)) | Form::Path { .. });
        if self.is_closed(node) && !is_written {
            // Each part has all steps, and all of them twice as many.
            if self.trace.of(node.id).is_none() && self.steps <= limits.steps {
                self.steps += evaluate(node, &Nothing, limits, Some(&mut self.trace)).steps;
            }
            let children = node.children();
            let failed = |node: &Node| self.trace.of(node.id).and_then(|seen| seen.value.as_ref().err());
            let is_inner = children.iter().any(|child| self.is_closed(child) && failed(child).is_some());
            if let Some(error) = failed(node).filter(|_| !is_inner) {
                let place = match node.form {
                    _ if error.is_limit() => None,
                    Form::Loop(_) | Form::Bind(_) | Form::Block { .. } | Form::Map(_) => error.place(),
                    _ => None,
                };
                let place = place.unwrap_or(node.place);
                self.failed.push(Failed { place, whole: node.place, error: error.clone() });
            }
        }
        node.children().into_iter().for_each(|child| self.look(child, limits));
    }
}

/// Whether a name is one of what is decided on, or unknown; the others are of the language itself.
fn is_fact(names: &[(Arc<str>, Place)], scope: &Scope) -> bool {
    let all: Vec<&str> = names.iter().map(|(name, _)| name.as_ref()).collect();
    all.first().is_some_and(|first| scope.contains_key(*first)) || named_by_language(&all.join(".")).is_none()
}

/// The parts of a node, each with the names that are bound around it.
fn parts(node: &Node) -> Vec<(&Node, Vec<&Arc<str>>)> {
    match &node.form {
        Form::Loop(one) => {
            let names: Vec<&Arc<str>> =
                [Some(&one.name), one.second.as_ref()].into_iter().flatten().collect();
            let filter = one.filter.as_ref().map(|filter| (filter, names.clone()));
            [(&one.range, Vec::new())].into_iter().chain(filter).chain([(&one.body, names)]).collect()
        }
        Form::Bind(bind) => vec![(bind.value.as_ref(), Vec::new()), (&bind.body, vec![&bind.name])],
        Form::Block { values, body } => {
            let names: Vec<&Arc<str>> = values.iter().map(|(name, _)| name).collect();
            let before = values.iter().enumerate();
            let values = before.map(|(at, (_, value))| (value.as_ref(), names[..at].to_vec()));
            values.chain([(body.as_ref(), names.clone())]).collect()
        }
        Form::OptionalMap { target, name, body, .. } => {
            vec![(target.as_ref(), Vec::new()), (body.as_ref(), vec![name])]
        }
        _ => node.children().into_iter().map(|child| (child, Vec::new())).collect(),
    }
}
