//! Binary operators between vectors: which series find each other, and what their result is called.

use std::collections::{HashMap, HashSet};

use super::PromqlError;
use super::binary::{Applied, IMPOSSIBLE, apply};
use super::evaluate::Evaluator;
use super::program::{Binary, Cardinality, Matching, Node, Operator};
use super::value::{Element, Point, is_reserved};
use crate::series::{Labels, METRIC_NAME};

pub fn combine<'s>(
    evaluator: &mut Evaluator<'s>,
    node: &'s Binary,
    left: Vec<Element<Point>>,
    right: Vec<Element<Point>>,
    now: i64,
) -> Result<Vec<Element<Point>>, PromqlError> {
    let signature = |element: &Element<Point>| signature(&node.matching, &element.labels);
    let signatures =
        |elements: &[Element<Point>]| -> HashSet<Labels> { elements.iter().map(signature).collect() };
    match node.operator {
        Operator::And => {
            let present = signatures(&right);
            Ok(left.into_iter().filter(|element| present.contains(&signature(element))).collect())
        }
        Operator::Unless => {
            let present = signatures(&right);
            Ok(left.into_iter().filter(|element| !present.contains(&signature(element))).collect())
        }
        Operator::Or => {
            let present = signatures(&left);
            let more = right.into_iter().filter(|element| !present.contains(&signature(element)));
            Ok(left.into_iter().chain(more).collect())
        }
        _ => {
            let zeros = if evaluator.options.absent_numerator_is_zero && node.operator == Operator::Divide {
                absent_numerators(evaluator, node, &left, &right, now)
            } else {
                Vec::new()
            };
            let (mut result, impossible) = one_sided(node, left, right)?;
            if impossible {
                evaluator.note_omission(IMPOSSIBLE);
            }
            result.extend(zeros);
            Ok(result)
        }
    }
}

/// The elements of a division that have a denominator, and whose numerator was never seen.
///
/// That is so when no selector of the left side has, within its range or the lookback, a sample of a
/// series that agrees with the denominator on all labels by which the two sides match.
fn absent_numerators(
    evaluator: &mut Evaluator<'_>,
    node: &Binary,
    left: &[Element<Point>],
    right: &[Element<Point>],
    now: i64,
) -> Vec<Element<Point>> {
    let many_is_left = node.matching.cardinality == Cardinality::ManyToOne;
    let Some(sources) = numerator_sources(evaluator, &node.left, now) else { return Vec::new() };
    let known: HashSet<Labels> =
        left.iter().map(|element| signature(&node.matching, &element.labels)).collect();
    let absent = right.iter().filter_map(|denominator| {
        let divisor = denominator.value.float()?;
        let wanted = signature(&node.matching, &denominator.labels);
        if known.contains(&wanted) {
            return None;
        }
        let agrees = |labels: &Labels| wanted.iter().all(|(name, value)| labels.get(name) == value);
        if sources
            .iter()
            .any(|(selector, after, until)| evaluator.was_seen(*selector, *after, *until, &agrees))
        {
            return None;
        }
        let labels =
            if many_is_left { wanted } else { result_labels(node, &denominator.labels, &Labels::default()) };
        Some(Element::new(labels, Point::Float(0.0 / divisor)))
    });
    let absent: Vec<_> = absent.collect();
    if !absent.is_empty() {
        sources.iter().for_each(|(selector, ..)| evaluator.note_zero(*selector));
    }
    absent
}

/// The selectors of the left side, each with the time in which a sample counts as seen. Nothing when
/// absence there can not be told from labels: no selector at all, or labels made up on the way.
fn numerator_sources(evaluator: &Evaluator<'_>, left: &Node, now: i64) -> Option<Vec<(usize, i64, i64)>> {
    let mut sources = Vec::new();
    let mut certain = true;
    left.walk(&mut |node| match node {
        Node::Instant { selector, shift } => {
            let until = evaluator.shifted(now, *shift);
            sources.push((*selector, until.saturating_sub(evaluator.options.lookback_ms), until));
        }
        Node::Window { selector, range_ms, shift } => {
            let until = evaluator.shifted(now, *shift);
            let range = evaluator.options.lookback_ms.max(*range_ms);
            sources.push((*selector, until.saturating_sub(range), until));
        }
        Node::Subquery { .. } => certain = false,
        Node::Call { function, .. } => certain &= !function.makes_labels,
        _ => {}
    });
    (certain && !sources.is_empty()).then_some(sources)
}

