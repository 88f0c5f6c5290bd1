//! Sets: loaded together, in any order, known by one digest.

use proptest::prelude::*;
use sluice_core::model::policy::Moment;
use sluice_policy::{Context, PolicySet};

use super::policy;

fn documents() -> Vec<(String, String)> {
    let rule = |id: &str| format!("{{id: {id}, on: [shape], expr: 'step.index >= 0'}}");
    ["b", "a", "d", "c"]
        .map(|name| {
            let rules = format!("rules: [{}, {}]", rule("second"), rule("first"));
            (format!("{name}.yaml"), policy(name, &rules))
        })
        .into()
}

fn set(documents: &[(String, String)]) -> PolicySet {
    PolicySet::load(documents.iter().map(|(name, text)| (name.as_str(), text.as_str()))).unwrap()
}

proptest! {
    #[test]
    fn the_order_of_documents_says_nothing(shuffled in Just(documents()).prop_shuffle()) {
        let (one, other) = (set(&documents()), set(&shuffled));
        prop_assert_eq!(one.digest(), other.digest());
        let context = Context::default();
        prop_assert_eq!(one.evaluate(Moment::Shape, &context), other.evaluate(Moment::Shape, &context));
    }
}

#[test]
fn outcomes_are_ordered_by_policy_and_then_as_written() {
    let outcomes = set(&documents()).evaluate(Moment::Shape, &Context::default());
    let order: Vec<String> = outcomes.iter().map(|one| format!("{}/{}", one.policy, one.rule)).collect();
    let expected = ["a", "b", "c", "d"].map(|name| [format!("{name}/second"), format!("{name}/first")]);
    assert_eq!(order, expected.concat());
}

#[test]
fn the_digest_is_of_what_is_said_and_not_of_how() {
    let load = |text: &str| PolicySet::load([("p.yaml", text)]).unwrap().digest().to_owned();
    let one = policy("p", "rules: [{id: r, on: [shape], expr: 'step.index > 1'}]");
    let laid_out = policy("p", "# why\nrules:\n  - on: [shape]\n    id: r\n    expr: step.index > 1");
    let other = policy("p", "rules: [{id: r, on: [shape], expr: 'step.index > 2'}]");
    let softer = policy("p", "rules: [{id: r, on: [shape], enforcement: soft, expr: 'step.index > 1'}]");
    let param = policy(
        "p",
        "params: {n: {type: number, default: 1}}\nrules: [{id: r, on: [shape], expr: 'step.index > 1'}]",
    );
    assert_eq!(load(&one), load(&laid_out));
    let digests = [load(&one), load(&other), load(&softer), load(&param)];
    let distinct: std::collections::BTreeSet<_> = digests.iter().collect();
    assert_eq!(distinct.len(), digests.len());
    insta::assert_snapshot!(load(&one), @r#"sha256:3dce4292bea3635daae8be3da7db8f658e6d522cd578baeab8ab6325cc1f2141"#);
}

#[test]
fn no_policy_says_nothing() {
    let none = PolicySet::load([]).unwrap();
    assert_eq!(none.evaluate(Moment::Shape, &Context::default()), []);
    assert!(none.digest().starts_with("sha256:"));
}
