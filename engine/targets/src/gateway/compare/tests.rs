//! Tests of the comparison: each kind of difference, what hides one, and what holds for any document.

use std::collections::BTreeSet;

use http::header::HeaderValue;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn rules(change: impl FnOnce(&mut Comparing)) -> Rules {
    let mut comparing = Comparing::default();
    change(&mut comparing);
    Rules::new(&comparing)
}

fn answer(rules: &Rules, status: u16, kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
    rules.answer(status, &headers, Duration::from_millis(10), Captured::Whole(body.into()))
}

fn json(rules: &Rules, body: &Value) -> Answer {
    answer(rules, 200, "application/json; charset=utf-8", body.to_string())
}

fn told(found: &[Found]) -> String {
    let line = |one: &Found| format!("{} {}: {} | {}", one.kind, one.place(), one.stable, one.shadow);
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn compared(rules: &Rules, stable: &Value, shadow: &Value) -> String {
    told(&rules.differences(&json(rules, stable), &json(rules, shadow), &Noise::default()))
}

#[test]
fn each_place_in_a_document_is_named() {
    let rules = rules(|_| {});
    let stable =
        json!({"id": 7, "items": [{"price": 10}, {"price": 20}], "gone": null, "a/b": true, "same": 1});
    let shadow = json!({"id": "7", "items": [{"price": 12}], "new": [1], "a/b": false, "same": 1.0});
    insta::assert_snapshot!(compared(&rules, &stable, &shadow), @r#"
    body /a~1b: true | false
    body /gone: null | absent
    body /id: 7 | "7"
    body /items/0/price: 10 | 12
    body /items/1: {"price":20} | absent
    body /new: absent | [1]
    "#);
}

#[test]
fn status_headers_and_time_are_compared_too() {
    let rules = rules(|comparing| comparing.headers.push("Cache-Control".to_owned()));
    let mut stable = answer(&rules, 200, "text/html", "<p>");
    let mut shadow = answer(&rules, 500, "text/plain", "<p>");
    stable.headers[1] = Some("no-store".to_owned());
    shadow.took = Duration::from_millis(121);
    insta::assert_snapshot!(told(&rules.differences(&stable, &shadow, &Noise::default())), @r"
    status : 200 | 500
    header content-type: text/html | text/plain
    header cache-control: no-store | absent
    latency : 10 ms | 121 ms
    ");
    shadow.took = Duration::from_millis(120);
    assert!(!told(&rules.differences(&stable, &shadow, &Noise::default())).contains("latency"));
}

#[test]
fn other_bodies_are_compared_byte_by_byte() {
    let rules = rules(|_| {});
    let text = |body: &'static str| answer(&rules, 200, "text/plain", body);
    let one = rules.differences(&text("hello world"), &text("hello there"), &Noise::default());
    insta::assert_snapshot!(told(&one), @"body : from byte 6 of 11: world | from byte 6 of 11: there");
    // What says that it is JSON and is none, too.
    let broken = |body: &'static str| answer(&rules, 200, "application/json", body);
    let one = rules.differences(&broken("{\"a\":1}"), &broken("{\"a\":1"), &Noise::default());
    insta::assert_snapshot!(told(&one), @"body : from byte 6 of 7: } | from byte 6 of 6:");
}

#[test]
fn a_body_that_was_cut_is_compared_as_far_as_it_can_be() {
    let rules = rules(|_| {});
    let cut = |kind, body: &'static str| Answer {
        body: Captured::Cut(Bytes::from_static(body.as_bytes())),
        ..answer(&rules, 200, kind, "")
    };
    let count = |one: &Answer, other: &Answer| rules.differences(one, other, &Noise::default()).len();
    assert_eq!(count(&cut("text/plain", "abc"), &cut("text/plain", "abc")), 0);
    assert_eq!(count(&cut("text/plain", "abc"), &cut("text/plain", "abd")), 1);
    assert_eq!(count(&cut("application/json", "[1"), &cut("application/json", "[2")), 0);
    let whole = answer(&rules, 200, "text/plain", "abc");
    let found = rules.differences(&cut("text/plain", "abc"), &whole, &Noise::default());
    insta::assert_snapshot!(told(&found), @"body : more than 3 bytes | 3 bytes");
}

#[test]
fn what_is_ignored_is_not_looked_at() {
    let rules =
        rules(|comparing| comparing.ignore = vec!["/at".into(), "/items/*/id".into(), "/by/*".into()]);
    let stable = json!({"at": 1, "items": [{"id": 1, "n": 1}], "by": {"anna": 1}});
    let shadow = json!({"items": [{"n": 2}], "by": {"bert": 2}});
    insta::assert_snapshot!(compared(&rules, &stable, &shadow), @"body /items/0/n: 1 | 2");
}

#[test]
fn order_may_be_ignored_at_every_depth() {
    let in_order = rules(|_| {});
    let any_order = rules(|comparing| {
        comparing.any_order = true;
        comparing.ignore = vec!["/rows/*/id".to_owned()];
    });
    let stable = json!({"rows": [{"id": 1, "tags": ["a", "b"]}, {"id": 2, "tags": []}, {"id": 3, "n": 1}]});
    let shadow = json!({"rows": [{"id": 9, "n": 1.0}, {"tags": [], "id": 8}, {"id": 7, "tags": ["b", "a"]}]});
    assert_eq!(compared(&any_order, &stable, &shadow), "");
    assert_ne!(compared(&in_order, &stable, &shadow), "");
    let other = json!({"rows": [{"id": 9, "n": 2}, {"tags": [], "id": 8}, {"id": 7, "tags": ["b", "a"]}]});
    insta::assert_snapshot!(compared(&any_order, &stable, &other), @"body /rows/2/n: 1 | 2");
}

#[test]
fn what_differs_between_two_answers_of_stable_is_noise() {
    let rules = rules(|_| {});
    let at = |at: u64, price: u64| json(&rules, &json!({"at": at, "items": [{"id": at, "price": price}]}));
    let mut noise = Noise::default();
    let found = rules.differences(&at(1, 10), &at(2, 10), &noise);
    let own = rules.differences(&at(1, 10), &at(3, 10), &noise);
    assert_eq!(told(&without(found, &own)), "");
    noise.learn(&own);
    insta::assert_snapshot!(told(&rules.differences(&at(4, 10), &at(5, 12), &noise)), @"body /items/0/price: 10 | 12");
}

#[test]
fn a_page_that_is_never_the_same_is_not_judged_and_teaches_nothing() {
    let rules = rules(|_| {});
    let page = |status, body: &'static str| answer(&rules, status, "text/html", body);
    let mut noise = Noise::default();
    let found = rules.differences(&page(200, "at 1"), &page(500, "at 2"), &noise);
    let own = rules.differences(&page(200, "at 1"), &page(200, "at 3"), &noise);
    noise.learn(&own);
    insta::assert_snapshot!(told(&without(found, &own)), @"status : 200 | 500");
    assert_eq!(noise, Noise::default());
}

#[test]
fn a_hostile_document_costs_no_more_than_its_size() {
    let any_order = rules(|comparing| comparing.any_order = true);
    let deep = |end: &str| format!("{}{end}{}", "[".repeat(120), "]".repeat(120));
    let found = any_order.differences(
        &answer(&any_order, 200, "application/json", deep("1")),
        &answer(&any_order, 200, "application/json", deep("2")),
        &Noise::default(),
    );
    assert_eq!(found.len(), 1);
    let too_deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    let found = any_order.differences(
        &answer(&any_order, 200, "application/json", too_deep),
        &answer(&any_order, 200, "application/json", "[]"),
        &Noise::default(),
    );
    assert_eq!(found.len(), 1);
    let (many, none) = (json!((0..10_000).collect::<Vec<_>>()), json!([]));
    let rules = rules(|_| {});
    assert_eq!(
        rules.differences(&json(&rules, &many), &json(&rules, &none), &Noise::default()).len(),
        MAX_FOUND
    );
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-5..5i64).prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-d/~*]{1,2}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The same with all arrays turned round.
fn turned(value: &Value, by: usize) -> Value {
    match value {
        Value::Array(values) => {
            let mut values: Vec<Value> = values.iter().map(|one| turned(one, by)).collect();
            let by = by % values.len().max(1);
            values.rotate_left(by);
            Value::from(values)
        }
        Value::Object(map) => map.iter().map(|(key, one)| (key.clone(), turned(one, by))).collect(),
        other => other.clone(),
    }
}

/// Every place that holds a value without parts.
fn leaves(value: &Value, path: &str, all: &mut BTreeSet<String>) {
    let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(at, one)| leaves(one, &format!("{path}/{at}"), all));
        }
        Value::Object(map) => {
            map.iter().for_each(|(key, one)| leaves(one, &format!("{path}/{}", escape(key)), all));
        }
        _ => {
            all.insert(path.to_owned());
        }
    }
}

