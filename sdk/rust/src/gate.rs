//! Steps and gates: what must hold before the next shape.

use crate::{Attr, Duration, Shape};

/// An approval that a gate waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who may give it; empty for anybody.
    pub group: String,
    pub message: String,
    /// How long it is waited for.
    pub deadline: Duration,
}

/// What must hold before the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    pub min_time: Duration,
    pub min_events: u64,
    /// Names of the checks that must pass; empty for all.
    pub checks: Vec<String>,
    /// No check is asked, as nobody is exposed to the candidate. Without effect where somebody is.
    pub unchecked: bool,
    pub approval: Option<Approval>,
    /// From the moment the shape is in effect; past it the release rolls back.
    pub deadline: Duration,
}

/// A shape and the gate that must close before the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub name: String,
    pub shape: Shape,
    pub gate: Gate,
    pub attrs: Vec<Attr>,
}

impl Gate {
    /// Holds for a time under all checks; the deadline is ten times that and five minutes.
    pub fn after(min_time: Duration) -> Self {
        let deadline = min_time.times(10).plus(Duration::minutes(5));
        Self { min_time, min_events: 0, checks: Vec::new(), unchecked: false, approval: None, deadline }
    }

    #[must_use]
    pub fn min_events(mut self, events: u64) -> Self {
        self.min_events = events;
        self
    }

    /// Only these checks must pass.
    #[must_use]
    pub fn checks(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.checks = names.into_iter().map(Into::into).collect();
        self
    }

    /// No check is asked: for a step that exposes nobody, where checks have nothing to measure.
    #[must_use]
    pub fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }

    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Waits for an approval as well; the deadline moves out by the time that it may take.
    #[must_use]
    pub fn approval(mut self, approval: Approval) -> Self {
        self.deadline = self.deadline.plus(approval.deadline);
        self.approval = Some(approval);
        self
    }
}

impl Step {
    pub fn new(name: impl Into<String>, shape: Shape, gate: Gate) -> Self {
        Self { name: name.into(), shape, gate, attrs: Vec::new() }
    }

    /// Says why this step and no other; shown with the decision to take it.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.attrs.push(Attr::new("reason", reason));
        self
    }

    /// Why this step and no other; empty where it was not said.
    pub fn reason(&self) -> &str {
        self.attrs.iter().find(|one| one.key == "reason").map_or("", |one| one.value.as_str())
    }
}
