//! What an expression reads of maps whose entries may be missing, and how.

use std::collections::BTreeSet;

use super::Node;
use super::Value;
use super::eval::path_words;
use super::node::{Form, Loop, Operator};

/// How entries of such maps are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Measured {
    /// As if they were there.
    pub(crate) read: BTreeSet<String>,
    /// After or for asking whether they are there.
    pub(crate) asked: BTreeSet<String>,
    /// With `[?]` or `.?`: what is missing is passed over.
    pub(crate) is_passed_over: bool,
    /// In a loop, and whether there is anything to go through is asked too.
    pub(crate) is_looped: bool,
    pub(crate) is_counted: bool,
    /// By a key that is not written out, or as a whole: what that finds is known only when it is evaluated.
    pub(crate) is_computed: bool,
    /// Whether such a key is there is asked.
    pub(crate) is_computed_asked: bool,
}

/// Names that loops and bindings gave, each with the map that it is a key of, if it is.
type Names<'n> = Vec<(&'n str, Option<&'n str>)>;

impl Measured {
    /// Of the maps with these names.
    pub(crate) fn of(node: &Node, maps: &[&str]) -> Self {
        let mut found = Self::default();
        found.add(node, maps, &mut Vec::new());
        found
    }

    /// What another part reads too.
    pub(crate) fn and(&mut self, other: Self) {
        self.read.extend(other.read);
        self.asked.extend(other.asked);
        self.is_passed_over |= other.is_passed_over;
        self.is_looped |= other.is_looped;
        self.is_counted |= other.is_counted;
        self.is_computed |= other.is_computed;
        self.is_computed_asked |= other.is_computed_asked;
    }

    /// Whether anything that is read can be missing.
    pub(crate) fn can_miss(&self) -> bool {
        self.is_computed || self.unasked().next().is_some()
    }

    /// What is read without asking first.
    pub(crate) fn unasked(&self) -> impl Iterator<Item = &str> {
        let is_asked = |read: &str| {
            self.asked.iter().any(|asked| {
                // A check that is there may still have no score.
                read == asked || (read.starts_with(&format!("{asked}.")) && !read.ends_with(".score"))
            })
        };
        self.read.iter().map(String::as_str).filter(move |read| !is_asked(read))
    }

    fn add<'n>(&mut self, node: &'n Node, maps: &[&str], names: &mut Names<'n>) {
        let height = names.len();
        match &node.form {
            Form::Path { names: path, .. } if maps.contains(&path[0].0.as_ref()) => match path.len() {
                1 => self.is_computed = true,
                _ => drop(self.read.insert(path_words(path))),
            },
            Form::Loop(one) => self.add_loop(one, maps, names),
            Form::Bind(bind) => {
                self.add(&bind.value, maps, names);
                names.push((&bind.name, None));
                self.add(&bind.body, maps, names);
            }
            _ => {
                let known = self.entry_of(node, maps, names);
                let rest = node.children().into_iter();
                rest.filter(|child| !known.is_some_and(|known| std::ptr::eq(*child, known)))
                    .for_each(|child| self.add(child, maps, names));
            }
        }
        names.truncate(height);
    }

    fn add_loop<'n>(&mut self, one: &'n Loop, maps: &[&str], names: &mut Names<'n>) {
        let map = map_name(&one.range, maps);
        self.is_looped |= map.is_some();
        if map.is_none() {
            self.add(&one.range, maps, names);
        }
        names.push((&one.name, map));
        names.extend(one.second.as_ref().map(|second| (second.as_ref(), None)));
        one.filter.iter().chain([&one.body]).for_each(|part| self.add(part, maps, names));
    }

    /// What a node does with an entry of one of the maps, and the map itself.
    fn entry_of<'n>(&mut self, node: &'n Node, maps: &[&str], names: &Names<'n>) -> Option<&'n Node> {
        let map = match &node.form {
            Form::Index { operand, .. } | Form::Select { operand, .. } | Form::Has { operand, .. } => operand,
            Form::Call(call) if *call.name == *"size" => call.arguments.first()?,
            Form::Binary(Operator::In, operands) => &operands[1],
            _ => return None,
        };
        let name = map_name(map, maps);
        match &node.form {
            Form::Has { field, .. } => self.asked.extend(entry(map, field)),
            _ if name.is_none() => {}
            Form::Index { optional: true, .. } | Form::Select { optional: true, .. } => {
                self.is_passed_over = true;
            }
            Form::Index { index, .. } => match key(index) {
                Some(key) => self.read.extend(entry(map, key)),
                None => self.is_computed |= !is_key_of(index, name, names),
            },
            Form::Binary(_, operands) => match key(&operands[0]) {
                Some(key) => self.asked.extend(entry(map, key)),
                None => self.is_computed_asked = true,
            },
            Form::Call(_) => self.is_counted = true,
            _ => return None,
        }
        name.map(|_| map)
    }
}

/// The name of one of the maps, where that alone is meant.
fn map_name<'n>(node: &'n Node, maps: &[&str]) -> Option<&'n str> {
    match &node.form {
        Form::Path { names, .. } if names.len() == 1 => {
            Some(names[0].0.as_ref()).filter(|name| maps.contains(name))
        }
        _ => None,
    }
}

/// Whether a loop over the map itself gave this key.
fn is_key_of(index: &Node, map: Option<&str>, names: &Names<'_>) -> bool {
    let Form::Local(local) = &index.form else { return false };
    names.iter().rev().find(|(name, _)| *name == local.as_ref()).is_some_and(|(_, of)| *of == map)
}

fn key(node: &Node) -> Option<&str> {
    match &node.form {
        Form::Literal(Value::String(key)) => Some(key),
        _ => None,
    }
}

fn entry(map: &Node, key: &str) -> Option<String> {
    Some(super::field_path(&super::eval::words(map)?, key))
}
