//! The names that rules can read, with their kinds, and the values that a context gives them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::context::{CheckFacts, Context, RevisionFacts, ShapeFacts};
use crate::document::Params;
use crate::expression::{Absent, Kind, MAX_TEXT, Record, Scope, Value};
use crate::time::{TimeError, local};

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
        ("checks", Kind::map(check)),
        ("metrics", Kind::map(Kind::Double)),
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
pub(crate) fn shared(context: &Context) -> [(&'static str, Value); 8] {
    let release = &context.release;
    let step = &context.step;
    let by = &context.by;
    let checks = context.checks.iter().map(|(name, check)| (name.clone(), check_value(check)));
    [
        (
            "release",
            Value::record([
                ("service", Value::text(&release.service)),
                ("environment", Value::text(&release.environment)),
                ("labels", texts_by_name(&release.labels)),
                ("version", Value::text(&release.version)),
                ("stable_version", Value::text(&release.stable_version)),
                ("strategy", Value::text(&release.strategy)),
                ("comment", Value::text(&release.comment)),
                ("who", Value::text(&release.who)),
                ("first", Value::Bool(release.first)),
            ]),
        ),
        ("current", shape_value(&context.current)),
        ("proposed", shape_value(&context.proposed)),
        (
            "step",
            Value::record([
                ("name", Value::text(&step.name)),
                ("index", Value::Int(step.index.into())),
                ("seconds", Value::Double(step.seconds)),
                ("observed_seconds", Value::Double(step.observed_seconds)),
            ]),
        ),
        ("checks", measured(checks.collect(), [])),
        ("metrics", numbers(&context.metrics)),
        ("override", Value::record([("who", Value::text(&by.who)), ("comment", Value::text(&by.comment))])),
        ("now", Value::Time(moment(context))),
    ]
}

/// What is different for each policy: its parameters, and the time in its zone.
pub(crate) fn own(context: &Context, params: &Params) -> Result<[(&'static str, Value); 2], TimeError> {
    let zone = match params.get("zone").map(|param| &param.default) {
        Some(Value::Text(zone)) => zone.as_str(),
        _ => "UTC",
    };
    let here = local(moment(context), zone)?;
    let time = Value::record([
        ("date", Value::Text(here.date)),
        ("weekday", Value::text(here.weekday)),
        ("hour", Value::Int(here.hour)),
        ("minute", Value::Int(here.minute)),
    ]);
    let fields = params.iter().map(|(name, param)| (name.clone(), param.default.clone())).collect();
    Ok([("time", time), ("params", Value::Record(Record { fields, absent: Absent::Mistake }))])
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

/// Milliseconds beyond what a calendar holds are its last moment.
fn moment(context: &Context) -> Timestamp {
    let milliseconds = i64::try_from(context.now).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
}

fn shape_value(shape: &ShapeFacts) -> Value {
    let revision = |facts: RevisionFacts| {
        Value::record([
            ("weight", Value::Double(facts.weight)),
            ("instances", Value::Int(facts.instances.into())),
        ])
    };
    Value::record([
        ("stable", revision(shape.stable)),
        ("candidate", revision(shape.candidate)),
        ("baseline", revision(shape.baseline)),
    ])
}

fn check_value(check: &CheckFacts) -> Value {
    let mut fields = BTreeMap::from([
        (String::from("verdict"), Value::text(check.verdict.name())),
        // A reason comes from a plugin; a long one is no ground to refuse anything.
        (String::from("reason"), Value::Text(cut(&check.reason))),
        (String::from("values"), numbers(&check.values)),
    ]);
    if let Some(score) = check.score.filter(|score| score.is_finite()) {
        fields.insert(String::from("score"), Value::Double(score));
    }
    measured(fields, [])
}

/// Numbers by name, those that are missing or not finite taken out.
fn numbers(values: &BTreeMap<String, Option<f64>>) -> Value {
    let there = values.iter().filter_map(|(name, value)| {
        value.filter(|value| value.is_finite()).map(|value| (name.clone(), Value::Double(value)))
    });
    measured(there.collect(), values.keys().cloned())
}

fn measured(fields: BTreeMap<String, Value>, known: impl IntoIterator<Item = String>) -> Value {
    Value::Record(Record { fields, absent: Absent::Missing(known.into_iter().collect()) })
}

fn texts_by_name(texts: &BTreeMap<String, String>) -> Value {
    let fields = texts.iter().map(|(name, text)| (name.clone(), Value::text(text))).collect();
    Value::Record(Record { fields, absent: Absent::Mistake })
}

fn cut(text: &str) -> String {
    let end = (0..=MAX_TEXT.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text[..end].to_owned()
}