/// One-to-one, many-to-one and one-to-many, the last with its sides swapped; and whether a pair had no
/// answer.
fn one_sided(
    node: &Binary,
    left: Vec<Element<Point>>,
    right: Vec<Element<Point>>,
) -> Result<(Vec<Element<Point>>, bool), PromqlError> {
    let swapped = node.matching.cardinality == Cardinality::OneToMany;
    let (many, one) = if swapped { (right, left) } else { (left, right) };
    let matching = &node.matching;
    // As in Prometheus, `fill_left` is for the many side even where that is on the right.
    let (fill_many, fill_one) = (matching.fill_left, matching.fill_right);
    if (many.is_empty() && fill_many.is_none()) || (one.is_empty() && fill_one.is_none()) {
        return Ok((Vec::new(), false));
    }
    let one_side = if swapped { "left" } else { "right" };
    let mut partners: HashMap<Labels, Element<Point>> = HashMap::with_capacity(one.len());
    for element in one {
        let group = signature(matching, &element.labels);
        if partners.contains_key(&group) {
            return Err(ambiguous(node, one_side, &group, "the labels must be unique on that side"));
        }
        partners.insert(group, element);
    }
    let result = Vec::with_capacity(many.len());
    let mut pairs = Pairs { node, swapped, taken: HashMap::new(), result, impossible: false };
    for element in &many {
        let group = signature(matching, &element.labels);
        match (partners.get(&group), fill_one) {
            (Some(partner), _) => pairs.add(element, partner, group)?,
            (None, Some(fill)) => {
                let partner = Element::new(group.clone(), Point::Float(fill));
                pairs.add(element, &partner, group)?;
            }
            (None, None) => {}
        }
    }
    if let Some(fill) = fill_many {
        let mut unmatched: Vec<_> =
            partners.iter().filter(|(group, _)| !pairs.taken.contains_key(*group)).collect();
        unmatched.sort_by_key(|(group, _)| *group);
        for (group, partner) in unmatched {
            pairs.add(&Element::new(group.clone(), Point::Float(fill)), partner, group.clone())?;
        }
    }
    Ok((pairs.result, pairs.impossible))
}

struct Pairs<'n> {
    node: &'n Binary,
    swapped: bool,
    /// The result's labels for each group that has found a partner.
    taken: HashMap<Labels, HashSet<Labels>>,
    result: Vec<Element<Point>>,
    impossible: bool,
}

impl Pairs<'_> {
    fn add(&mut self, many: &Element<Point>, one: &Element<Point>, group: Labels) -> Result<(), PromqlError> {
        let node = self.node;
        let (left, right) = if self.swapped { (&one.value, &many.value) } else { (&many.value, &one.value) };
        let value = match apply(node.operator, left, right) {
            Applied::Value(value) => Some(value),
            Applied::Truth(truth) if node.returns_bool => Some(Point::Float(f64::from(truth))),
            Applied::Truth(truth) => truth.then(|| left.clone()),
            Applied::Impossible => {
                self.impossible = true;
                None
            }
        };
        let labels = result_labels(node, &many.labels, &one.labels);
        let taken = self.taken.entry(group.clone()).or_default();
        if node.matching.cardinality == Cardinality::OneToOne && !taken.is_empty() {
            return Err(ambiguous(
                node,
                "left",
                &group,
                "say which side is the many with group_left or group_right",
            ));
        }
        if value.is_none() && node.matching.cardinality != Cardinality::OneToOne {
            // The pair is made all the same: one more that looks like it would not be told apart.
            taken.insert(labels);
            return Ok(());
        }
        if !taken.insert(labels.clone()) {
            return Err(ambiguous(node, "many", &group, "the grouping labels must keep its series apart"));
        }
        if let Some(value) = value {
            self.result.push(Element { labels, value, drop_name: node.returns_bool });
        }
        Ok(())
    }
}

/// The labels by which the two sides match.
fn signature(matching: &Matching, labels: &Labels) -> Labels {
    if matching.on {
        labels.filtered(|name| matching.labels.iter().any(|label| label == name))
    } else {
        labels.filtered(|name| name != METRIC_NAME && !matching.labels.iter().any(|label| label == name))
    }
}

/// What the result of an element of the many side, or of a pair of equals, is called.
fn result_labels(node: &Binary, many: &Labels, one: &Labels) -> Labels {
    let matching = &node.matching;
    let named = |name: &str| matching.labels.iter().any(|label| label == name);
    let drops_name = !node.operator.is_comparison();
    let pairs_equals = matching.cardinality == Cardinality::OneToOne;
    let mut labels = many
        .filtered(|name| !(drops_name && is_reserved(name)) && (!pairs_equals || named(name) == matching.on));
    for name in &matching.included {
        labels = labels.with(name, one.get(name));
    }
    labels
}

fn ambiguous(node: &Binary, side: &'static str, group: &Labels, advice: &'static str) -> PromqlError {
    PromqlError::AmbiguousMatch { operator: node.operator.symbol(), side, group: group.to_string(), advice }
}
