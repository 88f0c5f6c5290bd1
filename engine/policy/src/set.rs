//! Policy sets: the policies that bind a release, loaded together and known by one digest.

use std::collections::BTreeMap;

use sluice_core::document::problem::Problem;
use sluice_core::document::problem::Problems;
use sluice_core::document::source::Source;
use sluice_core::model::policy::{Moment, RuleOutcome};
use sluice_core::plan::digest;

use crate::context::Context;
use crate::document::{self, Policy};
use crate::evaluate;

/// Policies, in the order of their names.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicySet {
    policies: Vec<Policy>,
    digest: String,
}

/// The version of what the digest is taken of.
const DIGEST_FORMAT: u32 = 1;

impl PolicySet {
    /// Loads documents, given as the name that people know each by and its text. Their order says nothing.
    pub fn load<'a>(documents: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Problems> {
        let mut problems = Problems::new();
        let mut policies: BTreeMap<String, (Source, Policy)> = BTreeMap::new();
        let mut sources: Vec<Source> =
            documents.into_iter().map(|(name, text)| Source::new(name, text)).collect();
        sources.sort_by(|one, other| (&one.name, &one.text).cmp(&(&other.name, &other.text)));
        for source in sources {
            match document::read(&source) {
                Err(found) => problems.extend(found),
                Ok(policy) => match policies.get(&policy.name) {
                    Some((first, same)) => problems.push(named_twice(&policy, &source, same, first)),
                    None => drop(policies.insert(policy.name.clone(), (source, policy))),
                },
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let policies: Vec<Policy> = policies.into_values().map(|(_, policy)| policy).collect();
        let canonical = serde_json::to_vec(&(DIGEST_FORMAT, &policies)).unwrap_or_default();
        Ok(Self { policies, digest: digest(&canonical) })
    }

    /// `sha256:<hex>` of what the policies say. Comments, layout and the order of documents do not change it.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// Asks every rule that is for this moment. None keeps another from being asked, and the order is always
    /// the same: policies by name, rules as they are written.
    pub fn evaluate(&self, moment: Moment, context: &Context) -> Vec<RuleOutcome> {
        evaluate::all(&self.policies, moment, context)
    }
}

fn named_twice(policy: &Policy, source: &Source, first: &Policy, elsewhere: &Source) -> Problem {
    let (line, column) = elsewhere.position(first.name_span.start);
    let message = format!("the policy `{}` stands twice", policy.name);
    Problem::new("sluice::policy::duplicate-policy", message)
        .at(
            source,
            policy.name_span,
            format!("first named so in `{}`, line {line}, column {column}", elsewhere.name),
        )
        .with_help("give one of the two another `name`, or load only one of them")
}
