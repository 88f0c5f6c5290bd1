//! Names: what a loop named, what is bound, and what the language itself names.

use std::sync::Arc;

use super::{Evaluated, Machine, Remembered, Slot, access};
use crate::cel::{Breach, EvaluationError, MAX_LEVELS, Node, Place, Trace, Value, Why};

impl<'a> Machine<'a> {
    pub(super) fn local(&mut self, name: &str) -> Evaluated {
        let Some(at) = self.locals.iter().rposition(|local| local.name == name) else {
            return Err(EvaluationError::new(Why::NoSuchName(name.to_owned())));
        };
        let node = match &self.locals[at].value {
            Slot::Ready(value) => return Ok(value.clone()),
            Slot::Lazy(node) => *node,
        };
        // It sees what was named before it, and is evaluated once.
        let inner = self.locals.split_off(at);
        let value = self.eval(node);
        self.locals.extend(inner);
        let value = value?;
        self.locals[at].value = Slot::Ready(value.clone());
        Ok(value)
    }

    /// A name and the fields read from it. The longest name that is bound wins, in the innermost name space.
    pub(super) fn path(&mut self, names: &'a [(Arc<str>, Place)], absolute: bool) -> Evaluated {
        if let [(first, _), (name, _), ..] = names
            && **first == *"variables"
            && let Some(node) = self.names.variable(name)
        {
            let value = self.variable(name, node)?;
            return self.fields_of(value, names, 2);
        }
        let (value, used) = match self.plain(names).or_else(|| self.resolved(names, absolute)) {
            Some(found) => found,
            None => {
                let (name, place) = &names[0];
                return Err(EvaluationError::new(Why::NoSuchName(name.to_string())).at(*place));
            }
        };
        self.fields_of(value, names, used)
    }

    /// Evaluates a variable, which sees nothing of where it is read, and remembers what it came to.
    fn variable(&mut self, name: &str, node: &'a Node) -> Evaluated {
        if let Some(known) = self.names.remembered(name) {
            self.missed.extend(known.missing);
            return known.value;
        }
        let locals = std::mem::take(&mut self.locals);
        let missed = std::mem::take(&mut self.missed);
        let trace = self.trace.take();
        self.trace = trace.as_ref().map(|_| Trace::default());
        let value = self.eval(node);
        self.locals = locals;
        let own = std::mem::replace(&mut self.trace, trace);
        if let (Some(trace), Some(own)) = (&mut self.trace, own) {
            trace.name(name, own);
        }
        let own = std::mem::replace(&mut self.missed, missed);
        let value = match value {
            Ok(value) if !value.is_within(MAX_LEVELS) => Err(self.meter.stop(Breach::Levels(MAX_LEVELS))),
            value => value,
        };
        // One that ran into a limit may have had less left than another reader would give it.
        if !value.as_ref().is_err_and(EvaluationError::is_limit) {
            self.names.remember(name, Remembered { value: value.clone(), missing: own.clone() });
        }
        self.missed.extend(own);
        value
    }

    fn fields_of(&mut self, value: Value, names: &[(Arc<str>, Place)], used: usize) -> Evaluated {
        let mut value = value;
        for (at, (field, place)) in names.iter().enumerate().skip(used) {
            let path = || Some(access::path_words(&names[..at]));
            value = access::field(&mut self.missed, &value, field, path).map_err(|error| error.at(*place))?;
        }
        Ok(value)
    }

    fn plain(&self, names: &[(Arc<str>, Place)]) -> Option<(Value, usize)> {
        if self.names.has_dotted() || !self.names.container().is_empty() {
            return None;
        }
        if let Some(found) = self.names.path(names) {
            return Some(found);
        }
        self.names.find(&names.first()?.0).map(|value| (value, 1))
    }

    fn resolved(&self, names: &[(Arc<str>, Place)], absolute: bool) -> Option<(Value, usize)> {
        let parts: Vec<&str> = names.iter().map(|(name, _)| name.as_ref()).collect();
        let container = if absolute { "" } else { self.names.container() };
        for used in (1..=parts.len()).rev() {
            let name = parts[..used].join(".");
            let mut space = container;
            loop {
                let full = if space.is_empty() { name.clone() } else { format!("{space}.{name}") };
                if let Some(value) = self.names.find(&full).or_else(|| named_by_language(&full)) {
                    return Some((value, used));
                }
                if space.is_empty() {
                    break;
                }
                space = space.rsplit_once('.').map_or("", |(outer, _)| outer);
            }
        }
        None
    }
}

/// The types, and the few constants that there are.
pub(in crate::cel) fn named_by_language(name: &str) -> Option<Value> {
    let name = match name {
        "bool"
        | "int"
        | "uint"
        | "double"
        | "string"
        | "bytes"
        | "list"
        | "map"
        | "null_type"
        | "type"
        | "optional_type"
        | "net.IP"
        | "net.CIDR"
        | "google.protobuf.Timestamp"
        | "google.protobuf.Duration" => name,
        "google.protobuf.NullValue.NULL_VALUE" => return Some(Value::Int(0)),
        _ => return None,
    };
    Some(Value::Type(name.into()))
}
