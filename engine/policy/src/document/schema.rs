//! JSON Schema of policy documents, for editors.

use serde_json::{Value, json};

use super::params::TYPES;
use super::rule::{ENFORCEMENTS, MAX_RULES, MOMENTS, ON_MISSING};
use super::{API_VERSION, KIND};
use crate::expression::limits;

/// The schema. What it can not say (that expressions compile, that ids are unique) is told on loading.
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Sluice deployment policy",
        "type": "object",
        "required": ["apiVersion", "kind", "name", "rules"],
        "additionalProperties": false,
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": KIND},
            "name": name("Name of the policy, as decisions give it."),
            "description": {"type": "string", "description": "What it is for, and why."},
            "params": params(),
            "match": matching(),
            "rules": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_RULES,
                "items": rule(),
            },
        },
    })
}

fn params() -> Value {
    let kinds: Vec<&str> = TYPES.iter().map(|(word, _)| *word).collect();
    json!({
        "type": "object",
        "description": "Values that rules read as `params.NAME`. `zone` also sets the zone of `time`.",
        "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9_]*$"},
        "additionalProperties": {
            "type": "object",
            "required": ["type", "default"],
            "additionalProperties": false,
            "properties": {
                "type": {"enum": kinds},
                "default": {
                    "anyOf": [
                        {"type": ["number", "string", "boolean"]},
                        {"type": "array", "items": {"type": "string"}},
                    ],
                },
                "description": {"type": "string"},
            },
        },
    })
}

fn matching() -> Value {
    let names = |what: &str| json!({"type": "array", "items": {"type": "string"}, "description": what});
    json!({
        "type": "object",
        "description": "Which releases the policy is for: all that is written must be so.",
        "additionalProperties": false,
        "properties": {
            "environments": names("One of these environments."),
            "services": names("One of these services."),
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "when": expression("A condition in CEL."),
        },
    })
}

fn rule() -> Value {
    let enforcements: Vec<&str> = ENFORCEMENTS.iter().map(|(word, _)| *word).collect();
    let answers: Vec<&str> = ON_MISSING.iter().map(|(word, _)| *word).collect();
    let moments: Vec<&str> = MOMENTS.iter().map(|(word, _)| *word).collect();
    json!({
        "type": "object",
        "required": ["id", "on", "expr"],
        "additionalProperties": false,
        "properties": {
            "id": name("Name of the rule within its policy."),
            "on": {
                "type": "array",
                "minItems": 1,
                "items": {"enum": moments},
                "description": "When the rule is asked.",
            },
            "enforcement": {"enum": enforcements, "default": "hard"},
            "expr": expression("What must hold, in CEL."),
            "message": {
                "type": "string",
                "description": "What to say when it does not hold: plain text, or CEL when it begins with a quote.",
            },
            "onMissing": {
                "enum": answers,
                "default": "inconclusive",
                "description": "What the rule says when something that it reads was not measured.",
            },
        },
    })
}

fn name(what: &str) -> Value {
    json!({
        "type": "string",
        "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
        "maxLength": 63,
        "description": what,
    })
}

fn expression(what: &str) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": limits().bytes, "description": what})
}