proptest! {
    #[test]
    fn a_document_does_not_differ_from_itself_in_another_order(value in document(), by in 0..4usize) {
        let any_order = rules(|comparing| comparing.any_order = true);
        prop_assert_eq!(compared(&any_order, &value, &turned(&value, by)), "");
        prop_assert_eq!(compared(&rules(|_| {}), &value, &value), "");
    }

    #[test]
    fn a_changed_value_is_found_at_its_place_and_not_when_it_is_noise(value in document(), pick: prop::sample::Index) {
        let mut all = BTreeSet::new();
        leaves(&value, "", &mut all);
        prop_assume!(!all.is_empty());
        let place = all.iter().nth(pick.index(all.len())).unwrap().clone();
        let mut changed = value.clone();
        *changed.pointer_mut(&place).unwrap() = json!("changed");
        let plain = rules(|_| {});
        let (stable, shadow) = (json(&plain, &value), json(&plain, &changed));
        let found = plain.differences(&stable, &shadow, &Noise::default());
        prop_assert_eq!(found.iter().map(Found::place).collect::<Vec<_>>(), vec![place.clone()]);
        let any_order = rules(|comparing| comparing.any_order = true);
        prop_assert_ne!(compared(&any_order, &value, &changed), "");
        let mut noise = Noise::default();
        noise.learn(&found);
        let again = plain.differences(&stable, &shadow, &noise);
        prop_assert_eq!(again.is_empty(), !place.is_empty());
        prop_assert!(without(found.clone(), &found).is_empty());
    }
}
