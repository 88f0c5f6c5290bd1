//! The JSON Schema of a workflow, for editors: the same keys as the reader's, with words and defaults.

mod mirror;
mod sources;
mod stages;
mod targets;

use serde_json::{Value, json};

use super::DEFAULT_EVENTS;
use crate::plan::DEFAULT_MAX_RESTARTS;

const DURATION: &str = "^(0|(?=[0-9])([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$";
const NAME: &str = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";

/// JSON Schema (2020-12) of the workflow.
pub fn schema() -> Value {
    let mut schema = object(
        "What is released, how it is measured and judged, and how long anything may take.",
        &["apiVersion", "kind", "service", "target", "candidate", "strategy", "checks"],
        json!({
            "apiVersion": { "const": "sluice/v1", "description": "The version of this format." },
            "kind": { "const": "Workflow", "description": "What this document is." },
            "service": name("The service that is released."),
            "environment": with_default(name("Where it is released."), json!("default")),
            "labels": text_map("Words for people and policies.", 64),
            "target": targets::target(),
            "candidate": candidate(),
            "metrics": metrics(),
            "strategy": plugin("The plugin that says which step comes next, with its config."),
            "checks": checks(),
            "rollback": with_default(
                plugin("The plugin that answers failed checks, with its config."),
                json!({ "plugin": "on-failure", "config": {} }),
            ),
            "policies": {
                "description": "Policy files, or folders of them, relative to this document.",
                "type": "array", "maxItems": 64, "uniqueItems": true, "default": [],
                "items": { "type": "string", "minLength": 1 },
            },
            "requirePolicy": {
                "description": "Whether a release that no policy is for is refused.",
                "type": "boolean", "default": false,
            },
            "policyParams": {
                "description": "Values of policies' parameters, within what they allow: by policy and name.",
                "type": "object", "default": {},
                "additionalProperties": { "type": "object" },
            },
            "approvers": approvers(),
            "deadlines": deadlines(),
            "prepare": stages::prepare(),
            "test": stages::test(),
            "smoke": stages::smoke(),
            "monitor": stages::monitor(),
            "record": stages::record(),
            "first": object("The very first deployment, with nothing to compare with.", &[], json!({
                "min-time": duration("How long it is watched at full traffic.", "10s"),
            })),
        }),
    );
    for (key, value) in targets::candidate_by_target().as_object().into_iter().flatten() {
        schema[key] = value.clone();
    }
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("Sluice workflow");
    schema
}

fn gateway() -> Value {
    let sticky = object(
        "Users stay with the revision that served them first.",
        &[],
        json!({
            "cookie": {
                "description": "Name of the cookie.", "type": "string", "minLength": 1, "maxLength": 64,
                "default": "sluice_revision",
            },
            "ttl": duration("How long a user stays.", "1h"),
        }),
    );
    object(
        "The built-in gateway, with the service's processes behind it.",
        &["listen"],
        json!({
            "listen": {
                "description": "Address and port that users reach.", "type": "string", "examples": ["127.0.0.1:8080"],
            },
            "sticky": sticky,
            "trust-forwarded": {
                "description": "Keep `X-Forwarded-Proto` and `X-Forwarded-Host` as they come, where a proxy in front sets them.",
                "type": "boolean", "default": false,
            },
            "preview": targets::address("Address and port where the candidate alone is served, to be tested; for no user."),
            "capacity": targets::capacity(),
            "mirror": mirror::mirror(),
        }),
    )
}

fn candidate() -> Value {
    object(
        "The revision to bring in.",
        &["version"],
        json!({
            "version": {
                "description": "What people call it.", "type": "string", "pattern": "^[A-Za-z0-9._+-]{1,128}$",
                "examples": ["v2"],
            },
            "command": {
                "description": "Program and arguments; no shell is run.", "type": "array",
                "minItems": 1, "maxItems": 256, "items": { "type": "string" },
            },
            "port-env": {
                "description": "Environment variable that tells each instance its port.", "type": "string",
                "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "examples": ["PORT"],
            },
            "port": integer("The port on which it always listens; one instance at most.", 1, 65_535, None),
            "env": text_map("Environment of the processes.", 256),
            "directory": {
                "description": "Working directory, relative to this document.", "type": "string", "minLength": 1,
                "default": ".",
            },
            "instances": integer("How many at full traffic.", 1, 1_000, Some(1)),
            "max-restarts": integer(
                "So many restarts of its instances within one step fail it.",
                1, 1_000, Some(DEFAULT_MAX_RESTARTS),
            ),
            "readiness": readiness(),
            "metrics": page("Its own metrics page, if it has one."),
            "drain": duration("How long requests under way may take once no new ones come.", "30s"),
            "stop": duration("How long it may take to end before it is killed.", "10s"),
        }),
    )
}

