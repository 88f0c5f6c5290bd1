//! Fixtures: a context that was recorded, written so that a case can be made of it.

use serde_json::Value;
use sluice_core::model::policy::RuleOutcome;
use sluice_policy::context::{CONTEXT_VERSION, Context};

use super::recorded::Asked;

/// A context as a file.
pub fn context(context: &Context) -> String {
    let mut json = serde_json::to_value(context).unwrap_or_default();
    json["now"] = moment(context.now);
    format!("version: {CONTEXT_VERSION}\n{}", yaml(&json, 0))
}

/// A whole case of one policy: what it saw, and what its rules said.
pub fn case(asked: &Asked, policy: &str) -> String {
    let mut json = serde_json::to_value(&asked.context).unwrap_or_default();
    json["now"] = moment(asked.context.now);
    let expected = |one: &RuleOutcome| {
        (one.rule.clone(), serde_json::json!({ "result": one.result, "message": one.message }))
    };
    let own = asked.outcomes.iter().filter(|one| one.policy == policy);
    let case = serde_json::json!({
        "on": asked.moment,
        "context": json,
        "expect": own.map(expected).collect::<serde_json::Map<String, Value>>(),
    });
    yaml(&case, 0)
}

fn moment(now: u64) -> Value {
    let time = i64::try_from(now).ok().and_then(|now| jiff::Timestamp::from_millisecond(now).ok());
    time.map_or_else(|| now.into(), |time| time.to_string().into())
}

/// A value in YAML's block style; texts are in quotes, as JSON writes them.
fn yaml(value: &Value, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let inner = |value: &Value| match value {
        Value::Object(fields) if !fields.is_empty() => format!("\n{}", yaml(value, depth + 1)),
        Value::Array(items) if !items.is_empty() => format!("\n{}", yaml(value, depth + 1)),
        other => format!(" {other}\n"),
    };
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| format!("{indent}{}:{}", key(name), inner(value))).collect()
        }
        Value::Array(items) => items.iter().map(|item| format!("{indent}- {item}\n")).collect(),
        other => format!("{indent}{other}\n"),
    }
}

/// Plain where it can be nothing but a text.
fn key(name: &str) -> String {
    let is_plain = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|one| one.is_ascii_alphanumeric() || "_-".contains(one))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&name);
    if is_plain || name == "on" { name.to_owned() } else { Value::from(name).to_string() }
}
