//! Which series a selector takes.

use regex::Regex;

use super::{Labels, METRIC_NAME};

#[derive(Debug, Clone)]
pub enum MatchKind {
    Equal(String),
    NotEqual(String),
    /// The expression must match the whole value.
    Matches(Regex),
    NotMatches(Regex),
}

/// A condition on one label; an absent label has the empty value.
#[derive(Debug, Clone)]
pub struct Matcher {
    pub label: String,
    pub kind: MatchKind,
}

impl Matcher {
    pub fn equal(label: &str, value: &str) -> Self {
        Self { label: label.to_owned(), kind: MatchKind::Equal(value.to_owned()) }
    }

    fn to_promql(&self) -> String {
        let (sign, value) = match &self.kind {
            MatchKind::Equal(value) => ("=", value.as_str()),
            MatchKind::NotEqual(value) => ("!=", value.as_str()),
            MatchKind::Matches(regex) => ("=~", regex.as_str()),
            MatchKind::NotMatches(regex) => ("!~", regex.as_str()),
        };
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let quote = if self.label.chars().all(plain) { "" } else { "\"" };
        format!("{quote}{}{quote}{sign}\"{value}\"", self.label)
    }

    pub fn accepts(&self, value: &str) -> bool {
        match &self.kind {
            MatchKind::Equal(wanted) => value == wanted,
            MatchKind::NotEqual(unwanted) => value != unwanted,
            MatchKind::Matches(regex) => regex.is_match(value),
            MatchKind::NotMatches(regex) => !regex.is_match(value),
        }
    }
}

/// Alternatives, of which each is a list of conditions that must all hold.
#[derive(Debug, Clone, Default)]
pub struct Selector {
    pub alternatives: Vec<Vec<Matcher>>,
}

impl Selector {
    pub fn all_of(matchers: Vec<Matcher>) -> Self {
        Self { alternatives: vec![matchers] }
    }

    pub fn accepts(&self, labels: &Labels) -> bool {
        let holds = |matcher: &Matcher| matcher.accepts(labels.get(&matcher.label));
        self.alternatives.iter().any(|matchers| matchers.iter().all(holds))
    }

    /// As PromQL writes each alternative.
    pub fn to_promql(&self) -> Vec<String> {
        let written = |matchers: &Vec<Matcher>| {
            let matchers: Vec<String> = matchers.iter().map(Matcher::to_promql).collect();
            format!("{{{}}}", matchers.join(","))
        };
        self.alternatives.iter().map(written).collect()
    }

    /// As people write it: the name before the braces.
    pub fn shown(&self) -> String {
        let one = |matchers: &Vec<Matcher>| {
            let name = matchers.iter().find_map(exact_name).unwrap_or_default();
            let others = matchers.iter().filter(|one| name.is_empty() || one.label != METRIC_NAME);
            let others: Vec<String> = others.map(Matcher::to_promql).collect();
            if others.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", others.join(",")) }
        };
        self.alternatives.iter().map(one).collect::<Vec<_>>().join(" or ")
    }

    /// The metric names it is about, if each alternative names one exactly.
    pub fn metric_names(&self) -> Option<Vec<&str>> {
        self.alternatives.iter().map(|matchers| matchers.iter().find_map(exact_name)).collect()
    }
}

fn exact_name(matcher: &Matcher) -> Option<&str> {
    match &matcher.kind {
        MatchKind::Equal(name) if matcher.label == METRIC_NAME => Some(name),
        _ => None,
    }
}
