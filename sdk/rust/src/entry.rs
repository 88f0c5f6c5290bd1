//! From bytes to a plugin and back: the way of every call, in a component and in native tests alike.

use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::{Description, Plugin, Problem};

/// The most bytes of state that the engine takes.
pub const MAX_STATE: usize = 64 * 1024;

/// What a plugin says of itself under a config, or all that is wrong with it.
///
/// An empty text is no config at all: the answer is what holds for every config, without queries.
pub fn describe<P: Plugin>(config: &str) -> Result<Description, Vec<Problem>> {
    let queries = if config.is_empty() { Vec::new() } else { configured::<P>(config)?.queries() };
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<P>();
    Ok(Description {
        name: P::NAME.into(),
        version: P::VERSION.into(),
        summary: P::SUMMARY.into(),
        config_schema: schema.as_value().to_string(),
        queries,
    })
}

/// One call: reads config and state, runs the plugin, hands back its answer with the state after it.
pub fn run<P: Plugin, A>(
    config: &str,
    state: &[u8],
    call: impl FnOnce(&P, &mut P::State) -> Result<A, String>,
) -> Result<(A, Vec<u8>), String> {
    let plugin = configured::<P>(config).map_err(|problems| in_one_line(&problems))?;
    let mut state = read_state::<P>(state)?;
    let answer = call(&plugin, &mut state)?;
    Ok((answer, write_state(&state)?))
}

/// Reads a config and checks what it means.
pub fn configured<P: Plugin>(config: &str) -> Result<P, Vec<Problem>> {
    // By way of a value: its errors speak of the content alone, not of a line and column nobody wrote.
    let value: Value = serde_json::from_slice(config.as_bytes())
        .map_err(|error| vec![Problem::new("", format!("the config is not JSON: {error}"))])?;
    let plugin: P = serde_path_to_error::deserialize(value)
        .map_err(|error| vec![Problem::new(pointer(error.path()), error.inner().to_string())])?;
    let problems = plugin.validate();
    if problems.is_empty() { Ok(plugin) } else { Err(problems) }
}

fn read_state<P: Plugin>(bytes: &[u8]) -> Result<P::State, String> {
    if bytes.is_empty() {
        return Ok(P::State::default());
    }
    let value: Value =
        serde_json::from_slice(bytes).map_err(|error| format!("the state is not JSON: {error}"))?;
    serde_json::from_value(value).map_err(|error| format!("the state is of another form: {error}"))
}

fn write_state<S: Serialize>(state: &S) -> Result<Vec<u8>, String> {
    let value =
        serde_json::to_value(state).map_err(|error| format!("the state can not be written: {error}"))?;
    if value.is_null() {
        return Ok(Vec::new());
    }
    let text = value.to_string();
    if text.len() > MAX_STATE {
        return Err(format!("the state has {} bytes, more than the {MAX_STATE} that are kept", text.len()));
    }
    Ok(text.into_bytes())
}

fn in_one_line(problems: &[Problem]) -> String {
    let mut line = String::from("the config is wrong");
    for problem in problems {
        line.push_str("; ");
        if !problem.path.is_empty() {
            line.push_str(&problem.path);
            line.push_str(": ");
        }
        line.push_str(&problem.message);
    }
    line
}

/// A path as a JSON pointer (RFC 6901).
fn pointer(path: &Path) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                text.push('/');
                text.push_str(&index.to_string());
            }
            Segment::Map { key } => {
                text.push('/');
                for character in key.chars() {
                    match character {
                        '~' => text.push_str("~0"),
                        '/' => text.push_str("~1"),
                        other => text.push(other),
                    }
                }
            }
            // The variant of an enum is written as a key of the document, or is the value itself.
            Segment::Enum { variant } => {
                text.push('/');
                text.push_str(variant);
            }
            Segment::Unknown => {}
        }
    }
    text
}
