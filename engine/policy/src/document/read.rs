//! Reads a policy document, and tells everything that is wrong with it at once.

use std::collections::BTreeSet;

use sluice_core::document::problem::Problems;
use sluice_core::document::reader::{Field, Reading};
use sluice_core::document::source::{Source, Span};
use sluice_core::document::tree::{Limits, parse_into};

use super::{API_VERSION, KIND, Match, Params, Policy, params, rule};
use crate::expression::{Kind, Scope};
use crate::vocabulary;

pub(super) const FIELDS: &[&str] = &["apiVersion", "kind", "name", "description", "params", "match", "rules"];
pub(super) const MATCH_FIELDS: &[&str] = &["environments", "services", "labels", "when"];

/// Reads one policy.
pub fn read(source: &Source) -> Result<Policy, Problems> {
    let mut problems = Problems::new();
    let node = parse_into(source, Limits::default(), &mut problems);
    let reading = Reading::new(source, "policy");
    reading.include(problems);
    let policy = node.as_ref().and_then(|node| policy(&reading.root(node)));
    match policy {
        Some(policy) if reading.is_clean() => Ok(policy),
        other => Err(reading.finish(other).err().unwrap_or_default()),
    }
}

fn policy(root: &Field<'_>) -> Option<Policy> {
    let fields = root.fields(FIELDS)?;
    fields.read("apiVersion", API_VERSION, |field| field.one_of(&[(API_VERSION, ())]));
    fields.read("kind", KIND, |field| field.one_of(&[(KIND, ())]));
    let name_span = fields.optional("name").map_or_else(Span::default, |field| field.span());
    let name = fields.read("name", "max-step", Field::name);
    let description = fields.read_or("description", String::new(), Field::text_or_empty);
    let params = fields.read_or("params", Params::new(), params::read);
    // A parameter that could not be read is told of once, not again wherever it is used.
    let written = fields.optional("params").and_then(|field| field.node().as_map().cloned());
    let names = written.iter().flat_map(|map| map.iter()).map(|entry| entry.key.as_str());
    let scope = vocabulary::scope(params.as_ref().unwrap_or(&Params::new()), names);
    let matching = fields.read_or("match", Match::default(), |field| matching(field, &scope));
    let rules = fields.read("rules", "[...]", |field| rule::read(field, &scope));
    Some(Policy {
        name: name?,
        description: description?,
        params: params?,
        matching: matching?,
        rules: rules?,
        name_span,
    })
}

fn matching(field: &Field<'_>, scope: &Scope) -> Option<Match> {
    let fields = field.fields(MATCH_FIELDS)?;
    let environments = fields.read_or("environments", BTreeSet::new(), texts);
    let services = fields.read_or("services", BTreeSet::new(), texts);
    let labels = fields.read_or("labels", Default::default(), Field::text_map);
    let when = fields.read_or("when", None, |field| rule::expression(field, scope, &Kind::Bool).map(Some));
    Some(Match { environments: environments?, services: services?, labels: labels?, when: when? })
}

fn texts(field: &Field<'_>) -> Option<BTreeSet<String>> {
    Some(field.texts()?.into_iter().collect())
}
