//! The tree of a YAML document, in which everything has its place.
//!
//! YAML 1.2 core schema, of which JSON is a part. No tags, no anchors, no aliases, one document.

mod build;
mod scalar;
mod syntax;

use serde_json::Number;

use super::source::{Origin, Span};

pub use build::{parse, parse_into};
pub use scalar::resolve;

/// What a document may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub bytes: usize,
    /// Lists and maps inside one another.
    pub depth: usize,
    /// Scalars, lists and maps, keys included.
    pub nodes: usize,
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub span: Span,
    pub value: Value,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    /// Always finite.
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Map),
}

/// Keys and values in the order in which they were written; no key stands twice.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Map {
    entries: Vec<Entry>,
}

/// One key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: String,
    pub key_span: Span,
    pub value: Node,
}

/// The place that a JSON pointer (`/steps/2/weight`) names, or else that of its nearest parent there is.
///
/// A list or map is pointed at by its key, which says more than its first line.
pub fn locate(root: &Node, pointer: &str) -> Span {
    let (mut node, mut place) = (root, root.span);
    for segment in pointer.split('/').skip(1) {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        let (child, key_span) = match &node.value {
            Value::Map(map) => match map.entry(&segment) {
                Some(entry) => (&entry.value, Some(entry.key_span)),
                None => break,
            },
            Value::List(list) => match segment.parse::<usize>().ok().and_then(|index| list.get(index)) {
                Some(child) => (child, None),
                None => break,
            },
            _ => break,
        };
        node = child;
        place = key_span.filter(|_| node.is_collection()).unwrap_or(node.span);
    }
    place
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 1024 * 1024, depth: 64, nodes: 100_000 }
    }
}

impl Node {
    /// A map with nothing in it, for what was left out.
    pub fn empty_map(span: Span) -> Self {
        Self { span, value: Value::Map(Map::default()) }
    }

    pub fn is_collection(&self) -> bool {
        matches!(self.value, Value::List(_) | Value::Map(_))
    }

    pub fn as_map(&self) -> Option<&Map> {
        if let Value::Map(map) = &self.value { Some(map) } else { None }
    }

    pub fn as_list(&self) -> Option<&[Self]> {
        if let Value::List(list) = &self.value { Some(list) } else { None }
    }

    pub fn as_text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Int(value) => (*value).into(),
            Value::Float(value) => Number::from_f64(*value).map_or(serde_json::Value::Null, Into::into),
            Value::Text(value) => value.as_str().into(),
            Value::List(list) => list.iter().map(Self::to_json).collect(),
            Value::Map(map) => map.iter().map(|entry| (entry.key.clone(), entry.value.to_json())).collect(),
        }
    }

    /// Moves every place in it.
    pub(super) fn moved(self, by: usize, origin: Origin) -> Self {
        let value = match self.value {
            Value::List(list) => Value::List(list.into_iter().map(|node| node.moved(by, origin)).collect()),
            Value::Map(map) => Value::Map(map.moved(by, origin)),
            other => other,
        };
        Self { span: self.span.moved(by, origin), value }
    }
}

impl Map {
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Entry> {
        self.entries.iter()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of a key, which is made by `make` when there is none.
    pub(super) fn value_or_insert(&mut self, key: &str, make: impl FnOnce() -> Entry) -> &mut Node {
        let index = self.entries.iter().position(|entry| entry.key == key).unwrap_or(self.entries.len());
        if index == self.entries.len() {
            self.entries.push(make());
        }
        &mut self.entries[index].value
    }

    /// The caller has seen that the key is new.
    fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    fn moved(self, by: usize, origin: Origin) -> Self {
        let moved = |entry: Entry| Entry {
            key: entry.key,
            key_span: entry.key_span.moved(by, origin),
            value: entry.value.moved(by, origin),
        };
        Self { entries: self.entries.into_iter().map(moved).collect() }
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = &'a Entry;
    type IntoIter = std::slice::Iter<'a, Entry>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
