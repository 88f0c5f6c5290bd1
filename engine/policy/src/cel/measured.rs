//! What an expression reads of maps whose entries may be missing, and how.

use std::collections::BTreeSet;

use super::Node;
use super::Value;
use super::eval::path_words;
use super::node::{Form, Operator};

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
}

impl Measured {
    /// Of the maps with these names.
    pub(crate) fn of(node: &Node, maps: &[&str]) -> Self {
        let mut found = Self::default();
        found.add(node, maps);
        found
    }

    /// What another part reads too.
    pub(crate) fn and(&mut self, other: Self) {
        self.read.extend(other.read);
        self.asked.extend(other.asked);
        self.is_passed_over |= other.is_passed_over;
        self.is_looped |= other.is_looped;
        self.is_counted |= other.is_counted;
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

    fn add(&mut self, node: &Node, maps: &[&str]) {
        let is_map = |node: &Node| match &node.form {
            Form::Path { names, .. } => names.len() == 1 && maps.contains(&names[0].0.as_ref()),
            _ => false,
        };
        match &node.form {
            Form::Path { names, .. } if names.len() > 1 && maps.contains(&names[0].0.as_ref()) => {
                self.read.insert(path_words(names));
            }
            Form::Index { operand, index, optional } if is_map(operand) => match &index.form {
                Form::Literal(Value::String(key)) if !optional => {
                    self.read.extend(entry(operand, key));
                }
                _ => self.is_passed_over |= *optional,
            },
            Form::Select { operand, optional: true, .. } if is_map(operand) => self.is_passed_over = true,
            Form::Loop(one) if is_map(&one.range) => self.is_looped = true,
            Form::Call(call) if *call.name == *"size" && call.arguments.first().is_some_and(is_map) => {
                self.is_counted = true;
            }
            Form::Has { operand, field, .. } => self.asked.extend(entry(operand, field)),
            Form::Binary(Operator::In, operands) if is_map(&operands[1]) => {
                if let Form::Literal(Value::String(key)) = &operands[0].form {
                    self.asked.extend(entry(&operands[1], key));
                }
            }
            _ => {}
        }
        node.children().into_iter().for_each(|child| self.add(child, maps));
    }
}

fn entry(map: &Node, key: &str) -> Option<String> {
    Some(super::field_path(&super::eval::words(map)?, key))
}
