//! Why an expression has no value, and where in it.

use thiserror::Error;

use super::{Breach, Place, Value};

/// An evaluation that failed.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{}", inner.why)]
pub struct EvaluationError {
    inner: Box<Inner>,
}

#[derive(Debug, Clone, PartialEq)]
struct Inner {
    why: Why,
    place: Option<Place>,
}

/// The reasons.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Why {
    #[error("there is no `{0}`")]
    NoSuchField(String),
    #[error("there is no name `{0}`")]
    NoSuchName(String),
    #[error("there is no function `{0}`")]
    NoSuchFunction(String),
    #[error("`{function}` can not take {arguments}")]
    Kinds { function: String, arguments: String },
    #[error("{0}")]
    Arithmetic(&'static str),
    #[error("`{function}` failed: {message}")]
    Function { function: &'static str, message: String },
    #[error("{0}")]
    Other(String),
    #[error("{0}")]
    Limit(Breach),
}

impl EvaluationError {
    pub(super) fn new(why: Why) -> Self {
        Self { inner: Box::new(Inner { why, place: None }) }
    }

    pub(super) fn field(name: impl Into<String>) -> Self {
        Self::new(Why::NoSuchField(name.into()))
    }

    /// No such overload.
    pub(super) fn kinds(function: &str, arguments: &[&Value]) -> Self {
        let kinds: Vec<String> = arguments.iter().map(|one| one.kind_in_words()).collect();
        let arguments = if kinds.is_empty() { String::from("nothing") } else { kinds.join(" and ") };
        Self::new(Why::Kinds { function: function.to_owned(), arguments })
    }

    pub(super) fn arithmetic(message: &'static str) -> Self {
        Self::new(Why::Arithmetic(message))
    }

    pub(super) fn function(function: &'static str, message: impl Into<String>) -> Self {
        Self::new(Why::Function { function, message: message.into() })
    }

    pub(super) fn other(message: impl Into<String>) -> Self {
        Self::new(Why::Other(message.into()))
    }

    pub(super) fn limit(breach: Breach) -> Self {
        Self::new(Why::Limit(breach))
    }

    /// The innermost place keeps.
    pub(super) fn at(mut self, place: Place) -> Self {
        self.inner.place.get_or_insert(place);
        self
    }

    pub(super) fn is_limit(&self) -> bool {
        matches!(self.inner.why, Why::Limit(_))
    }

    pub fn why(&self) -> &Why {
        &self.inner.why
    }

    /// Where in the expression.
    pub fn place(&self) -> Option<Place> {
        self.inner.place
    }
}
