//! The JSON Schema, held against what the reader takes.

use sluice_policy::{PolicySet, schema};

use super::policy;

/// A policy with every key that the schema knows.
const EVERYTHING: &str = "
description: all of it
params:
  most: {type: number, default: 1, description: a bound, min: 0, max: 2}
  colour: {type: string, default: red, values: [red, blue]}
  freeze: {type: string, default: 2026-12-20/2027-01-02, format: window}
inputs:
  rate: {metric: errors.rate}
  tier: {label: tier}
  who: {fact: release.who}
match: {environments: [a], services: [b], teams: [e], labels: {c: d}, strategies: [canary], when: '!release.first'}
variables: {small: 'inputs.rate < params.most'}
rules:
  - id: r
    on: [shape]
    enforcement: soft
    expr: variables.small && inputs.tier == inputs.who && !in_window(now, params.freeze, 'UTC')
    message: m
    onMissing: deny
    require: {approvals: 2, group: sre}
waivers: [{rule: r, reason: why, approver: alice, expires: 2026-12-31, services: [b]}]
tests: [{name: n, on: shape, fixture: f.yaml, params: {}, context: {}, expect: {r: {result: skipped, message: m}}}]";

#[test]
fn the_schema_has_the_keys_that_the_reader_takes() {
    let schema = schema();
    let keys = |pointer: &str| -> Vec<String> {
        schema.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect()
    };
    let rule = "/properties/rules/items/properties";
    let param = "/properties/params/additionalProperties/properties";
    let text = policy("p", EVERYTHING);
    assert!(PolicySet::load([("p.yaml", text.as_str())]).is_ok());
    let input = "/properties/inputs/additionalProperties/properties";
    let waiver = "/properties/waivers/items/properties";
    let case = "/properties/tests/items/properties";
    let require = format!("{rule}/require/properties");
    let places = ["/properties", "/properties/match/properties", rule, param, input, waiver, case, &require];
    for key in places.into_iter().flat_map(keys) {
        assert!(text.contains(&format!("{key}:")), "`{key}` is in the schema and not in the policy");
    }
    // A key that the reader takes and the schema lacks would be in its list of known keys.
    for (place, wrong) in [("/properties", "x: 1"), ("/properties/match/properties", "match: {x: 1}")] {
        let text = policy("p", &format!("{wrong}\nrules: [{{id: r, on: [shape], expr: 'true'}}]"));
        let problems = PolicySet::load([("p.yaml", text.as_str())]).unwrap_err();
        let help = problems.iter().next().unwrap().help.clone().unwrap();
        assert_eq!(help.matches('`').count() / 2, keys(place).len(), "{help}");
    }
}

#[test]
fn the_words_of_the_schema_are_those_of_the_reader() {
    let schema = schema();
    let words = |pointer: &str| schema.pointer(pointer).unwrap().clone();
    let rule = "/properties/rules/items/properties";
    for word in words(&format!("{rule}/on/items/enum")).as_array().unwrap() {
        let text = policy("p", &format!("rules: [{{id: r, on: [{word}], expr: 'true'}}]"));
        assert!(PolicySet::load([("p.yaml", text.as_str())]).is_ok(), "{word}");
    }
    for word in words(&format!("{rule}/enforcement/enum")).as_array().unwrap() {
        let text =
            policy("p", &format!("rules: [{{id: r, on: [shape], enforcement: {word}, expr: 'true'}}]"));
        assert!(PolicySet::load([("p.yaml", text.as_str())]).is_ok(), "{word}");
    }
}
