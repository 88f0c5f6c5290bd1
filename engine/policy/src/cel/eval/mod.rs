//! The evaluator: a tree and names in, a value or the reason why there is none out.
//!
//! It is recursive, and counts how deep it is; every visit of a node is a step, and what is made is counted
//! before it is made. Running into a limit is an error that nothing absorbs.

mod access;
mod loops;
mod operators;
mod resolve;

pub(crate) use access::field_path;
pub(super) use access::{path_words, words};
pub(super) use resolve::named_by_language;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::limits::Meter;
use super::node::{Call, Form};
use super::{Breach, EvaluationError, Key, Limits, Map, Node, Place, Trace, Value, message};

/// What an expression can read.
pub trait Names {
    fn find(&self, name: &str) -> Option<Value>;

    /// What stands at the end of a path of names, or on the way to it, and how many of them led there; nothing
    /// where that is found name by name.
    fn path(&self, _names: &[(Arc<str>, Place)]) -> Option<(Value, usize)> {
        None
    }

    /// An entry of a map that has a name, if it is there and found without the map.
    fn entry(&self, _name: &str, _key: &str) -> Option<Value> {
        None
    }

    /// The name space that names are looked up in first: `a.b`.
    fn container(&self) -> &str {
        ""
    }

    /// Whether a name may have a dot in it.
    fn has_dotted(&self) -> bool {
        false
    }

    /// A part of expressions that has a name, read as `variables.NAME`. It is evaluated when it is first read.
    fn variable(&self, _name: &str) -> Option<&Node> {
        None
    }

    /// What a variable came to, with what it read that is missing, if it was evaluated before.
    fn remembered(&self, _name: &str) -> Option<Remembered> {
        None
    }

    /// Keeps what a variable came to.
    fn remember(&self, _name: &str, _value: Remembered) {}

    /// Asked now and then; true ends the evaluation. The clock, if there is one, is the asker's.
    fn is_over(&self) -> bool {
        false
    }
}

/// What a variable came to.
#[derive(Debug, Clone)]
pub struct Remembered {
    pub value: Result<Value, EvaluationError>,
    pub missing: BTreeSet<String>,
}

/// What came of an evaluation.
#[derive(Debug, Clone)]
pub struct Evaluation {
    pub value: Result<Value, EvaluationError>,
    /// What was read and is missing, in the words in which it was read. While there is any, the value says
    /// nothing: CEL lets `error || true` be true.
    pub missing: Vec<String>,
    pub steps: u64,
    /// Bytes that it made.
    pub made: u64,
}

/// Evaluates an expression, and records every part of it where a trace is given.
pub fn evaluate(root: &Node, names: &dyn Names, limits: &Limits, trace: Option<&mut Trace>) -> Evaluation {
    let recorded = trace.as_ref().map(|_| Trace::default());
    let mut machine = Machine {
        names,
        meter: Meter::new(*limits),
        locals: Vec::new(),
        depth: 0,
        next_look: STEPS_BETWEEN_LOOKS,
        missed: BTreeSet::new(),
        patterns: BTreeMap::new(),
        trace: recorded,
    };
    let value = machine.eval(root);
    if let (Some(trace), Some(recorded)) = (trace, machine.trace.take()) {
        trace.add(recorded);
    }
    let value = match machine.meter.breach() {
        Some(breach) if value.is_ok() => Err(EvaluationError::limit(breach)),
        _ => value,
    };
    Evaluation {
        value,
        missing: machine.missed.into_iter().collect(),
        steps: machine.meter.steps(),
        made: machine.meter.made(),
    }
}

struct Machine<'a> {
    names: &'a dyn Names,
    meter: Meter,
    locals: Vec<Local<'a>>,
    depth: usize,
    next_look: u64,
    missed: BTreeSet<String>,
    /// Each once, also where it is none: a loop compiles it no second time.
    patterns: BTreeMap<Arc<str>, Result<regex::Regex, String>>,
    trace: Option<Trace>,
}

struct Local<'a> {
    name: &'a str,
    value: Slot<'a>,
}

enum Slot<'a> {
    Ready(Value),
    /// Evaluated when it is first read.
    Lazy(&'a Node),
}

/// Steps between two looks at the clock.
const STEPS_BETWEEN_LOOKS: u64 = 1024;

type Evaluated = Result<Value, EvaluationError>;

