//! Expressions: what they give, what is told of bad ones, and what hostile ones can not do.

mod faults;
mod hostile;
mod properties;
mod values;

use sluice_policy::expression::{Absent, Expression, Fault, Kind, Record, Scope, Value, Variables, compile};

/// Names of every kind.
fn scope() -> Scope {
    let names = [
        ("yes", Kind::Bool),
        ("count", Kind::Int),
        ("share", Kind::Double),
        ("word", Kind::Text),
        ("words", Kind::Texts),
        ("now", Kind::Time),
        ("release", Kind::record([("first", Kind::Bool), ("labels", Kind::map(Kind::Text))])),
        ("metrics", Kind::map(Kind::Double)),
    ];
    names.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect()
}

fn variables() -> Variables<'static> {
    let labels = Value::record([("team", Value::text("shop")), ("tier", Value::text("1"))]);
    let measured = [("a.rate", 0.5), ("latency", 20.0)];
    let metrics = Record {
        fields: measured.map(|(name, value)| (name.to_owned(), Value::Double(value))).into(),
        absent: Absent::Missing(["a.rate", "latency", "gone"].map(String::from).into()),
    };
    Variables::new([
        ("yes", Value::Bool(true)),
        ("count", Value::Int(3)),
        ("share", Value::Double(12.5)),
        ("word", Value::text("v2-rc")),
        ("words", Value::Texts(vec![String::from("Mon"), String::from("Fri")])),
        ("now", Value::Time("2026-11-23T12:00:00Z".parse().unwrap())),
        ("release", Value::record([("first", Value::Bool(false)), ("labels", labels)])),
        ("metrics", Value::Record(metrics)),
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
