//! The names that rules can read, with their kinds, and the values that a context gives them.

mod facts;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::cel::field_path;
use crate::context::{ApprovalFacts, CheckFacts, Context, RevisionFacts, ShapeFacts};
use crate::document::{Input, Inputs, Params};
use crate::expression::{Expression, Key, Kind, MAX_TEXT, Map, Moment, Scope, Tracked, Value};
use crate::time::{TimeError, local};
use facts::{other_kind, plan_kind, recent_kind};

/// The names that the rules of a policy with these parameters can read. Of parameters that are `written` and
/// could not be read, no more is known than that they are there.
pub fn scope<'a>(params: &Params, written: impl IntoIterator<Item = &'a str>) -> Scope {
    let revision = || Kind::record([("weight", Kind::Double), ("instances", Kind::Int)]);
    let shape =
        || Kind::record([("stable", revision()), ("candidate", revision()), ("baseline", revision())]);
    let check = Kind::record([
        ("verdict", Kind::Text),
        ("score", Kind::Double),
        ("reason", Kind::Text),
        ("values", Kind::map(Kind::Double)),
    ]);
    let written = written.into_iter().map(|name| (name.to_owned(), Kind::Unknown));
    let params = written.chain(params.iter().map(|(name, param)| (name.clone(), param.kind()))).collect();
    [
        ("release", release_kind()),
        ("current", shape()),
        ("proposed", shape()),
        ("step", step_kind()),
        ("plan", plan_kind()),
        ("recent", Kind::list(recent_kind())),
        ("others", Kind::list(other_kind())),
        ("checks", Kind::map(check)),
        ("metrics", Kind::map(Kind::Double)),
        ("approvals", Kind::list(approval_kind())),
        ("override", Kind::record([("who", Kind::Text), ("comment", Kind::Text)])),
        ("now", Kind::Time),
        ("time", time_kind()),
        ("params", Kind::Record(params)),
    ]
    .into_iter()
    .map(|(name, kind)| (name.to_owned(), kind))
    .collect()
}

/// What a context gives to the rules of every policy.
pub(crate) fn shared(context: &Context) -> [(&'static str, Value); 12] {
    let release = &context.release;
    let step = &context.step;
    let by = &context.by;
    let checks = context.checks.iter().map(|(name, check)| (name.clone(), check_value(name, check)));
    [
        (
            "release",
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
            ]),
        ),
        ("current", shape_value(&context.current)),
        ("proposed", shape_value(&context.proposed)),
        (
            "step",
            record([
                ("name", Value::text(step.name.as_str())),
                ("index", Value::Int(step.index.into())),
                ("seconds", Value::Double(step.seconds)),
                ("observed_seconds", Value::Double(step.observed_seconds)),
            ]),
        ),
        ("plan", facts::plan(&context.plan)),
        ("recent", Value::list(context.recent.iter().map(facts::recent))),
        ("others", Value::list(context.others.iter().map(facts::other))),
        ("checks", measured("checks", checks.collect(), [])),
        ("metrics", numbers("metrics", &context.metrics)),
        (
            "override",
            record([("who", Value::text(by.who.as_str())), ("comment", Value::text(by.comment.as_str()))]),
        ),
        ("approvals", Value::list(context.approvals.iter().map(approval_value))),
        ("now", Value::Timestamp(Moment::from_timestamp(moment(context)))),
    ]
}

/// The zone of a policy.
pub(crate) fn zone(params: &Params) -> &str {
    match params.get("zone").map(|param| &param.default) {
        Some(Value::String(zone)) => zone.as_ref(),
        _ => "UTC",
    }
}

/// The day that a policy's calendar shows.
pub(crate) fn today(context: &Context, params: &Params) -> Option<String> {
    local(moment(context), zone(params)).ok().map(|here| here.date)
}