impl<'a> Machine<'a> {
    fn eval(&mut self, node: &'a Node) -> Evaluated {
        self.meter.step(1)?;
        if self.meter.steps() >= self.next_look {
            self.next_look = self.meter.steps() + STEPS_BETWEEN_LOOKS;
            if self.names.is_over() {
                return Err(self.meter.stop(Breach::Stopped));
            }
        }
        self.depth += 1;
        // What is read lazily may stand in another part than where it is read.
        let limit = self.meter.limits.depth * 2;
        let value = if self.depth > limit {
            Err(self.meter.stop(Breach::Depth(limit)))
        } else {
            self.form(node).map_err(|error| error.at(node.token))
        };
        self.depth -= 1;
        if let Some(trace) = &mut self.trace {
            trace.record(node, &value);
        }
        value
    }

    fn form(&mut self, node: &'a Node) -> Evaluated {
        match &node.form {
            Form::Literal(value) => Ok(value.clone()),
            Form::Path { names, absolute } => self.path(names, *absolute),
            Form::Local(name) => self.local(name),
            Form::Select { operand, field, optional } => self.select(operand, field, *optional),
            Form::Has { operand, field, .. } => self.has(operand, field),
            Form::Index { operand, index, optional } => self.index(operand, index, *optional),
            Form::List(elements, Some(value)) => {
                // As many steps as to make it.
                self.meter.entries(elements.len())?;
                self.meter.step(elements.len() as u64)?;
                Ok(value.clone())
            }
            Form::List(elements, None) => self.list(elements),
            Form::Map(entries) => self.map(entries),
            Form::Message { name, fields } => self.message(name, fields),
            Form::Not(operand) => match self.eval(operand)? {
                Value::Bool(value) => Ok(Value::Bool(!value)),
                other => Err(EvaluationError::kinds("!", &[&other])),
            },
            Form::Negate(operand) => {
                let operand = self.eval(operand)?;
                operators::negate(&operand)
            }
            Form::Binary(operator, operands) => {
                let one = self.eval(&operands[0])?;
                let other = self.eval(&operands[1])?;
                operators::binary(&mut self.meter, *operator, &one, &other)
            }
            Form::And(terms) => self.logical(terms, false),
            Form::Or(terms) => self.logical(terms, true),
            Form::Conditional(parts) => match self.eval(&parts[0])? {
                Value::Bool(true) => self.eval(&parts[1]),
                Value::Bool(false) => self.eval(&parts[2]),
                other => Err(EvaluationError::kinds("? :", &[&other])),
            },
            Form::Call(call) => self.call(call),
            Form::Loop(one) => self.loop_over(one),
            Form::Bind(bind) => {
                let before = self.locals.len();
                self.locals.push(Local { name: &bind.name, value: Slot::Lazy(&bind.value) });
                let value = self.eval(&bind.body);
                self.locals.truncate(before);
                value
            }
            Form::Block { values, body } => {
                let before = self.locals.len();
                let named = values.iter().map(|(name, value)| Local { name, value: Slot::Lazy(value) });
                self.locals.extend(named);
                let value = self.eval(body);
                self.locals.truncate(before);
                value
            }
            Form::OptionalMap { target, name, body, flat } => self.optional_map(target, name, body, *flat),
        }
    }

    /// `&&` is decided by the first false, `||` by the first true, wherever it stands: an error says something
    /// only where nothing decides.
    fn logical(&mut self, terms: &'a [Node], decides: bool) -> Evaluated {
        let mut failed = None;
        for term in terms {
            match self.eval(term) {
                Ok(Value::Bool(value)) if value == decides => return Ok(Value::Bool(decides)),
                Ok(Value::Bool(_)) => {}
                Ok(other) => {
                    let operator = if decides { "||" } else { "&&" };
                    failed.get_or_insert(EvaluationError::kinds(operator, &[&other]).at(term.place));
                }
                Err(error) if error.is_limit() => return Err(error),
                Err(error) => drop(failed.get_or_insert(error)),
            }
        }
        failed.map_or(Ok(Value::Bool(!decides)), Err)
    }

    fn list(&mut self, elements: &'a [super::node::Element]) -> Evaluated {
        self.meter.entries(elements.len())?;
        let mut values = Vec::with_capacity(elements.len());
        for element in elements {
            let value = self.eval(&element.node)?;
            match (element.optional, value) {
                (false, value) => values.push(value),
                (true, Value::Optional(Some(value))) => values.push(value.as_ref().clone()),
                (true, Value::Optional(None)) => {}
                (true, other) => return Err(EvaluationError::kinds("[?]", &[&other])),
            }
        }
        Ok(Value::List(values.into()))
    }

