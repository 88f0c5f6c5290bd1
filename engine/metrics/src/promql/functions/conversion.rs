//! Between scalars and vectors, and times: `scalar`, `vector`, `time`, `start`, `timestamp`, `pi` and the
//! like.

use super::{argument, floats, vector as vector_argument};
use crate::promql::PromqlError;
use crate::promql::evaluate::Evaluator;
use crate::promql::program::Node;
use crate::promql::value::{Element, Value};
use crate::series::Labels;

type Outcome<'s> = Result<Value<'s>, PromqlError>;

/// The value of the only number; NaN when there is not exactly one.
pub fn scalar<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    match floats(evaluator, arguments, 0, now)?.as_slice() {
        [only] => Ok(Value::Scalar(only.value)),
        _ => Ok(Value::Scalar(f64::NAN)),
    }
}

pub fn vector<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    let value = argument(evaluator, arguments, 0, now)?.into_scalar()?;
    Ok(Value::floats(vec![Element::new(Labels::default(), value)]))
}

pub fn time<'s>(_: &mut Evaluator<'s>, _: &'s [Node], now: i64) -> Outcome<'s> {
    Ok(Value::Scalar(now as f64 / 1000.0))
}

/// The first moment of the whole query, in seconds.
pub fn start<'s>(evaluator: &mut Evaluator<'s>, _: &'s [Node], _: i64) -> Outcome<'s> {
    Ok(Value::Scalar(evaluator.bounds.0 as f64 / 1000.0))
}

pub fn end<'s>(evaluator: &mut Evaluator<'s>, _: &'s [Node], _: i64) -> Outcome<'s> {
    Ok(Value::Scalar(evaluator.bounds.1 as f64 / 1000.0))
}

pub fn range<'s>(evaluator: &mut Evaluator<'s>, _: &'s [Node], _: i64) -> Outcome<'s> {
    Ok(Value::Scalar((evaluator.bounds.1 - evaluator.bounds.0) as f64 / 1000.0))
}

/// The time between two steps of a range query; zero where there is one moment only.
pub fn step<'s>(evaluator: &mut Evaluator<'s>, _: &'s [Node], _: i64) -> Outcome<'s> {
    Ok(Value::Scalar(evaluator.step_ms as f64 / 1000.0))
}

pub fn pi<'s>(_: &mut Evaluator<'s>, _: &'s [Node], _: i64) -> Outcome<'s> {
    Ok(Value::Scalar(std::f64::consts::PI))
}

/// Of a selector, when each sample was taken; of anything computed, now.
pub fn timestamp<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    if let Some(Node::Instant { selector, shift }) = arguments.first() {
        let at = evaluator.shifted(now, *shift);
        let samples = evaluator.instant(*selector, at)?.into_iter();
        return Ok(Value::floats(samples.map(|(element, at)| element.changed(at as f64 / 1000.0)).collect()));
    }
    let elements = vector_argument(evaluator, arguments, 0, now)?.into_iter();
    Ok(Value::floats(elements.map(|element| element.changed(now as f64 / 1000.0)).collect()))
}
