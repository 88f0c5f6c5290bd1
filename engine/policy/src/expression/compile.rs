//! Compilation: text in, a checked expression or everything that is wrong with it out.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::{Domain, Domains, Fault, Kind, Scope, limits};
use crate::cel::{Checked, Node, Parsed, check, parse};

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
    domain: Option<Domain>,
}

/// Compiles an expression that is to give something of the kind `wanted`.
pub fn compile(source: &str, scope: &Scope, wanted: &Kind) -> Result<Expression, Vec<Fault>> {
    compile_knowing(source, scope, &Domains::new(), wanted).0
}

/// Compiles an expression by what is known of the names; or what is wrong with it. What is not wrong and surely not
/// meant is told in either case.
pub fn compile_knowing(
    source: &str,
    scope: &Scope,
    domains: &Domains,
    wanted: &Kind,
) -> (Result<Expression, Vec<Fault>>, Vec<Fault>) {
    let parsed = match parse(source, &limits()) {
        Ok(parsed) => parsed,
        Err(flaws) => return (Err(flaws), Vec::new()),
    };
    let Checked { flaws, hints, reads, kind, domain } =
        check(&parsed.root, scope, domains, wanted, &limits());
    if !flaws.is_empty() {
        return (Err(flaws), hints);
    }
    let (source, kind, told) = (source.to_owned(), kind.unwrap_or(Kind::Unknown), hints.clone());
    let inner = Inner { source, parsed, hints, reads, kind, domain };
    (Ok(Expression { inner: Arc::new(inner) }), told)
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

    /// What that can be, as far as it is known.
    pub(crate) fn domain(&self) -> Option<&Domain> {
        self.inner.domain.as_ref()
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
