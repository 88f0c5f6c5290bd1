//! One value with its path, and the getters that say what was expected.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use super::{Fields, Reading};
use crate::document::measure::{parse_duration, parse_weight, show_duration};
use crate::document::problem::{listed, nearest, quoted};
use crate::document::source::{Origin, Span, Spanned};
use crate::document::tree::{Entry, Node, Value};
use crate::model::shape::Weight;

/// A value in a document, on the way to being read.
#[derive(Debug, Clone)]
pub struct Field<'a> {
    reading: &'a Reading<'a>,
    node: &'a Node,
    /// Place of its key, when it has one.
    key_span: Option<Span>,
    /// `candidate.readiness.within`; empty for the document itself.
    path: String,
}

/// Whether it is a name: lower-case letters, digits and `-`, as in a DNS label.
pub fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let ends = text.starts_with('-') || text.ends_with('-');
    !text.is_empty() && text.len() <= 63 && text.bytes().all(fits) && !ends
}

impl<'a> Field<'a> {
    pub(super) fn new(reading: &'a Reading<'a>, node: &'a Node, path: String) -> Self {
        Self { reading, node, key_span: None, path }
    }

    /// A value in it, by name or index.
    pub fn child(&self, name: &str, node: &'a Node) -> Self {
        Self::new(self.reading, node, self.path_to(name))
    }

    pub fn node(&self) -> &'a Node {
        self.node
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn reading(&self) -> &'a Reading<'a> {
        self.reading
    }

    /// Where to point: the value, or for a list or map its key.
    pub fn span(&self) -> Span {
        self.key_span.filter(|_| self.node.is_collection()).unwrap_or(self.node.span)
    }

    /// Any text but an empty one.
    pub fn text(&self) -> Option<String> {
        let text = self.text_or_empty()?;
        if text.is_empty() {
            return self.refuse("wrong-value", format!("{} is empty", quoted(&self.path)), "write some text");
        }
        Some(text)
    }

