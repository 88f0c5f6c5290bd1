//! What the README says of the shipped plugins is what they take.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::components;

const README: &str = include_str!("../../../plugins/README.md");

/// The section of a plugin.
fn section(name: &str) -> &'static str {
    let begin = README.find(&format!("\n## {name}\n")).unwrap_or_else(|| panic!("no section `{name}`"));
    let rest = &README[begin + 4..];
    rest.find("\n## ").map_or(rest, |end| &rest[..end])
}

/// Every key of a table: the words in backticks of the first cells.
fn keys(section: &str) -> BTreeSet<String> {
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let first = rows.filter_map(|row| row.split('|').nth(1));
    first.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned)).collect()
}

/// The name of each plugin, with the schema of its config.
fn schemas() -> impl Iterator<Item = (&'static str, Value)> {
    let all = sluice_plugins::all().iter();
    all.map(|one| {
        let plugin = components::load(components::kind(one), one.name);
        (one.name, plugin.describe("").unwrap().config_schema)
    })
}

/// The keys that a schema takes.
fn names(schema: &Value) -> BTreeSet<String> {
    schema["properties"].as_object().into_iter().flat_map(|all| all.keys().cloned()).collect()
}

#[test]
fn every_key_of_every_config_is_in_the_readme_and_no_other() {
    for (name, schema) in schemas() {
        let (told, taken) = (keys(section(name)), names(&schema));
        let nested = schema["$defs"].as_object().into_iter().flat_map(|defs| defs.values()).flat_map(names);
        let known: BTreeSet<String> = taken.iter().cloned().chain(nested).collect();
        assert_eq!(taken.difference(&told).collect::<Vec<_>>(), [""; 0], "missing of {name}");
        assert_eq!(told.difference(&known).collect::<Vec<_>>(), [""; 0], "not taken by {name}");
    }
}

#[test]
fn every_nested_key_is_in_the_section_too() {
    let shared = &README[..README.find("\n## ").unwrap()];
    for (name, schema) in schemas() {
        let of_canary = if name == "shadow" { section("canary") } else { "" };
        let text = [shared, section(name), of_canary].concat();
        let nested = schema["$defs"].as_object().into_iter().flat_map(|defs| defs.values());
        for key in nested.flat_map(names) {
            assert!(text.contains(key.as_str()), "`{key}` of {name}");
        }
    }
}
