//! `info`: adds the labels of info series, such as `target_info`, to the series of what they are about.
//!
//! An info series is about what has the same `instance` and `job`; its other labels are its data. Where data
//! changes, the old and the new series overlap for the lookback, and the newer one counts.

use std::collections::{BTreeMap, HashMap};

use super::vector;
use crate::promql::PromqlError;
use crate::promql::evaluate::Evaluator;
use crate::promql::program::Node;
use crate::promql::value::{Element, Point, Value};
use crate::series::{Labels, METRIC_NAME, Matcher};

const IDENTIFYING: [&str; 2] = ["instance", "job"];

/// Of each info metric the newest series, with its time, by what it is about.
type Known = HashMap<Labels, BTreeMap<String, (Labels, i64)>>;

pub fn info<'s>(
    evaluator: &mut Evaluator<'s>,
    arguments: &'s [Node],
    now: i64,
) -> Result<Value<'s>, PromqlError> {
    let [base, Node::Instant { selector, .. }] = arguments else {
        return Err(PromqlError::BadParameter("`info` needs a vector and a selector".into()));
    };
    let elements = vector(evaluator, arguments, 0, now)?;
    let about = moment(evaluator, base, now);
    let known = known(evaluator.instant(*selector, about)?)?;
    let program = evaluator.program;
    let matchers = program.selectors.get(*selector).and_then(|one| one.alternatives.first());
    let matchers = matchers.map(Vec::as_slice).unwrap_or_default();
    let (names, data): (Vec<&Matcher>, Vec<&Matcher>) =
        matchers.iter().partition(|matcher| matcher.label == METRIC_NAME);
    let required = data.iter().any(|matcher| !matcher.accepts(""));
    let mut result = Vec::with_capacity(elements.len());
    for element in elements {
        let name = element.labels.metric_name();
        if names.iter().all(|matcher| matcher.accepts(name)) {
            // It is such an info series itself.
            result.push(element);
            continue;
        }
        match known.get(&identity(&element.labels)) {
            Some(infos) => result.push(enriched(element, infos, &data)?),
            None if !required => result.push(element),
            None => {}
        }
    }
    Ok(Value::Vector(result))
}

fn known(samples: Vec<(Element<Point>, i64)>) -> Result<Known, PromqlError> {
    let mut known = Known::new();
    for (element, at) in samples {
        if element.value.float().is_none() {
            return Err(PromqlError::BadParameter(format!("`{}` is no info series", element.labels)));
        }
        let infos = known.entry(identity(&element.labels)).or_default();
        let name = element.labels.metric_name().to_owned();
        match infos.get(&name) {
            Some((other, other_at)) if *other_at == at => {
                return Err(PromqlError::BadParameter(format!(
                    "`{other}` and `{}` are info series about the same, of the same time",
                    element.labels
                )));
            }
            Some((_, other_at)) if *other_at > at => {}
            _ => {
                infos.insert(name, (element.labels, at));
            }
        }
    }
    Ok(known)
}

/// The element with the data of the info series; its own labels stay as they are.
fn enriched(
    element: Element<Point>,
    infos: &BTreeMap<String, (Labels, i64)>,
    data: &[&Matcher],
) -> Result<Element<Point>, PromqlError> {
    let mut added: BTreeMap<&str, &str> = BTreeMap::new();
    for (labels, _) in infos.values() {
        for (name, value) in labels.iter() {
            let wanted = data.is_empty() || data.iter().any(|matcher| matcher.label == name);
            let own = name == METRIC_NAME || !element.labels.get(name).is_empty();
            if !wanted || own {
                continue;
            }
            if added.insert(name, value).is_some_and(|other| other != value) {
                return Err(PromqlError::BadParameter(format!(
                    "the info series about `{}` disagree on the label `{name}`",
                    element.labels
                )));
            }
        }
    }
    let own = element.labels.iter();
    let labels = Labels::from_strs(own.chain(added.iter().map(|(name, value)| (*name, *value))));
    Ok(Element { labels, value: element.value, drop_name: element.drop_name })
}

fn identity(labels: &Labels) -> Labels {
    labels.filtered(|name| IDENTIFYING.contains(&name))
}

/// The moment that the base's first selector asks about, by the modifiers on the way to it.
fn moment(evaluator: &Evaluator<'_>, node: &Node, now: i64) -> i64 {
    match node {
        Node::Instant { shift, .. } | Node::Window { shift, .. } => evaluator.shifted(now, *shift),
        Node::Subquery { inner, shift, .. } => moment(evaluator, inner, evaluator.shifted(now, *shift)),
        Node::Negate(inner) => moment(evaluator, inner, now),
        Node::Binary(binary) if reads(&binary.left) => moment(evaluator, &binary.left, now),
        Node::Binary(binary) => moment(evaluator, &binary.right, now),
        Node::Aggregate(aggregate) => moment(evaluator, &aggregate.inner, now),
        Node::Call { arguments, .. } => {
            arguments.iter().find(|argument| reads(argument)).map_or(now, |one| moment(evaluator, one, now))
        }
        Node::Number(_) | Node::Text(_) => now,
    }
}

fn reads(node: &Node) -> bool {
    let mut reads = false;
    node.walk(&mut |node| reads |= matches!(node, Node::Instant { .. } | Node::Window { .. }));
    reads
}
