//! Cases: what the rules of a policy must say of a context. They stand in the document, or in files beside it.

use std::collections::BTreeMap;

use serde::Deserialize;
use sluice_core::document::problem::{Problems, listed, nearest};
use sluice_core::document::reader::{Field, Fields, Reading};
use sluice_core::document::source::Source;
use sluice_core::document::tree::{Limits, locate, parse_into};
use sluice_core::model::policy::{Moment, RuleResult};

use super::Rule;
use super::rule::MOMENTS;
use crate::context::Context;

/// One case.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    pub name: String,
    pub on: Moment,
    pub context: Context,
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

pub(super) const FIELDS: &[&str] = &["name", "on", "context", "expect"];
const FILE_FIELDS: &[&str] = &["on", "context", "expect"];
const MAX_CASES: usize = 1000;

/// Reads a file with one case, which has the name of the file.
pub fn read_case(source: &Source, name: &str) -> Result<Case, Problems> {
    let mut problems = Problems::new();
    let node = parse_into(source, Limits::default(), &mut problems);
    let reading = Reading::new(source, "policy");
    reading.include(problems);
    let case = node.as_ref().and_then(|node| {
        let root = reading.root(node);
        of_fields(&root.fields(FILE_FIELDS)?, Some(name.to_owned()))
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
            of_fields(&fields, name)
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

fn of_fields(fields: &Fields<'_>, name: Option<String>) -> Option<Case> {
    let on = fields.read("on", "shape", |field| field.one_of(&MOMENTS));
    let context = fields.read_or("context", Context::default(), context);
    let expect = fields.read("expect", "{step-is-small: fail}", expected);
    Some(Case { name: name?, on: on?, context: context?, expect: expect? })
}

/// A context of which only what matters is given. `now` may be written as a time.
fn context(field: &Field<'_>) -> Option<Context> {
    let mut json = field.node().to_json();
    if let Some(now) = json.get("now").and_then(|now| now.as_str()) {
        let Ok(time) = now.parse::<jiff::Timestamp>() else {
            let message = format!("`{now}` is no time");
            return field.refuse("wrong-value", message, "write `now: 2026-11-23T08:30:00Z`");
        };
        json["now"] = time.as_millisecond().into();
    }
    match serde_path_to_error::deserialize(json) {
        Ok(context) => Some(context),
        Err(error) => {
            let pointer = format!("/{}", error.path().to_string().replace('.', "/"));
            let message = format!("this is no context: {}", error.inner());
            let span = locate(field.node(), &pointer);
            let problem = field.reading().problem("wrong-value", span, message, "in this context");
            field.reading().report(problem.with_help("see what rules can see in policies/README.md"));
            None
        }
    }
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
