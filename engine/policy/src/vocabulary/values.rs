//! Values that rules see, made of the facts of a context.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::facts;
use crate::cel::field_path;
use crate::context::{
    ApprovalFacts, CheckFacts, Context, OverrideFacts, ReleaseFacts, RevisionFacts, ShapeFacts, StepFacts,
};
use crate::expression::{Key, MAX_TEXT, Map, Tracked, Value};

pub(super) fn moment(context: &Context) -> Timestamp {
    facts::timestamp(context.now)
}

pub(super) fn shape_value(shape: &ShapeFacts) -> Value {
    let revision = |facts: RevisionFacts| {
        record([("weight", Value::Double(facts.weight)), ("instances", Value::Int(facts.instances.into()))])
    };
    record([
        ("stable", revision(shape.stable)),
        ("candidate", revision(shape.candidate)),
        ("baseline", revision(shape.baseline)),
    ])
}

pub(super) fn release_value(release: &ReleaseFacts) -> Value {
    record([
        ("service", Value::text(release.service.as_str())),
        ("environment", Value::text(release.environment.as_str())),
        ("labels", texts_by_name(&release.labels)),
        ("version", Value::text(release.version.as_str())),
        ("stable_version", Value::text(release.stable_version.as_str())),
        ("strategy", Value::text(release.strategy.as_str())),
        ("comment", Value::text(release.comment.as_str())),
        ("who", Value::text(release.who.as_str())),
        ("tickets", texts(&release.tickets)),
        ("first", Value::Bool(release.first)),
    ])
}

pub(super) fn step_value(step: &StepFacts) -> Value {
    record([
        ("name", Value::text(step.name.as_str())),
        ("index", Value::Int(step.index.into())),
        ("seconds", Value::Double(step.seconds)),
        ("observed_seconds", Value::Double(step.observed_seconds)),
    ])
}

pub(super) fn override_value(by: &OverrideFacts) -> Value {
    record([("who", Value::text(by.who.as_str())), ("comment", Value::text(by.comment.as_str()))])
}

pub(super) fn checks_value(checks: &BTreeMap<String, CheckFacts>) -> Value {
    let checks = checks.iter().map(|(name, check)| (name.clone(), check_value(name, check)));
    measured("checks", checks.collect(), [])
}

/// The names of the fields are made once for all.
pub(super) fn approvals_value(approvals: &[ApprovalFacts]) -> Value {
    let names = ["comment", "group", "who"].map(Key::text);
    let empty = Value::text("");
    let text = |text: &str| if text.is_empty() { empty.clone() } else { Value::text(text) };
    let one = |approval: &ApprovalFacts| {
        let texts = [cut(&approval.comment), approval.group.as_str(), approval.who.as_str()];
        fields(names.iter().cloned().zip(texts.map(text)))
    };
    Value::list(approvals.iter().map(one))
}

pub(super) fn check_value(name: &str, check: &CheckFacts) -> Value {
    let path = field_path("checks", name);
    let mut fields = BTreeMap::from([
        (String::from("verdict"), Value::text(check.verdict.name())),
        // A reason comes from a plugin; a long one is no ground to refuse anything.
        (String::from("reason"), Value::text(cut(&check.reason))),
        (String::from("values"), numbers(&field_path(&path, "values"), &check.values)),
    ]);
    if let Some(score) = check.score.filter(|score| score.is_finite()) {
        fields.insert(String::from("score"), Value::Double(score));
    }
    measured(&path, fields, [])
}

/// Numbers by name, those that are missing or not finite taken out.
pub(super) fn numbers(path: &str, values: &BTreeMap<String, Option<f64>>) -> Value {
    let there = values.iter().filter_map(|(name, value)| {
        value.filter(|value| value.is_finite()).map(|value| (name.clone(), Value::Double(value)))
    });
    measured(path, there.collect(), values.keys().cloned())
}

/// What is not in it was not measured.
pub(super) fn measured(
    path: &str,
    fields: BTreeMap<String, Value>,
    known: impl IntoIterator<Item = String>,
) -> Value {
    let entries = fields.into_iter().map(|(name, value)| (Key::text(name), value)).collect();
    let tracked = Some(Tracked { path: path.into(), known: known.into_iter().collect() });
    Value::Map(Arc::new(Map { entries, tracked }))
}

pub(super) fn texts(texts: &[String]) -> Value {
    Value::list(texts.iter().map(|text| Value::text(text.as_str())))
}

pub(super) fn record<const N: usize>(named: [(&str, Value); N]) -> Value {
    fields(named.into_iter().map(|(name, value)| (Key::text(name), value)))
}

/// The few fields of a record one by one: collecting would sort them first.
fn fields(named: impl Iterator<Item = (Key, Value)>) -> Value {
    let mut map = Map::default();
    named.for_each(|(name, value)| drop(map.entries.insert(name, value)));
    Value::Map(Arc::new(map))
}

pub(super) fn texts_by_name(texts: &BTreeMap<String, String>) -> Value {
    Value::map(texts.iter().map(|(name, text)| (Key::text(name.as_str()), Value::text(text.as_str()))))
}

pub(super) fn cut(text: &str) -> &str {
    let end = (0..=MAX_TEXT.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}
