//! The checker beside that of cel-cpp, on expressions that `tests/checker/generate.py` made: where the two differ, the
//! table says why.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use sluice_policy::expression::{Kind, Scope, compile};

/// What the other checker has against an expression that ours takes, as its message has it, and why ours takes it.
const TAKEN: &[(&str, &str)] = &[
    ("'(int, double)'", NUMBERS),
    ("'(double, int)'", NUMBERS),
    ("'(int, uint)'", NUMBERS),
    ("'(uint, int)'", NUMBERS),
    ("'(double, uint)'", NUMBERS),
    ("'(uint, double)'", NUMBERS),
    ("'-_' applied to '(google.protobuf.Duration)'", "a duration backwards is one"),
];
/// Of values of which it knows no type, the other one takes it too.
const NUMBERS: &str =
    "CEL compares numbers of different kinds when they are there, and metrics are compared with counts";
/// What ours has against an expression that the other takes, as our message has it, and why.
const REFUSED: &[(&str, &str)] = &[
    ("`duration` can not take a whole number", "cel-spec has no such conversion: a number has no unit"),
    ("can be no key of a map", "cel-spec has no such keys: the other one warns of them"),
    ("always fails", "what can never be evaluated waits for no incident: the other one looks at kinds alone"),
];

fn scope() -> Scope {
    let names = [
        ("yes", Kind::Bool),
        ("count", Kind::Int),
        ("bits", Kind::Uint),
        ("share", Kind::Double),
        ("word", Kind::Text),
        ("raw", Kind::Bytes),
        ("now", Kind::Time),
        ("span", Kind::Span),
        ("words", Kind::list(Kind::Text)),
        ("counts", Kind::list(Kind::Int)),
        ("metrics", Kind::map(Kind::Double)),
        ("anything", Kind::Unknown),
    ];
    names.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect()
}

/// As the other checker names it.
fn name(kind: &Kind) -> String {
    match kind {
        Kind::Null => String::from("NULL"),
        Kind::Bool => String::from("BOOL"),
        Kind::Int => String::from("INT"),
        Kind::Uint => String::from("UINT"),
        Kind::Double => String::from("DOUBLE"),
        Kind::Text => String::from("STRING"),
        Kind::Bytes => String::from("BYTES"),
        Kind::Time => String::from("TIMESTAMP"),
        Kind::Span => String::from("DURATION"),
        Kind::List(of) => format!("LIST<{}>", name(of)),
        Kind::Map(key, value) => format!("MAP<{}, {}>", name(key), name(value)),
        Kind::Optional(of) => format!("optional_type<{}>", name(of)),
        _ => String::from("DYN"),
    }
}

/// Whether ours says the same, or leaves a part of it open.
fn covers(ours: &str, theirs: &str) -> bool {
    match ours.split_once("DYN") {
        None => ours == theirs,
        Some((before, after)) => {
            theirs.len() >= before.len() + after.len()
                && theirs.starts_with(before)
                && theirs.ends_with(after)
        }
    }
}

#[test]
fn agrees_with_another_checker_or_says_why_not() {
    let data = include_str!("../checker/expressions.ndjson");
    let (mut agreed, mut used, mut differ) = (0, BTreeSet::new(), Vec::new());
    for line in data.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let expr = case["expr"].as_str().unwrap();
        let ours = compile(expr, &scope(), &Kind::Unknown).map(|expression| name(expression.kind()));
        let explained = |table: &[(&'static str, &'static str)], told: &[&str]| {
            table
                .iter()
                .map(|(pattern, _)| *pattern)
                .find(|pattern| told.iter().any(|one| one.contains(pattern)))
        };
        let why = match (&ours, case["type"].as_str(), case["flaw"].as_str()) {
            (Ok(ours), Some(theirs), _) if covers(ours, theirs) => None,
            (Err(_), _, Some(_)) => None,
            (Ok(_), _, Some(flaw)) => Some(explained(TAKEN, &[flaw])),
            (Err(flaws), _, _) => {
                let told: Vec<&str> = flaws.iter().map(|flaw| flaw.message.as_str()).collect();
                Some(explained(REFUSED, &told))
            }
            (Ok(_), _, None) => Some(None),
        };
        match why {
            None => agreed += 1,
            Some(Some(pattern)) => drop(used.insert(pattern)),
            Some(None) => differ.push(format!("{expr}\n  ours {ours:?}, theirs {case}")),
        }
    }
    assert!(differ.is_empty(), "{} are not explained:\n{}", differ.len(), differ.join("\n"));
    assert!(agreed >= 850, "{agreed}");
    let unused = TAKEN.iter().chain(REFUSED).filter(|(pattern, _)| !used.contains(pattern));
    assert_eq!(unused.count(), 0, "reasons that nothing needs");
}
