//! The part of the schema that is about what surrounds the strategy's steps.

use serde_json::{Value, json};

use super::{duration, integer, name, object, text_map, with_default};

const REQUIREMENT: &str = "A semver requirement, held against the first version in what it prints.";

pub(super) fn prepare() -> Value {
    let approval = object(
        "A named approval.",
        &["name"],
        json!({
            "name": name("Its name, by which it is given."),
            "group": group(),
            "message": text("What is asked."),
            "deadline": duration("How long it is waited for.", "24h"),
        }),
    );
    object(
        "What is looked at, and who is told and asked, before anything is done.",
        &[],
        json!({
            "notify": list("Who is told.", 64, notifier()),
            "tools": list("Tools that must be there.", 64, tool()),
            "environment": list("What must hold around.", 64, condition()),
            "approvals": list("Whose approval is needed.", 256, approval),
            "metrics": {
                "description": "Whether every query of every check must name metrics that there are.",
                "type": "boolean", "default": true,
            },
        }),
    )
}

fn notifier() -> Value {
    let webhook = object(
        "A page that takes a POST with JSON.",
        &["url"],
        json!({
            "url": url("Its address."),
            "ca": {
                "description": "A file of certificates that are trusted beside the system's.", "type": "string",
                "pattern": "^/",
            },
            "template": {
                "description": "The form of the payload.", "enum": ["json", "slack", "teams"], "default": "json",
            },
        }),
    );
    let occasions = ["started", "waiting", "ended"];
    let mut notifier = object(
        "Somebody who is told.",
        &["name"],
        json!({
            "name": name("Who that is."),
            "webhook": webhook,
            "command": command("Gets the notice as JSON on its standard input."),
            "on": {
                "description": "On which occasions.", "type": "array", "items": { "enum": occasions },
                "default": occasions,
            },
            "required": {
                "description": "Whether a release that they could not be told of is not begun.",
                "type": "boolean", "default": false,
            },
        }),
    );
    notifier["oneOf"] = either(&["webhook", "command"]);
    notifier
}

fn tool() -> Value {
    object(
        "A tool that must be there.",
        &["name", "command"],
        json!({
            "name": name("What it is called."),
            "command": command("Prints its version."),
            "require": {
                "description": REQUIREMENT, "type": "string", "minLength": 1, "examples": [">=1.5, <2"],
            },
        }),
    )
}

fn condition() -> Value {
    let disk = object(
        "Room in a file system.",
        &["free"],
        json!({
            "path": with_default(text("A folder in it, relative to this document."), json!(".")),
            "free": {
                "description": "What must be free.", "type": "string", "pattern": "^[0-9]+(B|KiB|MiB|GiB|TiB)$",
            },
        }),
    );
    let mut condition = object(
        "Something that must hold.",
        &["name"],
        json!({
            "name": name("What it is about."),
            "tcp": {
                "description": "Accepts connections.", "type": "string", "pattern": "^.+:[0-9]+$",
                "examples": ["db:5432"],
            },
            "url": url("Answers 2xx."),
            "disk": disk,
            "command": command("Exits with 0."),
        }),
    );
    condition["oneOf"] = either(&["tcp", "url", "disk", "command"]);
    condition
}

pub(super) fn test() -> Value {
    object(
        "Jobs before anything is done to the target.",
        &["jobs"],
        json!({
            "parallel": integer("How many run at once.", 1, 64, Some(2)),
            "jobs": list("The jobs.", 256, job()),
        }),
    )
}

pub(super) fn smoke() -> Value {
    object(
        "Jobs that try the candidate itself.",
        &[],
        json!({
            "preview": list("Before anybody is exposed, at `$SLUICE_PREVIEW_URL`.", 256, job()),
            "promoted": list("At full traffic, at `$SLUICE_URL`.", 256, job()),
        }),
    )
}

fn job() -> Value {
    let accept = object(
        "A named person accepts.",
        &[],
        json!({ "group": group(), "message": text("What is asked.") }),
    );
    let mut job = object(
        "A job, by a command, a person or a release of its own.",
        &["name"],
        json!({
            "name": name("Its name, unique among all jobs."),
            "kind": {
                "description": "What kind of job it is, for people.",
                "enum": ["unit", "integration", "staging", "end-to-end", "acceptance", "smoke", "other"],
            },
            "command": command("Exits with 0."),
            "accept": accept,
            "workflow": text("Another workflow, relative to this document, whose release must be promoted."),
            "set": texts("Values laid over that workflow: `path=value`.", 256),
            "needs": texts("Jobs of the same list that must have passed.", 256),
            "env": text_map("Environment of the command.", 256),
            "directory": with_default(text("Where it is run, relative to this document."), json!(".")),
            "timeout": duration("For one try; 24h for a person, if left out.", "10m"),
            "retries": integer("Further tries after a failed one.", 0, 10, Some(0)),
            "artefacts": texts("Files to keep: paths or patterns below the directory.", 64),
            "junit": texts("JUnit results: paths or patterns below the directory.", 64),
        }),
    );
    job["oneOf"] = either(&["command", "accept", "workflow"]);
    job
}

pub(super) fn monitor() -> Value {
    object(
        "The watch over full traffic, before the candidate counts as promoted.",
        &["for"],
        json!({
            "for": duration("How long.", "10m"),
            "keep": integer("Instances of stable that stay warm.", 0, 1_000, Some(1)),
            "checks": texts("Names of the checks that judge; all, if left out.", 64),
        }),
    )
}

pub(super) fn record() -> Value {
    object(
        "Where to read more about this release.",
        &[],
        json!({
            "changelog": text("Where to read what has changed."),
            "tickets": texts("What it was made for.", 64),
        }),
    )
}

pub(super) fn pages() -> Value {
    let page = object(
        "A metrics page.",
        &["url"],
        json!({ "url": url("Its address."), "labels": text_map("Given to each of its series.", 64) }),
    );
    list("Pages that are scraped beside the target's.", 32, page)
}

fn either(keys: &[&str]) -> Value {
    keys.iter().map(|key| json!({ "required": [key] })).collect()
}

fn group() -> Value {
    text("Who may say so; anybody, if left out.")
}

fn command(description: &str) -> Value {
    json!({
        "description": format!("Program and arguments; no shell is run. {description}"), "type": "array",
        "minItems": 1, "maxItems": 256, "items": { "type": "string" },
    })
}

fn url(description: &str) -> Value {
    json!({ "description": description, "type": "string", "pattern": "^https?://" })
}

fn text(description: &str) -> Value {
    json!({ "description": description, "type": "string" })
}

fn texts(description: &str, most: u32) -> Value {
    list(description, most, json!({ "type": "string" }))
}

fn list(description: &str, most: u32, items: Value) -> Value {
    json!({ "description": description, "type": "array", "maxItems": most, "items": items, "default": [] })
}
