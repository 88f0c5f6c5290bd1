//! Aggregation of a vector over some of its labels.

use std::collections::HashMap;

use super::PromqlError;
use super::evaluate::Evaluator;
use super::program::{Aggregate, Aggregation, Grouping};
use super::sample::is_sampled;
use super::value::{Element, Point, is_reserved};
use crate::histogram::NativeHistogram;
use crate::numeric::{Compensated, ascending, mean, quantile, variance};
use crate::series::Labels;

type Group = (Labels, Vec<Element<Point>>);

pub fn evaluate<'s>(
    evaluator: &mut Evaluator<'s>,
    node: &'s Aggregate,
    now: i64,
) -> Result<Vec<Element<Point>>, PromqlError> {
    let parameter = node.parameter.as_ref().map(|parameter| evaluator.node(parameter, now)).transpose()?;
    let elements = evaluator.node(&node.inner, now)?.into_vector()?;
    let missing = || PromqlError::BadParameter("the aggregation needs a parameter".into());
    match node.operation {
        Aggregation::CountValues => {
            let label = parameter.ok_or_else(missing)?.into_text()?;
            count_values(node, elements, &label)
        }
        Aggregation::LimitRatio => {
            let ratio = parameter.ok_or_else(missing)?.into_scalar()?;
            if ratio.is_nan() {
                return Err(PromqlError::BadParameter("the ratio of limit_ratio is not a number".into()));
            }
            Ok(elements.into_iter().filter(|element| is_sampled(&element.labels, ratio)).collect())
        }
        Aggregation::Topk | Aggregation::Bottomk | Aggregation::Limitk => {
            let count = parameter.ok_or_else(missing)?.into_scalar()?;
            choose(evaluator, node, elements, count)
        }
        Aggregation::Quantile => {
            let phi = parameter.ok_or_else(missing)?.into_scalar()?;
            Ok(summarise(node, elements, |members| {
                of_floats(evaluator, members, |values| quantile(phi, values))
            }))
        }
        _ => Ok(summarise(node, elements, |members| summary(evaluator, node.operation, members))),
    }
}

