//! The schema and the reader know the same keys.

use serde_json::Value;
use sluice_core::document::overrides::Overrides;
use sluice_core::document::source::Source;
use sluice_core::document::workflow::{Workflow, schema};

/// Every map of which the schema names the keys, with a pointer to it in the full document.
fn objects(schema: &Value, path: String, found: &mut Vec<(String, Vec<String>)>) {
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        found.push((path.clone(), properties.keys().cloned().collect()));
        for (key, inner) in properties {
            objects(inner, format!("{path}.{key}"), found);
        }
    }
    if let Some(items) = schema.get("items") {
        objects(items, format!("{path}.0"), found);
    }
}

/// What the reader says it knows, when it is given a key in that map that nobody has.
fn known_to_the_reader(path: &str) -> Vec<String> {
    let set = format!("{path}.nobody-has-this=1");
    let source = Source::new("good.yaml", &text_for(path));
    let overrides = Overrides::read(&[set.trim_start_matches('.')]).unwrap();
    let problems = Workflow::read(&source, &overrides).unwrap_err();
    let helps: Vec<&str> = problems.iter().filter_map(|problem| problem.help.as_deref()).collect();
    assert_eq!(helps.len(), 1, "{path}: {helps:?}");
    let mut keys: Vec<String> = helps[0].split('`').skip(1).step_by(2).map(str::to_owned).collect();
    keys.sort();
    keys
}

/// The full document, or for another target than its own one that has it.
fn text_for(path: &str) -> String {
    let full = include_str!("good.yaml");
    if path.starts_with(".metrics.prometheus") {
        // Only one way to say who asks can stand in a document.
        let auth = match path.contains(".basic") {
            true => "basic: {username: a, password: {env: B}}",
            false => "bearer: {file: /token}",
        };
        let source = format!("\nmetrics:\n  prometheus: {{url: 'https://p:9090', {auth}}}\n");
        return full.replacen("\nmetrics:\n", &source, 1);
    }
    let target = match path.split('.').nth(2).filter(|_| path.starts_with(".target.")) {
        Some("haproxy") => "{haproxy: {socket: /s, address: '127.0.0.1:80', backend: shop, map: /m}}",
        Some("envoy") => "{envoy: {directory: /d, address: '127.0.0.1:80', admin: 'http://127.0.0.1:9901'}}",
        Some("command") => "{command: {command: [./platform]}}",
        _ => return full.to_owned(),
    };
    let (before, rest) = full.split_once("target:\n").unwrap();
    let (_gateway, after) = rest.split_once("candidate:\n").unwrap();
    format!("{before}target: {target}\ncandidate:\n{after}")
}

#[test]
fn schema_and_reader_know_the_same_keys() {
    let mut found = Vec::new();
    objects(&schema(), String::new(), &mut found);
    assert_eq!(found.len(), 40, "{found:?}");
    for (path, mut keys) in found {
        keys.sort();
        assert_eq!(known_to_the_reader(&path), keys, "keys of `{path}`");
    }
}

#[test]
fn every_key_has_words() {
    fn walk(schema: &Value, path: &str) {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
        for (key, inner) in properties {
            let words = inner["description"].as_str().unwrap_or_default();
            assert!(words.ends_with('.'), "{path}.{key} has no description");
            walk(inner, &format!("{path}.{key}"));
        }
    }
    walk(&schema(), "");
}

#[test]
fn required_keys_are_required_by_both() {
    let schema = schema();
    let full = Source::new("good.yaml", "apiVersion: sluice/v1");
    let problems = Workflow::read(&full, &Overrides::none()).unwrap_err();
    let mut missing: Vec<String> = problems
        .iter()
        .map(|problem| problem.message.split('`').nth(1).unwrap_or_default().to_owned())
        .collect();
    missing.push("apiVersion".to_owned());
    missing.sort();
    let mut required: Vec<&str> =
        schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    required.sort_unstable();
    assert_eq!(missing, required);
}
