//! Order: `sort`, `sort_by_label` and their opposites.

use std::cmp::Ordering;

use super::{floats, text, vector};
use crate::numeric::ascending;
use crate::promql::PromqlError;
use crate::promql::evaluate::Evaluator;
use crate::promql::program::Node;
use crate::promql::value::{Element, Point, Value};

type Outcome<'s> = Result<Value<'s>, PromqlError>;

pub fn sort<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    let mut elements = floats(evaluator, arguments, 0, now)?;
    elements.sort_by(|a, b| nan_last(a, b).then(ascending(&a.value, &b.value)));
    Ok(Value::floats(elements))
}

pub fn sort_desc<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    let mut elements = floats(evaluator, arguments, 0, now)?;
    elements.sort_by(|a, b| nan_last(a, b).then(ascending(&b.value, &a.value)));
    Ok(Value::floats(elements))
}

pub fn sort_by_label<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    by_label(evaluator, arguments, now).map(Value::Vector)
}

pub fn sort_by_label_desc<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    let mut elements = by_label(evaluator, arguments, now)?;
    elements.reverse();
    Ok(Value::Vector(elements))
}

/// By the labels that are named, then by all labels, numbers within them in their natural order.
fn by_label<'s>(
    evaluator: &mut Evaluator<'s>,
    arguments: &'s [Node],
    now: i64,
) -> Result<Vec<Element<Point>>, PromqlError> {
    let names = (1..arguments.len()).map(|index| text(arguments, index)).collect::<Result<Vec<_>, _>>()?;
    let mut elements = vector(evaluator, arguments, 0, now)?;
    elements.sort_by(|a, b| {
        let by_name = |name: &String| natural(a.labels.get(name), b.labels.get(name));
        let named = names.iter().map(by_name).find(|order| order.is_ne());
        named.unwrap_or_else(|| a.labels.cmp(&b.labels))
    });
    Ok(elements)
}

fn nan_last(a: &Element, b: &Element) -> Ordering {
    a.value.is_nan().cmp(&b.value.is_nan())
}

/// `cpu2` before `cpu10`: runs of digits compare as numbers.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (first, second) = (run(a), run(b));
        let order = match (first, second) {
            ("", _) | (_, "") => return first.len().cmp(&second.len()),
            _ if is_number(first) && is_number(second) => {
                let (x, y) = (first.trim_start_matches('0'), second.trim_start_matches('0'));
                x.len().cmp(&y.len()).then_with(|| x.cmp(y)).then_with(|| first.len().cmp(&second.len()))
            }
            _ => first.cmp(second),
        };
        if order.is_ne() {
            return order;
        }
        (a, b) = (&a[first.len()..], &b[second.len()..]);
    }
}

/// The digits, or the other characters, that a text begins with.
fn run(text: &str) -> &str {
    let digits = is_number(text);
    let end = text.find(|next: char| next.is_ascii_digit() != digits).unwrap_or(text.len());
    &text[..end]
}

fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_within_texts_compare_as_numbers() {
        for (less, more) in
            [("cpu2", "cpu10"), ("a", "b"), ("", "a"), ("10", "a"), ("a1b2", "a1b10"), ("2", "02")]
        {
            assert_eq!(
                (natural(less, more), natural(more, less)),
                (Ordering::Less, Ordering::Greater),
                "{less} {more}"
            );
        }
        assert_eq!(natural("a1", "a1"), Ordering::Equal);
    }
}