/// The inputs of a policy that the release has, beside those that it lacks.
pub(crate) fn inputs(
    context: &Context,
    inputs: &Inputs,
    fact: impl Fn(&Expression) -> Option<Value>,
) -> Value {
    let value = |input: &Input| match input {
        Input::Metric(name) => {
            let value = context.metrics.get(name).copied().flatten();
            value.filter(|value| value.is_finite()).map(Value::Double)
        }
        Input::Label(name) => context.release.labels.get(name).map(|text| Value::text(text.as_str())),
        Input::Fact(expression) => fact(expression),
    };
    let there = inputs.iter().filter_map(|(name, input)| Some((name.clone(), value(input)?)));
    measured("inputs", there.collect(), inputs.keys().cloned())
}

/// What is different for each policy: its parameters, and the time in its zone.
pub(crate) fn own(context: &Context, params: &Params) -> Result<[(&'static str, Value); 2], TimeError> {
    let here = local(moment(context), zone(params))?;
    let time = record([
        ("date", Value::text(here.date)),
        ("weekday", Value::text(here.weekday)),
        ("hour", Value::Int(here.hour)),
        ("minute", Value::Int(here.minute)),
    ]);
    let params = params.iter().map(|(name, param)| (Key::text(name.as_str()), param.default.clone()));
    Ok([("time", time), ("params", Value::map(params))])
}

fn approval_kind() -> Kind {
    Kind::record([("who", Kind::Text), ("group", Kind::Text), ("comment", Kind::Text)])
}

fn release_kind() -> Kind {
    Kind::record([
        ("service", Kind::Text),
        ("environment", Kind::Text),
        ("labels", Kind::map(Kind::Text)),
        ("version", Kind::Text),
        ("stable_version", Kind::Text),
        ("strategy", Kind::Text),
        ("comment", Kind::Text),
        ("who", Kind::Text),
        ("tickets", Kind::list(Kind::Text)),
        ("first", Kind::Bool),
    ])
}

fn step_kind() -> Kind {
    Kind::record([
        ("name", Kind::Text),
        ("index", Kind::Int),
        ("seconds", Kind::Double),
        ("observed_seconds", Kind::Double),
    ])
}

fn time_kind() -> Kind {
    Kind::record([("date", Kind::Text), ("weekday", Kind::Text), ("hour", Kind::Int), ("minute", Kind::Int)])
}

fn moment(context: &Context) -> Timestamp {
    facts::timestamp(context.now)
}

fn shape_value(shape: &ShapeFacts) -> Value {
    let revision = |facts: RevisionFacts| {
        record([("weight", Value::Double(facts.weight)), ("instances", Value::Int(facts.instances.into()))])
    };
    record([
        ("stable", revision(shape.stable)),
        ("candidate", revision(shape.candidate)),
        ("baseline", revision(shape.baseline)),
    ])
}

fn approval_value(approval: &ApprovalFacts) -> Value {
    record([
        ("who", Value::text(approval.who.as_str())),
        ("group", Value::text(approval.group.as_str())),
        ("comment", Value::text(cut(&approval.comment))),
    ])
}

fn check_value(name: &str, check: &CheckFacts) -> Value {
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
fn numbers(path: &str, values: &BTreeMap<String, Option<f64>>) -> Value {
    let there = values.iter().filter_map(|(name, value)| {
        value.filter(|value| value.is_finite()).map(|value| (name.clone(), Value::Double(value)))
    });
    measured(path, there.collect(), values.keys().cloned())
}

/// What is not in it was not measured.
fn measured(path: &str, fields: BTreeMap<String, Value>, known: impl IntoIterator<Item = String>) -> Value {
    let entries = fields.into_iter().map(|(name, value)| (Key::text(name), value)).collect();
    let tracked = Some(Tracked { path: path.into(), known: known.into_iter().collect() });
    Value::Map(Arc::new(Map { entries, tracked }))
}

fn texts(texts: &[String]) -> Value {
    Value::list(texts.iter().map(|text| Value::text(text.as_str())))
}

fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::map(fields.map(|(name, value)| (Key::text(name), value)))
}

fn texts_by_name(texts: &BTreeMap<String, String>) -> Value {
    Value::map(texts.iter().map(|(name, text)| (Key::text(name.as_str()), Value::text(text.as_str()))))
}

fn cut(text: &str) -> &str {
    let end = (0..=MAX_TEXT.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}
