//! Traces: what each part of an expression came to, for explanations and coverage.

use std::collections::BTreeMap;

use super::node::Form;
use super::{EvaluationError, Node, Place, Value};

/// What was seen of every part of an expression.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    seen: Vec<Option<Seen>>,
    /// What was seen of variables that were evaluated on the way.
    named: BTreeMap<String, Trace>,
}

/// What was seen of one part.
#[derive(Debug, Clone)]
pub struct Seen {
    pub place: Place,
    /// Where its operator or the name of its function stands.
    pub token: Place,
    /// The last value, or why there was none.
    pub value: Result<Value, EvaluationError>,
    /// How often it was evaluated.
    pub times: u32,
    /// Whether it was ever true, and ever false.
    pub was_true: bool,
    pub was_false: bool,
}

impl Trace {
    /// What is written out says itself what it is, and is left out.
    pub(super) fn record(&mut self, node: &Node, value: &Result<Value, EvaluationError>) {
        if matches!(node.form, Form::Literal(_)) {
            return;
        }
        if self.seen.len() <= node.id {
            self.seen.resize(node.id + 1, None);
        }
        let seen = self.seen[node.id].get_or_insert_with(|| Seen {
            place: node.place,
            token: if matches!(node.form, Form::Path { .. }) { node.place } else { node.token },
            value: value.clone(),
            times: 0,
            was_true: false,
            was_false: false,
        });
        seen.times = seen.times.saturating_add(1);
        seen.was_true |= matches!(value, Ok(Value::Bool(true)));
        seen.was_false |= matches!(value, Ok(Value::Bool(false)));
        seen.value = value.clone();
    }

    /// Keeps what was seen of a variable.
    pub(super) fn name(&mut self, name: &str, mut seen: Self) {
        // Those that it read were evaluated on the way, too.
        for (inner, trace) in std::mem::take(&mut seen.named) {
            self.named.entry(inner).or_default().add(trace);
        }
        self.named.entry(name.to_owned()).or_default().add(seen);
    }

    /// Adds what another evaluation saw of variables.
    pub(crate) fn take_named(&mut self, other: &Self) {
        for (name, trace) in &other.named {
            self.named.entry(name.clone()).or_default().add(trace.clone());
        }
    }

    /// What was seen of variables, by their names.
    pub fn named(&self) -> &BTreeMap<String, Self> {
        &self.named
    }

    /// Adds what another evaluation of the same expression saw.
    pub fn add(&mut self, other: Self) {
        for (name, trace) in other.named {
            self.named.entry(name).or_default().add(trace);
        }
        if self.seen.is_empty() {
            self.seen = other.seen;
            return;
        }
        self.seen.resize(self.seen.len().max(other.seen.len()), None);
        for (mine, other) in self.seen.iter_mut().zip(other.seen) {
            let Some(other) = other else { continue };
            match mine {
                None => *mine = Some(other),
                Some(mine) => {
                    mine.times = mine.times.saturating_add(other.times);
                    mine.was_true |= other.was_true;
                    mine.was_false |= other.was_false;
                    mine.value = other.value;
                }
            }
        }
    }

    /// What was seen of the node with this number; nothing where it was never reached.
    pub fn of(&self, id: usize) -> Option<&Seen> {
        self.seen.get(id)?.as_ref()
    }

    /// Everything that was seen, outermost parts first where they begin at one place.
    pub fn all(&self) -> Vec<&Seen> {
        let mut all: Vec<&Seen> = self.seen.iter().flatten().collect();
        all.sort_by_key(|seen| (seen.place.start, usize::MAX - seen.place.end));
        all
    }
}
