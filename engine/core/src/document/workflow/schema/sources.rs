//! The schema of where else queries are answered.

use serde_json::{Value, json};

use super::{object, span_of_time};

pub(super) fn prometheus() -> Value {
    let mut basic = object(
        "Who asks, by name and password.",
        &["username", "password"],
        json!({ "username": { "description": "The name.", "type": "string" }, "password": secret("The password.") }),
    );
    basic["additionalProperties"] = json!(false);
    object(
        "A Prometheus that answers the queries of plugins, but for those about `sluice_` metrics alone.",
        &["url"],
        json!({
            "url": {
                "description": "Its address, without `/api/v1`.", "type": "string",
                "pattern": "^https?://[^@?#]+$",
            },
            "timeout": span_of_time("For all answers of a round together; 10s, if left out."),
            "stale-after": span_of_time("Age at which its newest sample is no evidence; 3m, if left out."),
            "retries": {
                "description": "How often a query that failed for the moment is asked again.", "type": "integer",
                "minimum": 0, "maximum": 5, "default": 2,
            },
            "bearer": secret("Who asks, by a token."),
            "basic": basic,
            "ca": {
                "description": "A file of certificates that are trusted beside the system's.", "type": "string",
                "pattern": "^/",
            },
        }),
    )
}

fn secret(description: &str) -> Value {
    let mut secret = object(
        description,
        &[],
        json!({
            "env": { "description": "The variable that has it.", "type": "string" },
            "file": { "description": "The file that has it, by its whole path.", "type": "string", "pattern": "^/" },
        }),
    );
    secret["oneOf"] = json!([{ "required": ["env"] }, { "required": ["file"] }]);
    secret
}
