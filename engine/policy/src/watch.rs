//! The time that a decision has. This crate has no clock: whoever has one says when the time is over.

use std::fmt;

/// A limit on time beside those that are counted. What it ends is an error, as any breach of a limit is; it is the
/// machine's and no property of a rule, so nothing is asked again under one.
#[derive(Clone, Copy, Default)]
pub struct Watch<'c> {
    is_over: Option<&'c dyn Fn() -> bool>,
}

impl<'c> Watch<'c> {
    /// Asked before the rules of each policy, and every thousand steps of an expression.
    pub fn new(is_over: &'c dyn Fn() -> bool) -> Self {
        Self { is_over: Some(is_over) }
    }

    /// No limit.
    pub fn none() -> Self {
        Self::default()
    }

    pub(crate) fn is_over(self) -> bool {
        self.is_over.is_some_and(|is_over| is_over())
    }
}

impl fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_over.is_some() { "Watch(some)" } else { "Watch(none)" })
    }
}
