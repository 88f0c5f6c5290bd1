//! What a native histogram holds: `histogram_count`, `histogram_sum` and the like. Numbers are passed over.

use super::vector;
use crate::histogram::NativeHistogram;
use crate::promql::PromqlError;
use crate::promql::evaluate::Evaluator;
use crate::promql::program::Node;
use crate::promql::value::{Element, Point, Value};

type Outcome<'s> = Result<Value<'s>, PromqlError>;

pub fn avg<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    each(evaluator, arguments, now, NativeHistogram::mean)
}

pub fn count<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    each(evaluator, arguments, now, |histogram| histogram.count)
}

pub fn stddev<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    each(evaluator, arguments, now, |histogram| histogram.variance().sqrt())
}

pub fn stdvar<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    each(evaluator, arguments, now, NativeHistogram::variance)
}

pub fn sum<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    each(evaluator, arguments, now, |histogram| histogram.sum)
}

fn each<'s>(
    evaluator: &mut Evaluator<'s>,
    arguments: &'s [Node],
    now: i64,
    of: impl Fn(&NativeHistogram) -> f64,
) -> Outcome<'s> {
    let one = |element: Element<Point>| {
        let value = of(element.value.histogram()?);
        Some(element.changed(value))
    };
    Ok(Value::floats(vector(evaluator, arguments, 0, now)?.into_iter().filter_map(one).collect()))
}
