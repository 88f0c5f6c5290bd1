//! The names that rules can read, with their kinds, and the values that a context gives them.

mod bounds;
mod domains;
mod facts;
mod own;
mod shared;
mod values;

use crate::context::Context;
use crate::document::{Input, Inputs, Params};
use crate::expression::{Expression, Kind, Scope, TooMuch, Value, Variables, within_limits};
use crate::time::{check_zone, local};
use facts::{other_kind, plan_kind, recent_kind};
use own::Own;
use shared::Shared;
use values::{measured, moment};

pub(crate) use domains::{domains, narrowed};

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

/// What a context gives to the rules of every policy, to be evaluated against.
/// Each name is made when it is first read.
pub fn variables(context: &Context) -> Result<Variables<'_>, TooMuch> {
    bounds::check(context)?;
    Ok(Variables::of(Shared::new(context)))
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
    fact: impl Fn(&str, &Expression) -> Option<Value>,
) -> Value {
    let value = |name: &str, input: &Input| match input {
        Input::Metric(name) => {
            let value = context.metrics.get(name).copied().flatten();
            value.filter(|value| value.is_finite()).map(Value::Double)
        }
        Input::Label(name) => context.release.labels.get(name).map(|text| Value::text(text.as_str())),
        Input::Fact(expression) => fact(name, expression),
    };
    let there = inputs.iter().filter_map(|(name, input)| Some((name.clone(), value(name, input)?)));
    measured("inputs", there.collect(), inputs.keys().cloned())
}

/// These, and what is different for each policy: its parameters, and the time in its zone.
pub(crate) fn own<'v>(
    shared: &'v Variables<'v>,
    context: &'v Context,
    params: &'v Params,
) -> Result<Variables<'v>, String> {
    let zone = zone(params);
    if zone != "UTC" {
        check_zone(zone).map_err(|error| error.to_string())?;
    }
    for (name, param) in params {
        let of_param = |found: TooMuch| found.below(&format!("params.{name}")).to_string();
        within_limits(&param.default).map_err(of_param)?;
    }
    Ok(shared.within(Own::new(context, params)))
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
