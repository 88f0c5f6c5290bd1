//! Evaluation: variables in, a value or an error out, and what was read although it is missing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cel_interpreter::common::types::{CelBool, CelDouble, CelInt, CelString};
use cel_interpreter::common::value::Val;
use cel_interpreter::{Context, ExecutionError};
use thiserror::Error;

use super::record::{Missed, to_cel};
use super::{Expression, MAX_ENTRIES, MAX_TEXT, Value, functions};

/// The variables that expressions see. Making them is dearer than an evaluation: they are made once and shared.
pub struct Variables<'p> {
    context: Context<'p, 'static>,
    missed: Missed,
}

/// What came of an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    pub value: Result<Value, EvaluationError>,
    /// What was read and is missing, in the words in which it was read. While there is any, the value says
    /// nothing: CEL lets `error || true` be true.
    pub missing: Vec<String>,
}

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvaluationError {
    #[error("there is no `{0}`")]
    NoSuchField(String),
    #[error("`{function}` can not take {arguments}")]
    Kinds { function: String, arguments: String },
    #[error("{0}")]
    Arithmetic(&'static str),
    #[error("`{function}` failed: {message}")]
    Function { function: String, message: String },
    #[error("it gives {0}, which no rule can use")]
    Unusable(String),
    #[error("the evaluator failed: {0}")]
    Evaluator(String),
    #[error("`{path}` has {found} {what}, more than the limit of {limit}")]
    TooMuch { path: String, found: usize, what: &'static str, limit: usize },
}

impl Variables<'static> {
    pub fn new<'a>(values: impl IntoIterator<Item = (&'a str, Value)>) -> Result<Self, EvaluationError> {
        let mut variables =
            Self { context: Context::with_env(functions::environment()), missed: Missed::default() };
        variables.add(values)?;
        Ok(variables)
    }
}

impl Variables<'_> {
    /// These and more.
    pub fn with<'a>(
        &self,
        values: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> Result<Variables<'_>, EvaluationError> {
        let mut inner = Variables { context: self.context.new_inner_scope(), missed: self.missed.clone() };
        inner.add(values)?;
        Ok(inner)
    }

    fn add<'a>(&mut self, values: impl IntoIterator<Item = (&'a str, Value)>) -> Result<(), EvaluationError> {
        for (name, value) in values {
            within_limits(&value, name)?;
            self.context.add_variable_as_val(name, to_cel(&value, name, &self.missed));
        }
        Ok(())
    }
}

impl std::fmt::Debug for Variables<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Variables").field("missed", &self.missed).finish_non_exhaustive()
    }
}

impl Expression {
    pub fn evaluate(&self, variables: &Variables<'_>) -> Evaluated {
        variables.missed.take();
        // The evaluator is foreign code with assertions of its own; one that fails is an error of this rule.
        let value = catch_unwind(AssertUnwindSafe(|| {
            match cel_interpreter::Value::resolve_val(&self.root, &variables.context) {
                Ok(value) => from_cel(value.as_ref()),
                Err(error) => Err(explained(error)),
            }
        }));
        let value = value.unwrap_or_else(|_| Err(EvaluationError::Evaluator(String::from("an assertion"))));
        Evaluated { value, missing: variables.missed.take() }
    }
}

fn from_cel(value: &dyn Val) -> Result<Value, EvaluationError> {
    if let Some(value) = value.downcast_ref::<CelBool>() {
        Ok(Value::Bool(*value.inner()))
    } else if let Some(value) = value.downcast_ref::<CelString<'_>>() {
        Ok(Value::text(value.inner()))
    } else if let Some(value) = value.downcast_ref::<CelInt>() {
        Ok(Value::Int(*value.inner()))
    } else if let Some(value) = value.downcast_ref::<CelDouble>() {
        Ok(Value::Double(*value.inner()))
    } else {
        Err(EvaluationError::Unusable(named(value.get_type().name())))
    }
}

/// The bounds that the cost of an expression is reckoned with.
fn within_limits(value: &Value, path: &str) -> Result<(), EvaluationError> {
    let too_much = |found: usize, what: &'static str, limit: usize| {
        Err(EvaluationError::TooMuch { path: path.to_owned(), found, what, limit })
    };
    match value {
        Value::Text(text) if text.len() > MAX_TEXT => too_much(text.len(), "bytes", MAX_TEXT),
        Value::Texts(texts) if texts.len() > MAX_ENTRIES => too_much(texts.len(), "entries", MAX_ENTRIES),
        Value::Texts(texts) => match texts.iter().find(|text| text.len() > MAX_TEXT) {
            Some(text) => too_much(text.len(), "bytes in one entry", MAX_TEXT),
            None => Ok(()),
        },
        Value::Record(record) if record.fields.len() > MAX_ENTRIES => {
            too_much(record.fields.len(), "entries", MAX_ENTRIES)
        }
        Value::Record(record) => {
            record.fields.iter().try_for_each(|(name, value)| within_limits(value, &format!("{path}.{name}")))
        }
        _ => Ok(()),
    }
}

fn explained(error: ExecutionError) -> EvaluationError {
    use cel_interpreter::ExecutionError as Cel;
    match error {
        Cel::NoSuchKey(key) => EvaluationError::NoSuchField(key.to_string()),
        Cel::NoSuchOverload(overload)
            if overload.argument_types() == ["double", "double"] && overload.function().starts_with('_') =>
        {
            EvaluationError::Arithmetic("it compares with 0/0, which is no number")
        }
        Cel::NoSuchOverload(overload) => {
            let arguments: Vec<String> = overload.argument_types().iter().map(|name| named(name)).collect();
            EvaluationError::Kinds {
                function: operator(overload.function()).to_owned(),
                arguments: arguments.join(" and "),
            }
        }
        Cel::UnsupportedBinaryOperator(name, left, right) => EvaluationError::Kinds {
            function: operator(name).to_owned(),
            arguments: format!(
                "{} and {}",
                named(&left.type_of().to_string()),
                named(&right.type_of().to_string())
            ),
        },
        Cel::DivisionByZero(_) | Cel::RemainderByZero(_) => EvaluationError::Arithmetic("it divides by zero"),
        Cel::Overflow(..) => EvaluationError::Arithmetic("a whole number grows too large"),
        Cel::IndexOutOfBounds(_) => EvaluationError::Arithmetic("a list is not as long as that"),
        Cel::FunctionError { function, message } => EvaluationError::Function { function, message },
        Cel::UnexpectedType { got, want } => EvaluationError::Kinds {
            function: format!("a place for {}", named(&want)),
            arguments: named(&got),
        },
        other => EvaluationError::Evaluator(other.to_string()),
    }
}

/// A CEL type in the words that the documentation of policies uses.
fn named(cel_type: &str) -> String {
    match cel_type {
        "bool" => "a yes or no",
        "int" | "uint" => "a whole number",
        "double" | "float" => "a number with a fraction",
        "string" => "a text",
        "list" => "a list",
        "map" => "a map",
        "google.protobuf.Timestamp" | "timestamp" => "a time",
        "google.protobuf.Duration" | "duration" => "a duration",
        "null_type" | "null" => "nothing",
        other => return format!("`{other}`"),
    }
    .to_owned()
}

fn operator(name: &str) -> &str {
    match name {
        "add" => "+",
        "sub" => "-",
        "mul" => "*",
        "div" => "/",
        "rem" => "%",
        "_[_]" => "[]",
        "_._" => ".",
        "_?_:_" => "? :",
        other => other.trim_matches(['_', '@']),
    }
}
