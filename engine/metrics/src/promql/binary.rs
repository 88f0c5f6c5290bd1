//! Binary operators on numbers, and between a number and a vector.

use super::evaluate::Evaluator;
use super::program::{Binary, Operator};
use super::value::{Element, Point, Value};
use super::{PromqlError, matching};
use crate::histogram::NativeHistogram;

pub fn evaluate<'s>(
    evaluator: &mut Evaluator<'s>,
    node: &'s Binary,
    now: i64,
) -> Result<Value<'s>, PromqlError> {
    let left = evaluator.node(&node.left, now)?;
    let right = evaluator.node(&node.right, now)?;
    match (left, right) {
        (Value::Scalar(left), Value::Scalar(right)) => {
            Ok(Value::Scalar(match on_numbers(node.operator, left, right) {
                Applied::Truth(truth) => f64::from(truth),
                Applied::Value(Point::Float(number)) => number,
                Applied::Value(Point::Histogram(_)) | Applied::Impossible => f64::NAN,
            }))
        }
        (Value::Scalar(scalar), Value::Vector(vector)) => {
            Ok(Value::Vector(with_scalar(evaluator, node, vector, |value| (Point::Float(scalar), value))))
        }
        (Value::Vector(vector), Value::Scalar(scalar)) => {
            Ok(Value::Vector(with_scalar(evaluator, node, vector, |value| (value, Point::Float(scalar)))))
        }
        (left, right) => {
            let (left, right) = (left.into_vector()?, right.into_vector()?);
            matching::combine(evaluator, node, left, right, now).map(Value::Vector)
        }
    }
}

#[derive(Debug, Clone)]
pub enum Applied {
    Value(Point),
    Truth(bool),
    /// Prometheus leaves the pair out, with a warning.
    Impossible,
}

/// One operator on two values.
pub fn apply(operator: Operator, left: &Point, right: &Point) -> Applied {
    match (left, right) {
        (Point::Float(left), Point::Float(right)) => on_numbers(operator, *left, *right),
        (Point::Histogram(histogram), Point::Float(number)) => match operator {
            Operator::Multiply => Applied::Value(histogram.times(*number).into()),
            Operator::Divide => Applied::Value(histogram.divided(*number).into()),
            _ => Applied::Impossible,
        },
        (Point::Float(number), Point::Histogram(histogram)) => match operator {
            Operator::Multiply => Applied::Value(histogram.times(*number).into()),
            _ => Applied::Impossible,
        },
        (Point::Histogram(left), Point::Histogram(right)) => on_histograms(operator, left, right),
    }
}

fn on_histograms(operator: Operator, left: &NativeHistogram, right: &NativeHistogram) -> Applied {
    let value = |histogram: Option<NativeHistogram>| {
        histogram.map_or(Applied::Impossible, |histogram| Applied::Value(histogram.into()))
    };
    match operator {
        Operator::Add => value(NativeHistogram::sum([left, right].into_iter())),
        Operator::Subtract => value(left.minus(right)),
        Operator::Equal => Applied::Truth(left.same_as(right)),
        Operator::NotEqual => Applied::Truth(!left.same_as(right)),
        _ => Applied::Impossible,
    }
}

/// The set operators have no answer on numbers, and never come here.
fn on_numbers(operator: Operator, left: f64, right: f64) -> Applied {
    let number = |number| Applied::Value(Point::Float(number));
    match operator {
        Operator::Add => number(left + right),
        Operator::Subtract => number(left - right),
        Operator::Multiply => number(left * right),
        Operator::Divide => number(left / right),
        Operator::Modulo => number(left % right),
        Operator::Power => number(left.powf(right)),
        Operator::Atan2 => number(left.atan2(right)),
        Operator::Equal => Applied::Truth(left == right),
        Operator::NotEqual => Applied::Truth(left != right),
        Operator::Less => Applied::Truth(left < right),
        Operator::LessOrEqual => Applied::Truth(left <= right),
        Operator::Greater => Applied::Truth(left > right),
        Operator::GreaterOrEqual => Applied::Truth(left >= right),
        Operator::And | Operator::Or | Operator::Unless => Applied::Impossible,
    }
}

/// A comparison leaves the elements for which it holds as they are, whichever side they are on.
fn with_scalar(
    evaluator: &mut Evaluator<'_>,
    node: &Binary,
    vector: Vec<Element<Point>>,
    sides: impl Fn(Point) -> (Point, Point),
) -> Vec<Element<Point>> {
    let mut one = |element: Element<Point>| {
        let (left, right) = sides(element.value.clone());
        match apply(node.operator, &left, &right) {
            Applied::Value(value) => Some(element.changed(value)),
            Applied::Truth(truth) if node.returns_bool => {
                Some(element.changed(Point::Float(f64::from(truth))))
            }
            Applied::Truth(true) => Some(element),
            Applied::Truth(false) => None,
            Applied::Impossible => {
                evaluator.note_omission(IMPOSSIBLE);
                None
            }
        }
    };
    vector.into_iter().filter_map(&mut one).collect()
}

pub const IMPOSSIBLE: &str = "an operator has no meaning for the histograms that it was given";