/// The groups in the order in which their first element came.
fn groups(grouping: &Grouping, elements: Vec<Element<Point>>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
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

fn summarise(
    node: &Aggregate,
    elements: Vec<Element<Point>>,
    mut summary: impl FnMut(&[Element<Point>]) -> Option<Point>,
) -> Vec<Element<Point>> {
    let one = |(labels, members): Group| {
        let drop_name = members.first().is_some_and(|member| member.drop_name);
        Some(Element { labels, value: summary(&members)?, drop_name })
    };
    groups(&node.grouping, elements).into_iter().filter_map(one).collect()
}

fn summary(
    evaluator: &mut Evaluator<'_>,
    operation: Aggregation,
    members: &[Element<Point>],
) -> Option<Point> {
    let extreme = |values: Vec<f64>, better: fn(f64, f64) -> bool| {
        let pick = |best: f64, value: f64| if best.is_nan() || better(value, best) { value } else { best };
        values.into_iter().reduce(pick).unwrap_or(f64::NAN)
    };
    match operation {
        Aggregation::Sum => sum_or_mean(evaluator, members, Compensated::of, |sum, _| sum),
        Aggregation::Avg => sum_or_mean(evaluator, members, mean, |sum, count| sum.divided(count)),
        Aggregation::Min => {
            of_floats(evaluator, members, |values| extreme(values, |value, best| value < best))
        }
        Aggregation::Max => {
            of_floats(evaluator, members, |values| extreme(values, |value, best| value > best))
        }
        Aggregation::Count => Some(Point::Float(members.len() as f64)),
        Aggregation::Stddev => of_floats(evaluator, members, |values| variance(values).sqrt()),
        Aggregation::Stdvar => of_floats(evaluator, members, variance),
        _ => Some(Point::Float(1.0)),
    }
}

/// Of the numbers; histograms are passed over.
fn of_floats(
    evaluator: &mut Evaluator<'_>,
    members: &[Element<Point>],
    summary: impl FnOnce(Vec<f64>) -> f64,
) -> Option<Point> {
    let values: Vec<f64> = members.iter().filter_map(|member| member.value.float()).collect();
    if values.len() < members.len() {
        evaluator.note_omission("histograms are left out of an aggregation of numbers");
    }
    (!values.is_empty()).then(|| Point::Float(summary(values)))
}

/// Of numbers or of histograms; there is no sum of both together.
fn sum_or_mean(
    evaluator: &mut Evaluator<'_>,
    members: &[Element<Point>],
    of_floats: impl FnOnce(Vec<f64>) -> f64,
    of_sum: impl FnOnce(NativeHistogram, f64) -> NativeHistogram,
) -> Option<Point> {
    let values: Vec<f64> = members.iter().filter_map(|member| member.value.float()).collect();
    if values.len() == members.len() {
        return Some(Point::Float(of_floats(values)));
    }
    if !values.is_empty() {
        evaluator.note_omission("numbers and histograms can not be added");
        return None;
    }
    let histograms = members.iter().filter_map(|member| member.value.histogram()).map(AsRef::as_ref);
    let Some(sum) = NativeHistogram::sum(histograms) else {
        evaluator.note_omission("histograms with exponential and with custom buckets can not be added");
        return None;
    };
    Some(of_sum(sum, members.len() as f64).into())
}

/// The first, greatest or least elements of each group, as they are.
fn choose(
    evaluator: &mut Evaluator<'_>,
    node: &Aggregate,
    elements: Vec<Element<Point>>,
    count: f64,
) -> Result<Vec<Element<Point>>, PromqlError> {
    if count.is_nan() || count.abs() >= i64::MAX as f64 {
        return Err(PromqlError::BadParameter(format!("`{count}` is not a number of series")));
    }
    let count = count.max(0.0) as usize;
    let mut chosen = Vec::new();
    for (_, mut members) in groups(&node.grouping, elements) {
        if node.operation != Aggregation::Limitk {
            let all = members.len();
            members.retain(|member| member.value.float().is_some());
            if members.len() < all {
                evaluator.note_omission("histograms are left out of an aggregation of numbers");
            }
            rank(&mut members, node.operation == Aggregation::Topk);
        }
        members.truncate(count);
        chosen.append(&mut members);
    }
    Ok(chosen)
}

/// Stable: of equals the first comes first. NaN comes last either way.
fn rank(members: &mut [Element<Point>], greatest_first: bool) {
    members.sort_by(|a, b| {
        let (a, b) = (a.value.float().unwrap_or(f64::NAN), b.value.float().unwrap_or(f64::NAN));
        let order = if greatest_first { ascending(&b, &a) } else { ascending(&a, &b) };
        a.is_nan().cmp(&b.is_nan()).then(order)
    });
}

fn count_values(
    node: &Aggregate,
    elements: Vec<Element<Point>>,
    label: &str,
) -> Result<Vec<Element<Point>>, PromqlError> {
    if label.is_empty() {
        return Err(PromqlError::BadParameter("the label of count_values is empty".into()));
    }
    let mut grouping = node.grouping.clone();
    if !grouping.without {
        grouping.labels.push(label.to_owned());
    }
    let labelled = elements.into_iter().map(|element| {
        let labels = group_labels(&node.grouping, &element.labels).with(label, &spelled(&element.value));
        Element { labels, ..element }
    });
    let counted = groups(&grouping, labelled.collect()).into_iter();
    Ok(counted.map(|(labels, members)| Element::new(labels, Point::Float(members.len() as f64))).collect())
}

fn spelled(value: &Point) -> String {
    match value {
        Point::Histogram(histogram) => histogram.to_string(),
        Point::Float(value) if value.is_nan() => "NaN".into(),
        Point::Float(value) if value.is_infinite() => if *value > 0.0 { "+Inf" } else { "-Inf" }.into(),
        Point::Float(value) => format!("{value}"),
    }
}
