//! Expressions: what they give, what is told of bad ones, and what hostile ones can not do.

mod faults;
mod hostile;
mod never;
mod oracle;
mod properties;
mod values;

use std::sync::Arc;

use sluice_policy::expression::{
    Expression, Fault, Key, Kind, Map, Moment, Scope, Tracked, Value, Variables, compile,
};

/// Names of every kind.
fn scope() -> Scope {
    let names = [
        ("yes", Kind::Bool),
        ("count", Kind::Int),
        ("share", Kind::Double),
        ("word", Kind::Text),
        ("words", Kind::list(Kind::Text)),
        ("now", Kind::Time),
        ("release", Kind::record([("first", Kind::Bool), ("labels", Kind::map(Kind::Text))])),
        ("metrics", Kind::map(Kind::Double)),
    ];
    names.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect()
}

fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::map(fields.map(|(name, value)| (Key::text(name), value)))
}

fn variables() -> Variables<'static> {
    let labels = record([("team", Value::text("shop")), ("tier", Value::text("1"))]);
    let measured = [("a.rate", 0.5), ("latency", 20.0)];
    let metrics = Map {
        entries: measured.map(|(name, value)| (Key::text(name), Value::Double(value))).into(),
        tracked: Some(Tracked {
            path: "metrics".into(),
            known: ["a.rate", "latency", "gone"].map(String::from).into(),
        }),
    };
    let now = Moment::from_timestamp("2026-11-23T12:00:00Z".parse().unwrap());
    Variables::new([
        ("yes", Value::Bool(true)),
        ("count", Value::Int(3)),
        ("share", Value::Double(12.5)),
        ("word", Value::text("v2-rc")),
        ("words", Value::list(["Mon", "Fri"].map(Value::text))),
        ("now", Value::Timestamp(now)),
        ("release", record([("first", Value::Bool(false)), ("labels", labels)])),
        ("metrics", Value::Map(Arc::new(metrics))),
    ])
    .unwrap()
}

fn condition(source: &str) -> Result<Expression, Vec<Fault>> {
    compile(source, &scope(), &Kind::Bool)
}

/// What an expression gives, in one line.
fn said(source: &str) -> String {
    let expression = compile(source, &scope(), &Kind::Unknown).unwrap_or_else(|faults| panic!("{faults:?}"));
    let evaluated = expression.evaluate(&variables());
    match (evaluated.missing.as_slice(), evaluated.value) {
        ([], Ok(value)) => value.to_string(),
        ([], Err(error)) => format!("error: {error}"),
        (missing, _) => format!("missing: {}", missing.join(", ")),
    }
}