    /// Any text.
    pub fn text_or_empty(&self) -> Option<String> {
        let text = match &self.node.value {
            Value::Text(text) => text.clone(),
            // An argument of a command is text before it is anything else.
            _ if self.node.span.origin == Origin::Override && !self.node.is_collection() => {
                self.written().to_owned()
            }
            Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
                return self.expected("text", &format!("put it in quotes: `\"{}\"`", self.written()));
            }
            _ => {
                return self.expected("text", "write some text, in quotes if in doubt");
            }
        };
        if text.contains('\0') {
            return self.refuse(
                "wrong-value",
                "text can not hold a NUL character".to_owned(),
                "take out the `\\0`",
            );
        }
        Some(text)
    }

    pub fn spanned_text(&self) -> Option<Spanned<String>> {
        self.text().map(|value| Spanned { value, span: self.node.span })
    }

    /// A name: lower-case letters, digits and `-`, as in a DNS label.
    pub fn name(&self) -> Option<String> {
        let name = self.text()?;
        if !is_name(&name) {
            let message = format!("{} is not a name", quoted(&name));
            return self.refuse(
                "wrong-name",
                message,
                "use at most 63 lower-case letters, digits and `-`, as in `my-shop`",
            );
        }
        Some(name)
    }

    pub fn boolean(&self) -> Option<bool> {
        match self.node.value {
            Value::Bool(value) => Some(value),
            _ => self.expected("`true` or `false`", "write `true` or `false`, without quotes"),
        }
    }

    pub fn integer(&self, range: RangeInclusive<i64>) -> Option<i64> {
        match self.node.value {
            Value::Int(value) if range.contains(&value) => Some(value),
            Value::Int(_) => self.outside("a whole number", range.start(), range.end()),
            _ => self.expected("a whole number", &format!("write for example `{}`", range.start())),
        }
    }

    /// A whole number that is counted in 32 bits.
    pub fn count(&self, range: RangeInclusive<u32>) -> Option<u32> {
        let value = self.integer(i64::from(*range.start())..=i64::from(*range.end()))?;
        u32::try_from(value).ok()
    }

    pub fn number(&self, range: RangeInclusive<f64>) -> Option<f64> {
        // Whole numbers beyond 2^53 lose their last digits, as in JSON.
        let value = match self.node.value {
            Value::Int(value) => Some(value as f64),
            Value::Float(value) => Some(value),
            _ => None,
        };
        match value {
            Some(value) if range.contains(&value) => Some(value),
            Some(_) => self.outside("a number", range.start(), range.end()),
            None => self.expected("a number", &format!("write for example `{}`", range.start())),
        }
    }

    /// A length of time in milliseconds, within bounds in milliseconds.
    pub fn duration(&self, range: RangeInclusive<u64>) -> Option<u64> {
        let read = match &self.node.value {
            Value::Text(text) => parse_duration(text),
            Value::Int(0) => Some(0),
            _ => None,
        };
        match read {
            Some(value) if range.contains(&value) => Some(value),
            Some(_) => self.outside("a duration", show_duration(*range.start()), show_duration(*range.end())),
            None => self.expected("a duration such as \"30s\"", &self.duration_help()),
        }
    }

    /// A share of traffic: `5`, `5 %`, `0.5%`.
    pub fn weight(&self) -> Option<Weight> {
        let text = match &self.node.value {
            Value::Text(text) => text.as_str(),
            Value::Int(_) | Value::Float(_) => self.written(),
            _ => "",
        };
        parse_weight(text).or_else(|| {
            self.expected(
                "a share of traffic such as \"5 %\"",
                "write a percentage from 0 to 100 with at most one decimal",
            )
        })
    }

    /// One of a few words.
    pub fn one_of<T: Clone>(&self, words: &[(&str, T)]) -> Option<T> {
        let names = || words.iter().map(|(name, _)| *name);
        let Some(written) = self.node.as_text() else {
            return self.expected("a word", &format!("write {}", alternatives(names())));
        };
        if let Some((_, value)) = words.iter().find(|(name, _)| *name == written) {
            return Some(value.clone());
        }
        let meant =
            nearest(written, names()).map_or(String::new(), |meant| format!("did you mean `{meant}`? "));
        let message = format!("{} can not be {}", quoted(&self.path), quoted(written));
        self.refuse("wrong-value", message, &format!("{meant}write {}", alternatives(names())))
    }

    pub fn list(&self) -> Option<Vec<Self>> {
        match self.node.as_list() {
            Some(list) => Some(
                list.iter().enumerate().map(|(index, node)| self.child(&index.to_string(), node)).collect(),
            ),
            None => self.expected("a list", "write `[first, second]`, or one item a line, each after `- `"),
        }
    }

    /// A list of text; nothing when one of it is not.
    pub fn texts(&self) -> Option<Vec<String>> {
        let read: Vec<Option<String>> = self.list()?.iter().map(Self::text).collect();
        read.into_iter().collect()
    }

    /// A map with any keys.
    pub fn entries(&self) -> Option<Vec<(Spanned<&'a str>, Self)>> {
        let Some(map) = self.node.as_map() else {
            return self.expected("a map", "write `{key: value}`, or one `key: value` a line, indented");
        };
        let entry = |entry: &'a Entry| {
            let key = Spanned { value: entry.key.as_str(), span: entry.key_span };
            (key, self.child(&entry.key, &entry.value).named_at(entry.key_span))
        };
        Some(map.iter().map(entry).collect())
    }

    /// A map of text to text; nothing when one of it is not.
    pub fn text_map(&self) -> Option<BTreeMap<String, String>> {
        let read =
            |(key, field): &(Spanned<&str>, Self)| Some((key.value.to_owned(), field.text_or_empty()?));
        let all: Vec<Option<(String, String)>> = self.entries()?.iter().map(read).collect();
        all.into_iter().collect()
    }

    /// A map of which every key is known.
    pub fn fields(&self, known: &'static [&'static str]) -> Option<Fields<'a>> {
        match self.node.as_map() {
            Some(map) => Some(Fields::new(self.clone(), map, known)),
            None => {
                let example = known.first().copied().unwrap_or_default();
                self.expected("a map", &format!("write `{example}: ...` and so on, indented, one key a line"))
            }
        }
    }

    /// Reports that the name under which it stands will not do.
    pub fn refuse_name<T>(&self, message: String, help: &str) -> Option<T> {
        let span = self.key_span.unwrap_or(self.node.span);
        let problem = self.reading.problem("wrong-name", span, message, self.path_or("the document"));
        self.reading.report(problem.with_help(help));
        None
    }

    /// Reports that something else was expected.
    pub fn expected<T>(&self, what: &str, help: &str) -> Option<T> {
        self.unexpected("wrong-type", what, help)
    }

    /// Reports that the value will not do.
    pub fn refuse<T>(&self, kind: &str, message: String, help: &str) -> Option<T> {
        let problem = self.reading.problem(kind, self.span(), message, self.path_or("the document"));
        self.reading.report(problem.with_help(help));
        None
    }

    pub(super) fn named_at(self, key_span: Span) -> Self {
        Self { key_span: Some(key_span), ..self }
    }

    pub(super) fn path_to(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn outside<T>(&self, what: &str, least: impl fmt::Display, most: impl fmt::Display) -> Option<T> {
        let help = format!("write for example `{least}`");
        self.unexpected("wrong-value", &format!("{what} from {least} to {most}"), &help)
    }

    fn unexpected<T>(&self, kind: &str, what: &str, help: &str) -> Option<T> {
        // What has no form is not told again as what it means.
        if !self.reading.has_told(self.node.span) {
            let message = format!("expected {what}, found {}", self.found());
            let problem = self.reading.problem(kind, self.node.span, message, self.path_or("the document"));
            self.reading.report(problem.with_help(help));
        }
        None
    }

    fn path_or(&self, otherwise: &str) -> String {
        if self.path.is_empty() { otherwise.to_owned() } else { quoted(&self.path) }
    }

    fn duration_help(&self) -> String {
        match self.node.value {
            Value::Int(seconds) if seconds > 0 => {
                format!("write `{seconds}s`, `{seconds}m` or `{seconds}ms`")
            }
            _ => "write hours, minutes, seconds or milliseconds: `1h30m`, `5m`, `30s`, `500ms`".to_owned(),
        }
    }

    fn found(&self) -> String {
        match &self.node.value {
            Value::Null => "nothing".to_owned(),
            Value::Bool(value) => format!("`{value}`"),
            Value::Int(_) | Value::Float(_) => format!("the number {}", quoted(self.written())),
            Value::Text(text) => format!("the text {}", quoted(text)),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
        }
    }

    /// The value as it stands in the text.
    fn written(&self) -> &'a str {
        self.reading.source(self.node.span).slice(self.node.span)
    }
}

/// `` `a` or `b` ``.
fn alternatives<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    listed(names).replace(" and ", " or ")
}
