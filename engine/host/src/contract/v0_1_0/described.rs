//! From the guest's types to the core's: what a plugin says of itself.

use sluice_core::model::observation::{Query, Range};
use sluice_runner::ports::plugins::{ConfigProblem, Description};

use super::answered::{bounded, few, text};
use super::bindings::types;
use crate::config::Limits;
use crate::contract::wording::plain;
use crate::failure::Failure;

/// A schema is one text, and longer than others.
const SCHEMA_BYTES: usize = 256 << 10;

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
    Ok(Query { name, expr: text("the text of a query", &given.expr, limits)?, range })
}
