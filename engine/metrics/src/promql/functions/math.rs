//! Functions of single values: signs, angles, rounding, clamping.

use super::{argument, floats};
use crate::promql::PromqlError;
use crate::promql::evaluate::Evaluator;
use crate::promql::program::Node;
use crate::promql::value::{Element, Value};

type Outcome<'s> = Result<Value<'s>, PromqlError>;

pub fn sign(value: f64) -> f64 {
    if value < 0.0 {
        -1.0
    } else if value > 0.0 {
        1.0
    } else {
        value
    }
}

pub fn degrees(value: f64) -> f64 {
    value * 180.0 / std::f64::consts::PI
}

pub fn radians(value: f64) -> f64 {
    value * std::f64::consts::PI / 180.0
}

/// To the nearest multiple, halves up.
pub fn round<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    let nearest =
        if arguments.len() > 1 { argument(evaluator, arguments, 1, now)?.into_scalar()? } else { 1.0 };
    // Dividing by the inverse keeps tenths and the like exact.
    let inverse = 1.0 / nearest;
    Ok(each(floats(evaluator, arguments, 0, now)?, |value| (value * inverse + 0.5).floor() / inverse))
}

pub fn clamp<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    let elements = floats(evaluator, arguments, 0, now)?;
    let least = argument(evaluator, arguments, 1, now)?.into_scalar()?;
    let greatest = argument(evaluator, arguments, 2, now)?.into_scalar()?;
    if greatest < least {
        return Ok(Value::Vector(Vec::new()));
    }
    Ok(each(elements, |value| maximum(least, minimum(greatest, value))))
}

pub fn clamp_max<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    let elements = floats(evaluator, arguments, 0, now)?;
    let greatest = argument(evaluator, arguments, 1, now)?.into_scalar()?;
    Ok(each(elements, |value| minimum(greatest, value)))
}

pub fn clamp_min<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    let elements = floats(evaluator, arguments, 0, now)?;
    let least = argument(evaluator, arguments, 1, now)?.into_scalar()?;
    Ok(each(elements, |value| maximum(least, value)))
}

pub fn max_of<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    let first = argument(evaluator, arguments, 0, now)?.into_scalar()?;
    Ok(Value::Scalar(maximum(first, argument(evaluator, arguments, 1, now)?.into_scalar()?)))
}

pub fn min_of<'s>(evaluator: &mut Evaluator<'s>, arguments: &'s [Node], now: i64) -> Outcome<'s> {
    let first = argument(evaluator, arguments, 0, now)?.into_scalar()?;
    Ok(Value::Scalar(minimum(first, argument(evaluator, arguments, 1, now)?.into_scalar()?)))
}

fn each<'s>(elements: Vec<Element>, change: impl Fn(f64) -> f64) -> Value<'s> {
    let changed = |element: Element| {
        let value = change(element.value);
        element.changed(value)
    };
    Value::floats(elements.into_iter().map(changed).collect())
}

/// NaN when either is, unlike Rust's own.
fn maximum(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

fn minimum(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(b) }
}
