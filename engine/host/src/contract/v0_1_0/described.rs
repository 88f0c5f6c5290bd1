//! From the guest's types to the core's: what a plugin says of itself.

use sluice_core::model::enough::{Enough, Extent};
use sluice_core::model::observation::{Query, Range};
use sluice_runner::ports::plugins::{ConfigProblem, Description};

use super::answered::{bounded, few, text};
use super::bindings::types;
use crate::config::Limits;
use crate::contract::wording::plain;
use crate::failure::Failure;

/// A schema is one text, and longer than others.
const SCHEMA_BYTES: usize = 256 << 10;
/// Whatever was served before that, another service served.
const MOST_WINDOW_MS: u64 = 30 * 24 * 3_600_000;

pub(crate) fn description(given: types::Description, limits: &Limits) -> Result<Description, Failure> {
    few("queries", given.queries.len(), limits)?;
    let mut queries: Vec<Query> = Vec::with_capacity(given.queries.len());
    for one in given.queries {
        let one = query(one, limits)?;
        if queries.iter().any(|other| other.name == one.name) {
            return Err(Failure::BadOutput(format!("two queries named `{}`", one.name)));
        }
        queries.push(one);
    }
    let schema = bounded("a config schema", given.config_schema, SCHEMA_BYTES)?;
    let config_schema = serde_json::from_str(&schema)
        .map_err(|error| Failure::BadOutput(format!("a config schema that is not JSON: {error}")))?;
    Ok(Description {
        name: text("a name", &given.name, limits)?,
        version: text("a version", &given.version, limits)?,
        summary: text("a summary", &given.summary, limits)?,
        config_schema,
        queries,
    })
}

pub(crate) fn problems(
    given: Vec<types::ConfigError>,
    limits: &Limits,
) -> Result<Vec<ConfigProblem>, Failure> {
    if given.is_empty() {
        return Err(Failure::BadOutput("no description, and no reason why".to_owned()));
    }
    let problem = |one: types::ConfigError| {
        let path = text("a path", &one.path, limits)?;
        Ok(ConfigProblem { path, message: plain(&text("a message", &one.message, limits)?) })
    };
    // The first are enough to go on with.
    given.into_iter().take(limits.list).map(problem).collect()
}

fn query(given: types::Query, limits: &Limits) -> Result<Query, Failure> {
    if given.name.is_empty() || given.expr.is_empty() {
        return Err(Failure::BadOutput("a query without a name or a text".to_owned()));
    }
    let range = given.range.map(|range| Range { window_ms: range.window, step_ms: range.step });
    let name = text("the name of a query", &given.name, limits)?;
    let enough = enough(&given.attrs, limits)
        .map_err(|why| Failure::BadOutput(format!("a query `{name}` of which {why}")))?;
    Ok(Query { name, expr: text("the text of a query", &given.expr, limits)?, range, enough })
}

/// How many events a query wants, by its attributes.
pub(super) fn enough(given: &[types::Attr], limits: &Limits) -> Result<Option<Enough>, String> {
    let attr = |key: &str| given.iter().find(|one| one.key == key).map(|one| one.value.as_str());
    let number = |key: &str| match attr(key).map(str::parse::<u64>) {
        None => Ok(None),
        Some(Ok(number)) if number > 0 => Ok(Some(number)),
        Some(_) => Err(format!("`{key}` is no whole number above 0")),
    };
    let (least, window, most) = (number("min-events")?, number("window-ms")?, number("max-window-ms")?);
    let Some(events) = attr("events") else {
        let alone = least.or(window).or(most).is_some();
        let why = "`min-events` or a window is said, and no `events` that count";
        return if alone { Err(why.to_owned()) } else { Ok(None) };
    };
    if events.len() > limits.text {
        return Err(format!("`events` has more than {} bytes", limits.text));
    }
    let extent = match (window, most) {
        (None, None) => None,
        (Some(window_ms), None) => Some(Extent { window_ms, most_ms: window_ms }),
        (Some(window_ms), Some(most_ms)) if window_ms <= most_ms && most_ms <= MOST_WINDOW_MS => {
            Some(Extent { window_ms, most_ms })
        }
        _ => return Err("`max-window-ms` is not between `window-ms` and 30 days".to_owned()),
    };
    Ok(Some(Enough { events: events.to_owned(), least: least.unwrap_or(1), extent }))
}
