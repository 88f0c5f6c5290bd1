//! Whatever is written: compilation and evaluation end, and point into the text.

use proptest::prelude::*;

use super::{condition, scope, variables};
use sluice_policy::expression::{Kind, compile};

/// Pieces that expressions are made of, so that many of them nearly are one.
const PIECES: [&str; 44] = [
    "yes", "count", "share", "word", "words", "now", "release", "metrics", "1", "2.5", "'x'", "\"ü\"",
    "true", "null", "(", ")", "[", "]", "{", "}", ".", ",", ":", "?", "!", "-", "+", "*", "/", "%", "==",
    "<", "&&", "||", " in ", ".all(a, ", ".map(a, ", "has(", "size(", "first", "labels", "\n", "r'\\'",
    "b'x'",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn pieces_in_any_order(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 1..24)) {
        check(&pieces.concat());
    }

    #[test]
    fn any_text(source in ".{0,60}") {
        check(&source);
    }

    #[test]
    fn comparisons_agree_with_rust(left in -1e6_f64..1e6, right in -1e6_f64..1e6) {
        let literal = |number: f64| format!("{number:?}");
        let source = format!("{} <= {}", literal(left), literal(right));
        let expression = condition(&source).map_err(|faults| TestCaseError::fail(format!("{faults:?}")))?;
        let value = expression.evaluate(&variables()).value.map(|value| value.to_string());
        prop_assert_eq!(value, Ok((left <= right).to_string()));
    }
}

fn check(source: &str) {
    for wanted in [Kind::Bool, Kind::Text] {
        match compile(source, &scope(), &wanted) {
            Ok(expression) => {
                let again = expression.evaluate(&variables());
                assert_eq!(expression.evaluate(&variables()), again, "it gives the same every time");
            }
            Err(faults) => {
                assert!(!faults.is_empty());
                for fault in faults {
                    assert!(source.get(fault.start..fault.end).is_some(), "{fault:?} points into `{source}`");
                }
            }
        }
    }
}
