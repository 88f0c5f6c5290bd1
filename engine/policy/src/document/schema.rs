//! JSON Schema of policy documents, for editors.

use serde_json::{Value, json};

use super::format::FORMATS;
use super::params::TYPES;
use super::rule::{ENFORCEMENTS, MAX_APPROVALS, MAX_RULES, MOMENTS, ON_MISSING};
use super::variables::MAX_VARIABLES;
use super::{API_VERSION, KIND};
use crate::expression::limits;

/// What can be read after a dot.
const IDENTIFIER: &str = "^[A-Za-z][A-Za-z0-9_]*$";

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
            "inputs": inputs(),
            "match": matching(),
            "variables": {
                "type": "object",
                "description": "Parts of rules with a name, read as `variables.NAME` by those below and by rules.",
                "propertyNames": {"pattern": IDENTIFIER},
                "maxProperties": MAX_VARIABLES,
                "additionalProperties": expression("An expression in CEL."),
            },
            "rules": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_RULES,
                "items": rule(),
            },
            "waivers": {"type": "array", "items": waiver()},
            "tests": {"type": "array", "items": case()},
        },
    })
}

fn params() -> Value {
    let kinds: Vec<&str> = TYPES.iter().map(|(word, _)| *word).collect();
    json!({
        "type": "object",
        "description": "Values that rules read as `params.NAME`. `zone` also sets the zone of `time`.",
        "propertyNames": {"pattern": IDENTIFIER},
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
                "min": {"type": "number", "description": "The least that a number may be; the least characters of a string, texts of a list."},
                "max": {"type": "number", "description": "The most that a number may be; the most characters of a string, texts of a list."},
                "values": texts("What a string may be, or a list may have."),
                "format": {
                    "enum": FORMATS.map(|(word, _)| word),
                    "description": "What its texts are written as.",
                },
            },
        },
    })
}

fn inputs() -> Value {
    json!({
        "type": "object",
        "description": "What the rules read, as `inputs.NAME`. What a release does not have is missing.",
        "propertyNames": {"pattern": IDENTIFIER},
        "additionalProperties": {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": false,
            "properties": {
                "metric": {"type": "string", "description": "A measurement: `CHECK.MEASUREMENT`."},
                "label": {"type": "string", "description": "A label of the release."},
                "fact": expression("Anything else that rules can see, in CEL."),
            },
        },
    })
}

fn waiver() -> Value {
    json!({
        "type": "object",
        "required": ["rule", "reason", "approver", "expires"],
        "additionalProperties": false,
        "properties": {
            "rule": name("The rule that is waived."),
            "reason": {"type": "string", "minLength": 1},
            "approver": {"type": "string", "minLength": 1},
            "expires": {"type": "string", "format": "date", "description": "The last day on which it counts."},
            "services": texts("The services that it is for; all, if left out."),
        },
    })
}

fn case() -> Value {
    let moments: Vec<&str> = MOMENTS.iter().map(|(word, _)| *word).collect();
    let results = ["pass", "fail", "inconclusive", "error", "skipped", "waived"];
    json!({
        "type": "object",
        "required": ["name", "on", "expect"],
        "additionalProperties": false,
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "on": {"enum": moments},
            "params": {"type": "object", "description": "Values of the policy's parameters; the others have their defaults."},
            "fixture": {"type": "string", "description": "A recorded context, by its path from this document."},
            "context": {"type": "object", "description": "What rules see; of it only what matters. Laid over the fixture."},
            "expect": {
                "type": "object",
                "description": "What each rule that is asked must say.",
                "additionalProperties": {
                    "anyOf": [
                        {"enum": results},
                        {
                            "type": "object",
                            "required": ["result"],
                            "additionalProperties": false,
                            "properties": {"result": {"enum": results}, "message": {"type": "string"}},
                        },
                    ],
                },
            },
        },
    })
}

fn texts(what: &str) -> Value {
    json!({"type": "array", "items": {"type": "string"}, "description": what})
}

fn matching() -> Value {
    json!({
        "type": "object",
        "description": "Which releases the policy is for: all that is written must be so.",
        "additionalProperties": false,
        "properties": {
            "environments": texts("One of these environments."),
            "services": texts("One of these services."),
            "teams": texts("The label `team` is one of these."),
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "strategies": texts("One of these strategies."),
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
            "require": {
                "type": "object",
                "description": "Approvals that let pass what the rule would refuse.",
                "required": ["group"],
                "additionalProperties": false,
                "properties": {
                    "approvals": {"type": "integer", "minimum": 1, "maximum": MAX_APPROVALS, "default": 1},
                    "group": name("The group of whom the approvals must be."),
                },
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
