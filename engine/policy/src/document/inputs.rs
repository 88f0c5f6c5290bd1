//! Inputs: what a policy says that it reads, with the kind of each. What a release does not have is missing, and
//! never a mistake.

use std::collections::BTreeMap;

use serde::Serialize;
use sluice_core::document::reader::Field;

use super::known::Known;
use super::params::is_identifier;
use crate::expression::{Expression, Kind};

/// Inputs by name, as `inputs.NAME`.
pub type Inputs = BTreeMap<String, Input>;

/// Where an input comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// `check.measurement`.
    Metric(String),
    /// A label of the release.
    Label(String),
    /// Anything else that rules can see.
    Fact(Expression),
}

pub(super) const FIELDS: &[&str] = &["metric", "label", "fact"];

/// Reads `inputs`.
pub(super) fn read(field: &Field<'_>, known: &Known) -> Option<Inputs> {
    let mut inputs = Inputs::new();
    for (name, input) in field.entries()? {
        if !is_identifier(name.value) {
            let message = format!("`{}` can not be read as `inputs.{}`", name.value, name.value);
            let problem = field.reading().problem("wrong-name", name.span, message, "not a name for rules");
            field.reading().report(problem.with_help("use letters, digits and `_`, a letter first"));
            continue;
        }
        let read = one(&input, known);
        // An input that could not be read is told of once, not again wherever it is used.
        let kind = read.as_ref().map_or(Kind::Unknown, Input::kind);
        known.add("inputs", name.value, kind);
        inputs.extend(read.map(|input| (name.value.to_owned(), input)));
    }
    Some(inputs)
}

/// What inputs stand for, and can be.
pub(super) fn learn(inputs: &Inputs, known: &Known) {
    for (name, input) in inputs {
        match input {
            Input::Metric(_) => known.name(format!("inputs.{name}"), None),
            Input::Fact(fact) => known.name(format!("inputs.{name}"), Some(fact)),
            Input::Label(_) => {}
        }
        let domain = match input {
            Input::Metric(_) => None,
            Input::Label(label) => known.domain(&format!("release.labels.{label}")),
            Input::Fact(fact) => fact.domain().cloned(),
        };
        known.learn(domain.map(|domain| (format!("inputs.{name}"), domain)));
    }
}

/// Tells of inputs that nothing reads: most often the rule means another one.
pub(super) fn check_read(field: &Field<'_>, known: &Known) {
    for (name, _) in field.entries().unwrap_or_default() {
        if !known.is_read("inputs", name.value) {
            let message = format!("the input `{}` is never read", name.value);
            let problem = field.reading().problem("unread-input", name.span, message, "declared here");
            let help = format!("read it as `inputs.{}` in a rule, or leave it out", name.value);
            field.reading().report(problem.with_help(help));
        }
    }
}

impl Input {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Metric(_) => Kind::Double,
            Self::Label(_) => Kind::Text,
            Self::Fact(fact) => fact.kind().clone(),
        }
    }
}

fn one(field: &Field<'_>, known: &Known) -> Option<Input> {
    let fields = field.fields(FIELDS)?;
    let metric = fields.optional("metric").map(|metric| metric.text().map(Input::Metric));
    let label = fields.optional("label").map(|label| label.text().map(Input::Label));
    let fact = fields.optional("fact").map(|fact| known.expression(&fact, &Kind::Unknown).map(Input::Fact));
    let mut given = [metric, label, fact].into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(input), None) => input,
        (None, _) => field.refuse(
            "missing-key",
            String::from("an input needs a source"),
            "write `metric: errors.rate`, `label: tier` or `fact: release.comment`",
        ),
        _ => field.refuse(
            "wrong-value",
            String::from("an input has one source"),
            "leave one of `metric`, `label` and `fact`",
        ),
    }
}
