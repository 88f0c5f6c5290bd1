//! Decisions: proceed, hold, roll back, abort, await approval; always with reasons.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What gives the reason that time is over.
pub(super) const DEADLINE: &str = "deadline";
/// What a decision is about that keeps a person's word from skipping anything.
pub const OVERRIDE: &str = "promotion override";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DecisionKind {
    Proceed,
    Hold,
    RollBack,
    Abort,
    AwaitApproval,
}

/// Who or what gave a reason, and the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// `check errors`, `policy max-step/no-big-steps`, `strategy`, `rollback`, `deadline`, `operator anna`, `target`.
    pub from: String,
    pub text: String,
}

/// A decision of the core.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub kind: DecisionKind,
    /// The step or thing it is about: the step's name, `promotion`, `admission`.
    pub about: String,
    pub reasons: Vec<Reason>,
}

/// How a release ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Promoted,
    RolledBack,
    Aborted,
    /// Given up by a person's word alone: the target was left as it is.
    Abandoned,
    /// Refused before anything was done: by policy, by the preparation, by a test.
    Refused,
    /// A rehearsal: the candidate's instances came up and were taken away again, and nobody was exposed.
    Rehearsed,
}

impl Reason {
    pub fn new(from: impl Into<String>, text: impl Into<String>) -> Self {
        Self { from: from.into(), text: text.into() }
    }
}

impl Decision {
    /// Why, in one sentence. A deadline says nothing by itself: with it stands what held the release last.
    pub fn told(&self) -> String {
        let one = |reason: &Reason| reason.to_string();
        match self.reasons.split_first() {
            None => String::new(),
            Some((first, [])) => one(first),
            Some((first, held)) if first.from == DEADLINE => {
                format!("{first}; {}", held.iter().map(one).collect::<Vec<_>>().join("; "))
            }
            Some((first, _)) => one(first),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.from, self.text)
    }
}

impl DecisionKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Proceed => "proceed",
            Self::Hold => "hold",
            Self::RollBack => "roll back",
            Self::Abort => "abort",
            Self::AwaitApproval => "await approval",
        }
    }
}

impl fmt::Display for DecisionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Outcome {
    pub fn name(self) -> &'static str {
        match self {
            Self::Promoted => "promoted",
            Self::RolledBack => "rolled back",
            Self::Aborted => "aborted",
            Self::Abandoned => "abandoned",
            Self::Refused => "refused",
            Self::Rehearsed => "rehearsed",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
