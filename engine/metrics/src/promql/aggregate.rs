//! Aggregation of a vector over some of its labels.

use std::collections::HashMap;

use super::PromqlError;
use super::evaluate::Evaluator;
use super::numeric::{Compensated, ascending, mean, quantile, variance};
use super::program::{Aggregate, Aggregation, Grouping};
use super::value::{Element, is_reserved};
use crate::series::Labels;

pub fn evaluate<'s>(
    evaluator: &mut Evaluator<'s>,
    node: &'s Aggregate,
    now: i64,
) -> Result<Vec<Element>, PromqlError> {
    let parameter = node.parameter.as_ref().map(|parameter| evaluator.node(parameter, now)).transpose()?;
    let elements = evaluator.node(&node.inner, now)?.into_vector()?;
    let missing = || PromqlError::BadParameter("the aggregation needs a parameter".into());
    match node.operation {
        Aggregation::CountValues => {
            let label = parameter.ok_or_else(missing)?.into_text()?;
            count_values(node, elements, &label)
        }
        Aggregation::Topk | Aggregation::Bottomk | Aggregation::Limitk => {
            let count = parameter.ok_or_else(missing)?.into_scalar()?;
            choose(node, elements, count)
        }
        Aggregation::Quantile => {
            let phi = parameter.ok_or_else(missing)?.into_scalar()?;
            Ok(summarise(node, elements, |values| quantile(phi, values)))
        }
        _ => Ok(summarise(node, elements, |values| summary(node.operation, values))),
    }
}

/// The groups in the order in which their first element came.
fn groups(grouping: &Grouping, elements: Vec<Element>) -> Vec<(Labels, Vec<Element>)> {
    let mut groups: Vec<(Labels, Vec<Element>)> = Vec::new();
    let mut index: HashMap<Labels, usize> = HashMap::new();
    for element in elements {
        let labels = group_labels(grouping, &element.labels);
        let at = *index.entry(labels).or_insert_with_key(|labels| {
            groups.push((labels.clone(), Vec::new()));
            groups.len() - 1
        });
        groups[at].1.push(element);
    }
    groups
}

fn group_labels(grouping: &Grouping, labels: &Labels) -> Labels {
    let named = |name: &str| grouping.labels.iter().any(|label| label == name);
    if grouping.without {
        labels.filtered(|name| !is_reserved(name) && !named(name))
    } else if grouping.labels.is_empty() {
        Labels::default()
    } else {
        labels.filtered(named)
    }
}

fn summarise(node: &Aggregate, elements: Vec<Element>, summary: impl Fn(Vec<f64>) -> f64) -> Vec<Element> {
    let one = |(labels, members): (Labels, Vec<Element>)| {
        let drop_name = members.first().is_some_and(|member| member.drop_name);
        let value = summary(members.into_iter().map(|member| member.value).collect());
        Element { labels, value, drop_name }
    };
    groups(&node.grouping, elements).into_iter().map(one).collect()
}

fn summary(operation: Aggregation, values: Vec<f64>) -> f64 {
    let extreme = |better: fn(f64, f64) -> bool| {
        let pick = |best: f64, value: f64| if best.is_nan() || better(value, best) { value } else { best };
        values.iter().copied().reduce(pick).unwrap_or(f64::NAN)
    };
    match operation {
        Aggregation::Sum => Compensated::of(values),
        Aggregation::Avg => mean(values),
        Aggregation::Min => extreme(|value, best| value < best),
        Aggregation::Max => extreme(|value, best| value > best),
        Aggregation::Count => values.len() as f64,
        Aggregation::Stddev => variance(values).sqrt(),
        Aggregation::Stdvar => variance(values),
        _ => 1.0,
    }
}

/// The first, greatest or least elements of each group, as they are.
fn choose(node: &Aggregate, elements: Vec<Element>, count: f64) -> Result<Vec<Element>, PromqlError> {
    if count.is_nan() || count.abs() >= i64::MAX as f64 {
        return Err(PromqlError::BadParameter(format!("`{count}` is not a number of series")));
    }
    let count = count.max(0.0) as usize;
    let mut chosen = Vec::new();
    for (_, mut members) in groups(&node.grouping, elements) {
        // Stable sorts: of equals the first comes first. NaN comes last either way.
        let nan_last = |a: &Element, b: &Element| a.value.is_nan().cmp(&b.value.is_nan());
        match node.operation {
            Aggregation::Topk => members.sort_by(|a, b| nan_last(a, b).then(ascending(&b.value, &a.value))),
            Aggregation::Bottomk => {
                members.sort_by(|a, b| nan_last(a, b).then(ascending(&a.value, &b.value)))
            }
            _ => {}
        }
        members.truncate(count);
        chosen.append(&mut members);
    }
    Ok(chosen)
}

fn count_values(node: &Aggregate, elements: Vec<Element>, label: &str) -> Result<Vec<Element>, PromqlError> {
    if label.is_empty() {
        return Err(PromqlError::BadParameter("the label of count_values is empty".into()));
    }
    let mut grouping = node.grouping.clone();
    if !grouping.without {
        grouping.labels.push(label.to_owned());
    }
    let labelled = elements.into_iter().map(|element| {
        let labels = group_labels(&node.grouping, &element.labels).with(label, &spelled(element.value));
        Element { labels, ..element }
    });
    let counted = groups(&grouping, labelled.collect()).into_iter();
    Ok(counted.map(|(labels, members)| Element::new(labels, members.len() as f64)).collect())
}

fn spelled(value: f64) -> String {
    if value.is_nan() {
        "NaN".into()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.into()
    } else {
        format!("{value}")
    }
}
