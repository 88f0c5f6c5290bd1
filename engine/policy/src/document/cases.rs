//! Cases: what the rules of a policy must say of a context. They stand in the document, or in files beside it.

use std::collections::BTreeMap;

use serde::Deserialize;
use sluice_core::document::problem::{Problems, listed, nearest};
use sluice_core::document::reader::{Field, Fields, Reading};
use sluice_core::document::source::Source;
use sluice_core::document::tree::{Limits, parse_into};
use sluice_core::model::policy::{Moment, RuleResult};

use super::Rule;
use super::given::{self, Given};
use super::rule::MOMENTS;
use crate::context::Context;

/// One case.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    pub name: String,
    pub on: Moment,
    pub given: Given,
    /// Values of the policy's parameters; the others have their defaults.
    pub params: BTreeMap<String, serde_json::Value>,
    /// A recorded context, by its path from the case's own, over which `context` is laid.
    pub fixture: Option<String>,
    /// The document in which it stands, and the line.
    pub document: String,
    pub line: usize,
    /// By the id of the rule. Every rule that is asked must be among them.
    pub expect: BTreeMap<String, Expected>,
}

/// What a rule must say.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    pub result: RuleResult,
    /// Compared where it is given.
    #[serde(default)]
    pub message: Option<String>,
}

pub(super) const FIELDS: &[&str] = &["name", "on", "params", "fixture", "context", "expect"];
const FILE_FIELDS: &[&str] = &["on", "params", "fixture", "context", "expect"];
const MAX_CASES: usize = 1000;

/// Reads a file with one case, which has the name of the file.
pub fn read_case(source: &Source, name: &str) -> Result<Case, Problems> {
    let mut problems = Problems::new();
    let node = parse_into(source, Limits::default(), &mut problems);
    let reading = Reading::new(source, "policy");
    reading.include(problems);
    let case = node.as_ref().and_then(|node| {
        let root = reading.root(node);
        of_fields(&root, &root.fields(FILE_FIELDS)?, Some(name.to_owned()))
    });
    reading.finish(case)
}

/// Reads `tests`.
pub(super) fn read(field: &Field<'_>) -> Option<Vec<Case>> {
    let list = field.list()?;
    if list.len() > MAX_CASES {
        let message = format!("{} cases are more than the limit of {MAX_CASES}", list.len());
        return field.refuse("too-much", message, "put them into files beside the policy");
    }
    let read: Vec<Option<Case>> = list
        .iter()
        .map(|item| {
            let fields = item.fields(FIELDS)?;
            let name = fields.read("name", "large-step", Field::text);
            of_fields(item, &fields, name)
        })
        .collect();
    read.into_iter().collect()
}

/// Tells of cases of rules that are not there, and of two with one name.
pub(super) fn check(field: &Field<'_>, cases: &[Case], rules: &[Rule]) {
    let items = field.list().unwrap_or_default();
    for (at, (item, case)) in items.iter().zip(cases).enumerate() {
        if cases[..at].iter().any(|first| first.name == case.name) {
            let message = format!("the case `{}` stands twice", case.name);
            item.refuse::<()>("duplicate-case", message, "give one of the two another `name`");
        }
        for rule in case.expect.keys().filter(|rule| rules.iter().all(|one| one.id != **rule)) {
            let ids = rules.iter().map(|one| one.id.as_str());
            let help = match nearest(rule, ids.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", listed(ids)),
            };
            item.refuse::<()>("unknown-rule", format!("there is no rule `{rule}`"), &help);
        }
    }
}

fn of_fields(field: &Field<'_>, fields: &Fields<'_>, name: Option<String>) -> Option<Case> {
    let on = fields.read("on", "shape", |field| field.one_of(&MOMENTS));
    let fixture = fields.read_or("fixture", None, |field| field.text().map(Some));
    let params = fields.read_or("params", BTreeMap::new(), params);
    let given = fields.read_or("context", Given::default(), given::read);
    let expect = fields.read("expect", "{step-is-small: fail}", expected);
    let span = field.span();
    let source = field.reading().source(span);
    let (document, line) = (source.name.clone(), source.position(span.start).0);
    Some(Case {
        name: name?,
        on: on?,
        given: given?,
        params: params?,
        fixture: fixture?,
        document,
        line,
        expect: expect?,
    })
}

impl Case {
    /// What the rules are asked with.
    pub fn context(&self) -> &Context {
        &self.given.context
    }
}

fn params(field: &Field<'_>) -> Option<BTreeMap<String, serde_json::Value>> {
    let entries = field.entries()?;
    Some(entries.iter().map(|(name, field)| (name.value.to_owned(), field.node().to_json())).collect())
}

/// `rule: pass`, or `rule: {result: fail, message: why}`.
fn expected(field: &Field<'_>) -> Option<BTreeMap<String, Expected>> {
    let mut expected = BTreeMap::new();
    for (rule, wanted) in field.entries()? {
        let json = match wanted.node().as_text() {
            Some(word) => serde_json::json!({ "result": word }),
            None => wanted.node().to_json(),
        };
        match serde_json::from_value(json) {
            Ok(wanted) => drop(expected.insert(rule.value.to_owned(), wanted)),
            Err(error) => {
                let message = format!("this is nothing that a rule can say: {error}");
                return wanted.refuse(
                    "wrong-value",
                    message,
                    "write for example `pass`, or `{result: fail}`",
                );
            }
        }
    }
    Some(expected)
}