fn readiness() -> Value {
    object(
        "When an instance may have traffic.",
        &[],
        json!({
            "path": page("Page that must answer 2xx; without it an accepted connection is enough."),
            "within": duration("How long a new instance may take.", "30s"),
            "interval": duration("How often it is asked.", "200ms"),
        }),
    )
}

fn metrics() -> Value {
    object(
        "How metrics are gathered.",
        &[],
        json!({
            "interval": duration("Between two rounds of scraping and judging.", "5s"),
            "timeout": span_of_time("For one scrape; the interval, and at most 10s, if left out."),
            "stale-after": span_of_time(
                "Age at which a series is no evidence; three intervals, and at least 5s, if left out.",
            ),
            "events": {
                "description": "Selector of the counter that counts the candidate's events.", "type": "string",
                "minLength": 1, "default": DEFAULT_EVENTS,
            },
            "pages": stages::pages(),
            "prometheus": sources::prometheus(),
        }),
    )
}

fn checks() -> Value {
    let mut check = plugin("A health check.");
    check["properties"]["name"] = name("Its name, which steps and reports use.");
    check["required"] = json!(["name", "plugin"]);
    json!({
        "description": "Health checks; `[]` on purpose to release without any.",
        "type": "array", "maxItems": 64, "items": check,
    })
}

fn approvers() -> Value {
    json!({
        "description": "Who may give the approval of a group that a step asks for.",
        "type": "object", "maxProperties": 64, "default": {},
        "additionalProperties": {
            "type": "array", "minItems": 1, "maxItems": 256, "uniqueItems": true,
            "items": { "type": "string", "minLength": 1, "maxLength": 256 },
        },
        "examples": [{ "sre": ["alice", "bob"] }],
    })
}

fn deadlines() -> Value {
    object(
        "How long the release waits.",
        &[],
        json!({
            "apply": duration("For the target to be as asked.", "2m"),
            "hold": duration("For a step that is held.", "1h"),
            "pause": duration("For a paused release to be taken up again.", "24h"),
        }),
    )
}

fn plugin(description: &str) -> Value {
    object(
        description,
        &["plugin"],
        json!({
            "plugin": {
                "description": "Name of a bundled plugin, or path of a component, relative to this document.",
                "type": "string", "pattern": "^([a-z0-9-]+|.*\\.wasm)$",
            },
            "config": { "description": "What the plugin says it takes.", "type": "object", "default": {} },
        }),
    )
}

fn object(description: &str, required: &[&str], properties: Value) -> Value {
    json!({
        "description": description, "type": "object", "required": required, "properties": properties,
        "additionalProperties": false,
    })
}

fn name(description: &str) -> Value {
    json!({ "description": description, "type": "string", "pattern": NAME })
}

fn page(description: &str) -> Value {
    json!({ "description": description, "type": "string", "pattern": "^/", "examples": ["/health"] })
}

fn integer(description: &str, least: u32, most: u32, default: Option<u32>) -> Value {
    let schema = json!({ "description": description, "type": "integer", "minimum": least, "maximum": most });
    match default {
        Some(default) => with_default(schema, json!(default)),
        None => schema,
    }
}

fn duration(description: &str, default: &str) -> Value {
    with_default(span_of_time(description), json!(default))
}

fn span_of_time(description: &str) -> Value {
    json!({ "description": description, "type": "string", "pattern": DURATION })
}

fn text_map(description: &str, most: u32) -> Value {
    json!({
        "description": description, "type": "object", "maxProperties": most, "default": {},
        "additionalProperties": { "type": "string" },
    })
}

fn with_default(mut schema: Value, default: Value) -> Value {
    schema["default"] = default;
    schema
}
