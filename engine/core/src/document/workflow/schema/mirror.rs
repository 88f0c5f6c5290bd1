//! The schema of a gateway's mirror.

use serde_json::{Value, json};

use super::{duration, integer, object, with_default};

pub(super) fn mirror() -> Value {
    let methods = json!({
        "description": "Requests of other methods are not mirrored: what they change would change twice.",
        "type": "array", "maxItems": 16, "items": { "type": "string", "pattern": "^[A-Z-]{1,32}$" },
        "default": ["GET", "HEAD", "OPTIONS"],
    });
    object(
        "How requests are mirrored and answers compared; how many, and to whom, the strategy says.",
        &[],
        json!({
            "methods": methods,
            "mark": with_default(
                header("Header that marks a mirrored request, with the release's name."),
                json!("X-Sluice-Mirrored"),
            ),
            "queue": integer("How many may wait or be under way; what is more is shed.", 1, 4_096, Some(256)),
            "body-bytes": integer(
                "Larger requests are not mirrored, and larger answers compared no further.",
                0, 1_048_576, Some(65_536),
            ),
            "timeout": duration("For a mirrored request to be answered.", "5s"),
            "compare": compare(),
        }),
    )
}

fn compare() -> Value {
    let latency = object(
        "When the shadow is slower: by more than the factor and the slack together.",
        &[],
        json!({
            "factor": {
                "description": "Times stable's time.", "type": "number", "minimum": 1, "maximum": 1_000,
                "default": 2,
            },
            "slack": duration("And so much more.", "100ms"),
        }),
    );
    object(
        "What counts as a difference between stable's answer and the shadow's.",
        &[],
        json!({
            "headers": {
                "description": "Headers that are compared.", "type": "array", "maxItems": 32,
                "items": header("A header."), "default": ["content-type"],
            },
            "ignore": {
                "description": "Fields of JSON bodies that are not compared; `*` is any element or key.",
                "type": "array", "maxItems": 256, "items": { "type": "string", "pattern": "^/", "maxLength": 500 },
                "default": [], "examples": [["/items/*/id"]],
            },
            "any-order": flag("Lists with the same elements in another order are the same."),
            "latency": latency,
            "noise": flag("Ask stable again where answers differ, and do not count what it changes itself."),
            "samples": integer("How many differences are kept as examples.", 0, 100, Some(20)),
        }),
    )
}

fn flag(description: &str) -> Value {
    json!({ "description": description, "type": "boolean", "default": false })
}

fn header(description: &str) -> Value {
    json!({ "description": description, "type": "string", "minLength": 1, "maxLength": 64 })
}