    fn map(&mut self, entries: &'a [super::node::Entry]) -> Evaluated {
        self.meter.entries(entries.len())?;
        let mut map = Map::default();
        for entry in entries {
            let key = self.eval(&entry.key)?;
            let value = self.eval(&entry.value)?;
            let Some(key) = Key::new(&key) else {
                return Err(EvaluationError::kinds("a key of a map", &[&key]).at(entry.key.place));
            };
            let value = match (entry.optional, value) {
                (false, value) => value,
                (true, Value::Optional(Some(value))) => value.as_ref().clone(),
                (true, Value::Optional(None)) => continue,
                (true, other) => return Err(EvaluationError::kinds("{?}", &[&other])),
            };
            if map.entries.insert(key, value).is_some() {
                return Err(EvaluationError::other("a map has the same key twice").at(entry.key.place));
            }
        }
        Ok(Value::Map(Arc::new(map)))
    }

    fn message(&mut self, name: &str, fields: &'a [(String, Node)]) -> Evaluated {
        let mut values = Vec::with_capacity(fields.len());
        for (field, value) in fields {
            values.push((field.as_str(), self.eval(value)?));
        }
        message::made(name, self.names.container(), values)
    }

    fn call(&mut self, call: &'a Call) -> Evaluated {
        // An alternative to a value that is there is not looked at.
        if let (true, "or" | "orValue", [target, other]) =
            (call.is_member, call.name.as_ref(), call.arguments.as_slice())
        {
            return match self.eval(target)? {
                Value::Optional(None) => self.eval(other),
                Value::Optional(Some(value)) if call.name.as_ref() == "orValue" => Ok(value.as_ref().clone()),
                Value::Optional(value) => Ok(Value::Optional(value)),
                one => Err(EvaluationError::kinds(&call.name, &[&one])),
            };
        }
        let mut arguments = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            arguments.push(self.eval(argument)?);
        }
        let Some(function) = call.function else {
            return Err(EvaluationError::new(super::Why::NoSuchFunction(call.name.to_string())));
        };
        if function.name == "matches" {
            return self.matches(call, &arguments);
        }
        (function.run)(&mut self.meter, &arguments)
    }

    fn optional_map(&mut self, target: &'a Node, name: &'a str, body: &'a Node, flat: bool) -> Evaluated {
        let value = match self.eval(target)? {
            Value::Optional(Some(value)) => value.as_ref().clone(),
            Value::Optional(None) => return Ok(Value::none()),
            other => return Err(EvaluationError::kinds("optMap", &[&other])),
        };
        let before = self.locals.len();
        self.locals.push(Local { name, value: Slot::Ready(value) });
        let value = self.eval(body);
        self.locals.truncate(before);
        match value? {
            value if !flat => Ok(Value::some(value)),
            Value::Optional(value) => Ok(Value::Optional(value)),
            other => Err(EvaluationError::kinds("optFlatMap", &[&other])),
        }
    }

    fn matches(&mut self, call: &'a Call, arguments: &[Value]) -> Evaluated {
        let [Value::String(text), Value::String(pattern)] = arguments else {
            let arguments: Vec<&Value> = arguments.iter().collect();
            return Err(EvaluationError::kinds("matches", &arguments));
        };
        // The time it takes is linear in the text, with the size of the pattern as its factor.
        self.meter.step(1 + (text.len() * pattern.len().max(16)) as u64 / 256)?;
        if let Some(compiled) = call.pattern.get() {
            return Ok(Value::Bool(compiled.is_match(text)));
        }
        let failed = |message| EvaluationError::function("matches", message);
        if let Some(compiled) = self.patterns.get(pattern) {
            let compiled = compiled.as_ref().map_err(|message| failed(message.clone()))?;
            return Ok(Value::Bool(compiled.is_match(text)));
        }
        let most = self.meter.limits.patterns;
        if self.patterns.len() >= most {
            return Err(self.meter.stop(Breach::Patterns(most)));
        }
        let compiled = super::functions::strings::pattern(pattern, &self.meter.limits);
        let compiled = match compiled {
            Ok(compiled) => compiled,
            Err(message) => {
                self.patterns.insert(Arc::clone(pattern), Err(message.clone()));
                return Err(failed(message));
            }
        };
        let is_match = compiled.is_match(text);
        if matches!(call.arguments.last().map(|last| &last.form), Some(Form::Literal(_))) {
            // Somebody else may have been quicker; both compiled the same.
            let _ = call.pattern.set(compiled);
        } else {
            self.patterns.insert(Arc::clone(pattern), Ok(compiled));
        }
        Ok(Value::Bool(is_match))
    }
}
