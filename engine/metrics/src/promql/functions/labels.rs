//! Labels made from labels: `label_replace`, `label_join`.

use regex::Regex;

use super::{text, vector};
use crate::promql::PromqlError;
use crate::promql::evaluate::Evaluator;
use crate::promql::program::Node;
use crate::promql::value::{Element, Point, Value};
use crate::series::METRIC_NAME;

/// Sets a label where a regular expression matches the whole of another; an empty value drops it.
pub fn replace<'s>(
    evaluator: &mut Evaluator<'s>,
    arguments: &'s [Node],
    now: i64,
) -> Result<Value<'s>, PromqlError> {
    let (target, replacement) = (text(arguments, 1)?, text(arguments, 2)?);
    let (source, pattern) = (text(arguments, 3)?, text(arguments, 4)?);
    check_name(&target)?;
    if !evaluator.regexes.contains_key(&pattern) {
        let regex = Regex::new(&format!("^(?s:{pattern})$"));
        let regex = regex
            .map_err(|_| PromqlError::BadParameter(format!("`{pattern}` is not a regular expression")))?;
        evaluator.regexes.insert(pattern.clone(), regex);
    }
    let elements = vector(evaluator, arguments, 0, now)?;
    let regex = evaluator.regexes.get(&pattern);
    let one =
        |element: Element<Point>| match regex.and_then(|regex| regex.captures(element.labels.get(&source))) {
            None => element,
            Some(captures) => {
                let mut value = String::new();
                captures.expand(&replacement, &mut value);
                labelled(&element, &target, &value)
            }
        };
    distinct(elements.iter().cloned().map(one).collect())
}

/// Sets a label to the values of others, with a separator between.
pub fn join<'s>(
    evaluator: &mut Evaluator<'s>,
    arguments: &'s [Node],
    now: i64,
) -> Result<Value<'s>, PromqlError> {
    let (target, separator) = (text(arguments, 1)?, text(arguments, 2)?);
    check_name(&target)?;
    let sources = (3..arguments.len()).map(|index| text(arguments, index)).collect::<Result<Vec<_>, _>>()?;
    sources.iter().try_for_each(|source| check_name(source))?;
    let elements = vector(evaluator, arguments, 0, now)?;
    let one = |element: &Element<Point>| {
        let values: Vec<_> = sources.iter().map(|source| element.labels.get(source)).collect();
        labelled(element, &target, &values.join(&separator))
    };
    distinct(elements.iter().map(one).collect())
}

/// A metric name that is set here is meant to stay.
fn labelled(element: &Element<Point>, target: &str, value: &str) -> Element<Point> {
    let drop_name = element.drop_name && target != METRIC_NAME;
    Element { labels: element.labels.with(target, value), value: element.value.clone(), drop_name }
}

fn check_name(label: &str) -> Result<(), PromqlError> {
    if label.is_empty() {
        return Err(PromqlError::BadParameter("the name of a label is empty".into()));
    }
    Ok(())
}

fn distinct<'s>(elements: Vec<Element<Point>>) -> Result<Value<'s>, PromqlError> {
    let mut seen = std::collections::HashSet::new();
    if let Some(twice) = elements.iter().find(|element| !seen.insert(&element.labels)) {
        return Err(PromqlError::SameLabels(twice.labels.to_string()));
    }
    Ok(Value::Vector(elements))
}
