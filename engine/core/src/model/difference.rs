//! A difference between what stable answered and what the shadow answered to the same request.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What of two answers differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    Status,
    Header,
    Body,
    Latency,
}

/// One difference, kept as an example: what it holds of the answers is cut short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Rises as long as the target runs; the same number is the same example.
    pub number: u64,
    pub kind: DifferenceKind,
    pub method: String,
    /// Without the query, which may hold what is nobody's business.
    pub path: String,
    /// A header's name, or a JSON pointer into the body; empty for the whole.
    pub place: String,
    pub stable: String,
    pub shadow: String,
}

impl DifferenceKind {
    pub const ALL: [Self; 4] = [Self::Status, Self::Header, Self::Body, Self::Latency];

    pub fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Header => "header",
            Self::Body => "body",
            Self::Latency => "latency",
        }
    }
}

impl fmt::Display for DifferenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, method, path, place, stable, shadow, .. } = self;
        write!(f, "{method} {path}: {kind}")?;
        if !place.is_empty() {
            write!(f, " {place}")?;
        }
        write!(f, ": stable `{stable}`, shadow `{shadow}`")
    }
}
