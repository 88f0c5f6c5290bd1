//! Whether there is anything at all: `absent`, `absent_over_time`.

use std::collections::BTreeMap;

use super::argument;
use crate::promql::PromqlError;
use crate::promql::evaluate::Evaluator;
use crate::promql::program::Node;
use crate::promql::value::{Element, Value};
use crate::series::{Labels, METRIC_NAME, MatchKind};

pub fn absent<'s>(
    evaluator: &mut Evaluator<'s>,
    arguments: &'s [Node],
    now: i64,
) -> Result<Value<'s>, PromqlError> {
    let found = argument(evaluator, arguments, 0, now)?.into_vector()?;
    Ok(absence(evaluator, arguments, found.is_empty()))
}

pub fn absent_over_time<'s>(
    evaluator: &mut Evaluator<'s>,
    arguments: &'s [Node],
    now: i64,
) -> Result<Value<'s>, PromqlError> {
    let found = argument(evaluator, arguments, 0, now)?.into_windows()?;
    Ok(absence(evaluator, arguments, found.is_empty()))
}

fn absence<'s>(evaluator: &Evaluator<'s>, arguments: &[Node], is_absent: bool) -> Value<'s> {
    let one = || Element::new(expected_labels(evaluator, arguments), 1.0);
    Value::floats(is_absent.then(one).into_iter().collect())
}

/// The labels that the selector fixes. One that it names twice is left out, as in Prometheus.
fn expected_labels(evaluator: &Evaluator<'_>, arguments: &[Node]) -> Labels {
    let Some(Node::Instant { selector, .. } | Node::Window { selector, .. }) = arguments.first() else {
        return Labels::default();
    };
    let matchers = match evaluator.program.selectors.get(*selector).map(|one| one.alternatives.as_slice()) {
        Some([matchers]) => matchers,
        _ => return Labels::default(),
    };
    let mut fixed: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for matcher in matchers.iter().filter(|matcher| matcher.label != METRIC_NAME) {
        let known = fixed.contains_key(matcher.label.as_str());
        let value = match &matcher.kind {
            MatchKind::Equal(value) if !known => Some(value.as_str()),
            _ => None,
        };
        // An inequality does not stand in the way of an equality that comes later.
        if value.is_some() || known {
            fixed.insert(&matcher.label, value);
        }
    }
    Labels::from_strs(fixed.into_iter().filter_map(|(name, value)| Some((name, value?))))
}
