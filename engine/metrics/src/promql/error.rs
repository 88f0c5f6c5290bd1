//! Why an expression can not be read, or has no answer.

use thiserror::Error;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PromqlError {
    #[error("{message}")]
    Syntax {
        message: String,
        /// The byte in the expression, where it is known.
        offset: Option<usize>,
    },
    #[error("the expression is longer than {limit} bytes")]
    TooLong { limit: usize },
    #[error("the expression is nested more than {limit} levels deep, or has too many operators")]
    TooDeep { limit: usize },
    #[error("unsupported: {0}")]
    Unsupported(String),
    #[error("the query touches more than {limit} samples; narrow its selectors or its range")]
    TooManySamples { limit: usize },
    #[error("the query has more than {limit} steps; use a longer step")]
    TooManySteps { limit: usize },
    #[error("the step and the range must be longer than zero, and the end not before the start")]
    BadRange,
    #[error("two series of the result have the same labels `{0}`")]
    SameLabels(String),
    #[error("several series on the {side} side of `{operator}` match `{group}`; {advice}")]
    AmbiguousMatch { operator: &'static str, side: &'static str, group: String, advice: &'static str },
    #[error("{0}")]
    BadParameter(String),
}

impl PromqlError {
    /// Where in the expression the error is, if that is known.
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::Syntax { offset, .. } => *offset,
            _ => None,
        }
    }
}
