//! The parser's label matchers, compiled.

use promql_parser::label::{MatchOp, Matcher as Parsed};
use promql_parser::parser::VectorSelector;
use regex::Regex;

use super::PromqlError;
use crate::series::{METRIC_NAME, MatchKind, Matcher, Selector};

pub fn compile(selector: &VectorSelector) -> Result<Selector, PromqlError> {
    let named = selector.name.iter().map(|name| Ok(Matcher::equal(METRIC_NAME, name)));
    let groups: Vec<&Vec<Parsed>> = match selector.matchers.or_matchers.as_slice() {
        [] => vec![&selector.matchers.matchers],
        groups => groups.iter().collect(),
    };
    let alternatives = groups
        .into_iter()
        .map(|matchers| named.clone().chain(matchers.iter().map(matcher)).collect::<Result<Vec<_>, _>>())
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Selector { alternatives })
}

fn matcher(parsed: &Parsed) -> Result<Matcher, PromqlError> {
    let kind = match &parsed.op {
        MatchOp::Equal => MatchKind::Equal(parsed.value.clone()),
        MatchOp::NotEqual => MatchKind::NotEqual(parsed.value.clone()),
        MatchOp::Re(regex) => MatchKind::Matches(dotall(regex)?),
        MatchOp::NotRe(regex) => MatchKind::NotMatches(dotall(regex)?),
    };
    Ok(Matcher { label: parsed.name.clone(), kind })
}

/// In Prometheus a dot matches a line break too; the parser anchors the expression, and no more.
fn dotall(regex: &Regex) -> Result<Regex, PromqlError> {
    Regex::new(&format!("(?s){}", regex.as_str()))
        .map_err(|_| PromqlError::BadParameter(format!("`{regex}` is not a regular expression")))
}
