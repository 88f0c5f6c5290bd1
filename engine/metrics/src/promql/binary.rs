//! Binary operators on numbers, and between a number and a vector.

use super::evaluate::Evaluator;
use super::program::{Binary, Operator};
use super::value::{Element, Value};
use super::{PromqlError, matching};

pub fn evaluate<'s>(
    evaluator: &mut Evaluator<'s>,
    node: &'s Binary,
    now: i64,
) -> Result<Value<'s>, PromqlError> {
    let left = evaluator.node(&node.left, now)?;
    let right = evaluator.node(&node.right, now)?;
    match (left, right) {
        (Value::Scalar(left), Value::Scalar(right)) => {
            Ok(Value::Scalar(match apply(node.operator, left, right) {
                Applied::Number(number) => number,
                Applied::Truth(truth) => f64::from(truth),
            }))
        }
        (Value::Scalar(scalar), Value::Vector(vector)) => {
            Ok(Value::Vector(with_scalar(node, vector, |value| (scalar, value))))
        }
        (Value::Vector(vector), Value::Scalar(scalar)) => {
            Ok(Value::Vector(with_scalar(node, vector, |value| (value, scalar))))
        }
        (left, right) => {
            let (left, right) = (left.into_vector()?, right.into_vector()?);
            matching::combine(evaluator, node, left, right, now).map(Value::Vector)
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Applied {
    Number(f64),
    Truth(bool),
}

/// One operator on two numbers. The set operators have none, and never come here.
pub fn apply(operator: Operator, left: f64, right: f64) -> Applied {
    match operator {
        Operator::Add => Applied::Number(left + right),
        Operator::Subtract => Applied::Number(left - right),
        Operator::Multiply => Applied::Number(left * right),
        Operator::Divide => Applied::Number(left / right),
        Operator::Modulo => Applied::Number(left % right),
        Operator::Power => Applied::Number(left.powf(right)),
        Operator::Atan2 => Applied::Number(left.atan2(right)),
        Operator::Equal => Applied::Truth(left == right),
        Operator::NotEqual => Applied::Truth(left != right),
        Operator::Less => Applied::Truth(left < right),
        Operator::LessOrEqual => Applied::Truth(left <= right),
        Operator::Greater => Applied::Truth(left > right),
        Operator::GreaterOrEqual => Applied::Truth(left >= right),
        Operator::And | Operator::Or | Operator::Unless => Applied::Truth(false),
    }
}

/// A comparison leaves the elements for which it holds as they are, whichever side they are on.
fn with_scalar(node: &Binary, vector: Vec<Element>, sides: impl Fn(f64) -> (f64, f64)) -> Vec<Element> {
    let one = |element: Element| {
        let (left, right) = sides(element.value);
        match apply(node.operator, left, right) {
            Applied::Number(number) => Some(element.changed(number)),
            Applied::Truth(truth) if node.returns_bool => Some(element.changed(f64::from(truth))),
            Applied::Truth(true) => Some(element),
            Applied::Truth(false) => None,
        }
    };
    vector.into_iter().filter_map(one).collect()
}
