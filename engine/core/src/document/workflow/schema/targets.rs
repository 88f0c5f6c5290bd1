//! The schema of the targets.

use serde_json::{Value, json};

use super::{duration, integer, object, text_map, with_default};

/// Exactly one of them.
pub(super) fn target() -> Value {
    let mut target = object(
        "What the release acts on: one of these.",
        &[],
        json!({ "gateway": super::gateway(), "haproxy": haproxy(), "envoy": envoy(), "command": command() }),
    );
    target["minProperties"] = json!(1);
    target["maxProperties"] = json!(1);
    target
}

/// What a candidate must have, which depends on the target: a platform may know by the version what to run.
pub(super) fn candidate_by_target() -> Value {
    json!({
        "if": { "properties": { "target": { "required": ["command"] } } },
        "else": { "properties": { "candidate": {
            "required": ["version", "command"],
            "oneOf": [{ "required": ["port-env"] }, { "required": ["port"] }],
        } } },
        "then": { "required": ["metrics"], "properties": { "metrics": { "required": ["events"] } } },
    })
}

fn haproxy() -> Value {
    object(
        "HAProxy on this machine, with the service's processes behind it.",
        &["socket", "address", "backend", "map"],
        json!({
            "socket": path("Its runtime socket, with level admin.", "/run/haproxy/admin.sock"),
            "address": address("Address and port where users reach it."),
            "backend": {
                "description": "What the names of its backends begin with.", "type": "string",
                "pattern": super::NAME,
            },
            "map": path("The map of its configuration that holds the weights.", "/etc/haproxy/shop.map"),
            "metrics": url("Page of its exporter.", "http://127.0.0.1:8404/metrics"),
            "capacity": capacity(),
        }),
    )
}

fn envoy() -> Value {
    object(
        "Envoy on this machine, with the service's processes behind it.",
        &["directory", "address", "admin"],
        json!({
            "directory": path("The folder of the files that it watches.", "/var/lib/envoy/shop"),
            "address": address("Address and port where users reach it."),
            "admin": url("Its admin interface.", "http://127.0.0.1:9901"),
            "preview": address("Address and port of its listener for the candidate alone."),
            "capacity": capacity(),
        }),
    )
}

fn command() -> Value {
    let words = json!({ "type": "string" });
    let mut command = object(
        "Any platform, by a command that speaks JSON: its words alone, or a map.",
        &["command"],
        json!({
            "command": {
                "description": "Program and arguments; no shell is run.", "type": "array",
                "minItems": 1, "maxItems": 256, "items": words,
            },
            "directory": {
                "description": "Where it is run, relative to this document.", "type": "string", "minLength": 1,
                "default": ".",
            },
            "env": text_map("Variables that it is given.", 256),
            "pass-env": {
                "description": "Variables of Sluice's own environment that it is given.", "type": "array",
                "maxItems": 64, "items": words, "default": ["PATH", "HOME"],
            },
            "timeout": duration("How long one run may take.", "30s"),
            "retries": with_default(integer("How often one that failed for the moment is run again.", 0, 20, None), json!(3)),
        }),
    );
    command["type"] = json!(["array", "object"]);
    command["items"] = words;
    command
}

pub(super) fn capacity() -> Value {
    integer("How many instances may run at once, over all revisions.", 1, 10_000, None)
}

pub(super) fn address(description: &str) -> Value {
    json!({ "description": description, "type": "string", "examples": ["127.0.0.1:8080"] })
}

fn path(description: &str, example: &str) -> Value {
    json!({ "description": description, "type": "string", "pattern": "^/", "examples": [example] })
}

fn url(description: &str, example: &str) -> Value {
    json!({ "description": description, "type": "string", "pattern": "^http://", "examples": [example] })
}
