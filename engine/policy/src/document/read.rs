//! Reads a policy document, and tells everything that is wrong with it at once.

use std::collections::{BTreeMap, BTreeSet};

use sluice_core::document::problem::{Problem, Problems, quoted};
use sluice_core::document::reader::{Field, Fields, Reading};
use sluice_core::document::source::{Source, Span};
use sluice_core::document::tree::{Limits, Node, locate, parse_into};

use super::known::Known;
use super::{
    API_VERSION, Case, Inputs, KIND, Match, Params, Policy, Rule, Stands, Waiver, cases, inputs, params,
    rule, variables, waivers,
};
use crate::expression::Kind;
use crate::vocabulary;

pub(super) const FIELDS: &[&str] = &[
    "apiVersion",
    "kind",
    "name",
    "description",
    "params",
    "inputs",
    "match",
    "variables",
    "rules",
    "waivers",
    "tests",
];
pub(super) const MATCH_FIELDS: &[&str] =
    &["environments", "services", "teams", "labels", "strategies", "when"];

/// Reads one policy.
pub fn read(source: &Source) -> Result<Policy, Problems> {
    let (policy, hints) = read_with_hints(source);
    policy.map(|policy| Policy { hints, ..policy })
}

/// Reads one policy, or what is wrong with it; and what is not wrong and surely not meant, in either case.
pub fn read_with_hints(source: &Source) -> (Result<Policy, Problems>, Vec<Problem>) {
    let mut problems = Problems::new();
    let node = parse_into(source, Limits::default(), &mut problems);
    let reading = Reading::new(source, "policy");
    reading.include(problems);
    let mut hints = Vec::new();
    let policy = node.as_ref().and_then(|node| policy(&reading.root(node), &mut hints));
    let read = match policy {
        Some(policy) if reading.is_clean() => {
            Ok(Policy { stands: stands(source, node.as_ref(), &policy), ..policy })
        }
        other => Err(reading.finish(other).err().unwrap_or_default()),
    };
    (read, hints)
}

fn policy(root: &Field<'_>, hints: &mut Vec<Problem>) -> Option<Policy> {
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
    let read = params.clone().unwrap_or_default();
    let known = Known::new(vocabulary::scope(&read, names), vocabulary::domains(&read));
    let inputs = fields.read_or("inputs", Inputs::new(), |field| inputs::read(field, &known));
    let matching = fields.read_or("match", Match::default(), |field| matching(field, &known));
    inputs.iter().for_each(|inputs| inputs::learn(inputs, &known));
    let variables = fields.read_or("variables", Vec::new(), |field| variables::read(field, &known));
    let rules = fields.read("rules", "[...]", |field| rule::read(field, &known));
    let waivers = fields.read_or("waivers", Vec::new(), waivers::read);
    let tests = fields.read_or("tests", Vec::new(), cases::read);
    together(&fields, &known, rules.as_deref(), waivers.as_deref(), tests.as_deref());
    *hints = known.into_hints();
    Some(Policy {
        name: name?,
        description: description?,
        params: params?,
        matching: matching?,
        inputs: inputs?,
        variables: variables?,
        rules: rules?,
        waivers: waivers?,
        tests: tests?,
        hints: Vec::new(),
        name_span,
        stands: Stands::default(),
    })
}

/// Where the expressions of a policy stand.
fn stands(source: &Source, node: Option<&Node>, policy: &Policy) -> Stands {
    let rules = policy.rules.iter().enumerate();
    let rules = rules.map(|(at, rule)| (rule.id.clone(), format!("/rules/{at}/expr")));
    let variables = policy.variables.iter().map(|one| one.name.as_str());
    let variables = variables.map(|name| (format!("variables.{name}"), format!("/variables/{name}")));
    let when = policy.matching.when.iter().map(|_| (String::from("match.when"), String::from("/match/when")));
    let start = |pointer: &str| node.map_or(0, |node| locate(node, pointer).start);
    let parts = rules.chain(variables).chain(when).map(|(part, pointer)| (start(&pointer), part));
    let mut parts: Vec<(usize, String)> = parts.collect();
    parts.sort_unstable();
    let (mut line, mut from) = (1, 0);
    let mut lines = BTreeMap::new();
    for (start, part) in parts {
        let between = source.text.as_bytes().get(from..start).unwrap_or_default();
        line += between.iter().filter(|byte| **byte == b'\n').count();
        from = start;
        lines.insert(part, line);
    }
    Stands { document: source.name.clone(), lines }
}

/// Tells of parts that do not go together.
fn together(
    fields: &Fields<'_>,
    known: &Known,
    rules: Option<&[Rule]>,
    waivers: Option<&[Waiver]>,
    tests: Option<&[Case]>,
) {
    // What a rule reads that could not be read is not known.
    let Some(rules) = rules else { return };
    if let Some(field) = fields.optional("inputs") {
        inputs::check_read(&field, known);
    }
    if let Some(field) = fields.optional("variables") {
        variables::check_read(&field, known);
    }
    if let Some((field, waivers)) = fields.optional("waivers").zip(waivers) {
        waivers::check(&field, waivers, rules);
    }
    if let Some((field, tests)) = fields.optional("tests").zip(tests) {
        cases::check(&field, tests, rules);
    }
}

fn matching(field: &Field<'_>, known: &Known) -> Option<Match> {
    let fields = field.fields(MATCH_FIELDS)?;
    let environments = fields.read_or("environments", BTreeSet::new(), texts);
    let services = fields.read_or("services", BTreeSet::new(), texts);
    let teams = fields.read_or("teams", BTreeSet::new(), texts);
    let labels = fields.read_or("labels", Default::default(), Field::text_map);
    let strategies = fields.read_or("strategies", BTreeSet::new(), texts);
    let for_such = Match {
        environments: environments?,
        services: services?,
        teams: teams?,
        labels: labels?,
        strategies: strategies?,
        when: None,
    };
    // Of others the policy says nothing.
    known.learn(vocabulary::narrowed(&for_such));
    let when = fields.read_or("when", None, |field| known.expression(field, &Kind::Bool).map(Some));
    let when = when?;
    when.iter().for_each(|when| known.name(String::from("match.when"), Some(when)));
    Some(Match { when, ..for_such })
}

fn texts(field: &Field<'_>) -> Option<BTreeSet<String>> {
    Some(some_texts(field)?.into_iter().collect())
}

/// A list that says whom it is for: one without anybody would be for everybody.
pub(super) fn some_texts(field: &Field<'_>) -> Option<Vec<String>> {
    let texts = field.texts()?;
    if texts.is_empty() {
        let told = format!("{} is for nobody", quoted(field.path()));
        return field.refuse(
            "wrong-value",
            told,
            "name at least one, or leave the key out, which is for all",
        );
    }
    Some(texts)
}
