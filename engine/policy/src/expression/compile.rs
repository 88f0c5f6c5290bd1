//! Compilation: text in, a checked expression or everything that is wrong with it out.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::{Fault, Kind, Scope, limits};
use crate::cel::{Node, Parsed, check, parse};

/// An expression that was checked, and can be evaluated any number of times. Copies are cheap.
#[derive(Debug, Clone)]
pub struct Expression {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    source: String,
    parsed: Parsed,
    hints: Vec<Fault>,
    reads: BTreeSet<Vec<String>>,
    kind: Kind,
}

/// Compiles an expression that is to give something of the kind `wanted`.
pub fn compile(source: &str, scope: &Scope, wanted: &Kind) -> Result<Expression, Vec<Fault>> {
    let parsed = parse(source, &limits())?;
    let checked = check(&parsed.root, scope, wanted, &limits());
    if !checked.flaws.is_empty() {
        return Err(checked.flaws);
    }
    let (hints, reads) = (checked.hints, checked.reads);
    let kind = checked.kind.unwrap_or(Kind::Unknown);
    Ok(Expression { inner: Arc::new(Inner { source: source.to_owned(), parsed, hints, reads, kind }) })
}

impl Expression {
    /// The text that it was compiled from.
    pub fn source(&self) -> &str {
        &self.inner.source
    }

    /// What is not wrong, and surely not meant.
    pub fn hints(&self) -> &[Fault] {
        &self.inner.hints
    }

    /// What it reads, as far as that is written out: `["params", "largest"]`.
    pub fn reads(&self) -> &BTreeSet<Vec<String>> {
        &self.inner.reads
    }

    /// What it gives.
    pub fn kind(&self) -> &Kind {
        &self.inner.kind
    }

    /// How many parts it has; each has a number below it in traces.
    pub fn parts(&self) -> usize {
        self.inner.parsed.nodes
    }

    pub(crate) fn root(&self) -> &Node {
        &self.inner.parsed.root
    }
}

impl PartialEq for Expression {
    /// Its text is all there is to it.
    fn eq(&self, other: &Self) -> bool {
        self.inner.source == other.inner.source
    }
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.inner.source)
    }
}
