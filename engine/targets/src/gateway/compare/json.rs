//! Where two JSON documents differ.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Number, Value};
use sluice_core::model::difference::DifferenceKind;

use super::pattern::Step;
use super::{ABSENT, Found, MAX_FOUND};

/// Every place where they differ and that is not ignored. With `any_order`, an array is what elements it has.
pub fn differences(
    stable: &Value,
    shadow: &Value,
    any_order: bool,
    ignored: &dyn Fn(&[Step]) -> bool,
) -> Vec<Found> {
    let mut differ = Differ { any_order, ignored, path: Vec::new(), found: Vec::new() };
    differ.values(Some(stable), Some(shadow));
    differ.found
}

struct Differ<'a> {
    any_order: bool,
    ignored: &'a dyn Fn(&[Step]) -> bool,
    path: Vec<Step>,
    found: Vec<Found>,
}

impl Differ<'_> {
    fn below(&mut self, step: Step, stable: Option<&Value>, shadow: Option<&Value>) {
        self.path.push(step);
        self.values(stable, shadow);
        self.path.pop();
    }

    fn values(&mut self, stable: Option<&Value>, shadow: Option<&Value>) {
        if stable == shadow || self.found.len() >= MAX_FOUND || (self.ignored)(&self.path) {
            return;
        }
        match (stable, shadow) {
            (Some(Value::Object(one)), Some(Value::Object(other))) => {
                let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
                for key in keys {
                    self.below(Step::Key(key.clone()), one.get(key), other.get(key));
                }
            }
            (Some(Value::Array(one)), Some(Value::Array(other))) if self.any_order => {
                self.elements(one, other);
            }
            (Some(Value::Array(one)), Some(Value::Array(other))) => {
                for index in 0..one.len().max(other.len()) {
                    self.below(Step::Index(index), one.get(index), other.get(index));
                }
            }
            (Some(Value::Number(one)), Some(Value::Number(other))) if same(one, other) => {}
            _ => {
                let shown = |value: Option<&Value>| value.map_or(ABSENT.to_owned(), Value::to_string);
                let whole = Found::whole(DifferenceKind::Body, shown(stable), shown(shadow));
                self.found.push(Found { path: self.path.clone(), ..whole });
            }
        }
    }

    /// What only one side has is paired in the order in which it stands.
    fn elements(&mut self, stable: &[Value], shadow: &[Value]) {
        let mut unmatched: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, value) in shadow.iter().enumerate() {
            unmatched.entry(self.canonical(index, value)).or_default().push(index);
        }
        let mut only_stable = Vec::new();
        for (index, value) in stable.iter().enumerate() {
            let matched = unmatched.get_mut(&self.canonical(index, value)).and_then(Vec::pop);
            if matched.is_none() {
                only_stable.push(index);
            }
        }
        let mut only_shadow: Vec<usize> = unmatched.into_values().flatten().collect();
        only_shadow.sort_unstable();
        for pair in 0..only_stable.len().max(only_shadow.len()) {
            let (one, other) = (only_stable.get(pair).copied(), only_shadow.get(pair).copied());
            let place = one.or(other).unwrap_or_default();
            let of = |values: &'_ [Value], index: Option<usize>| {
                index.and_then(|index| values.get(index).cloned())
            };
            self.below(Step::Index(place), of(stable, one).as_ref(), of(shadow, other).as_ref());
        }
    }

    fn canonical(&mut self, index: usize, value: &Value) -> String {
        self.path.push(Step::Index(index));
        let mut text = String::new();
        self.write(value, &mut text);
        self.path.pop();
        text
    }

    /// The same for values that are the same: without what is ignored, keys and elements in order.
    fn write(&mut self, value: &Value, text: &mut String) {
        if (self.ignored)(&self.path) {
            return text.push('_');
        }
        match value {
            Value::Object(map) => {
                let keys: BTreeSet<&String> = map.keys().collect();
                text.push('{');
                for key in keys {
                    self.path.push(Step::Key(key.clone()));
                    // Whether something is there that is ignored is ignored too.
                    if !(self.ignored)(&self.path) {
                        text.push_str(&Value::from(key.as_str()).to_string());
                        map.get(key).into_iter().for_each(|value| self.write(value, text));
                    }
                    self.path.pop();
                }
                text.push('}');
            }
            Value::Array(values) => {
                let elements = values.iter().enumerate();
                let mut elements: Vec<String> =
                    elements.map(|(index, value)| self.canonical(index, value)).collect();
                elements.sort_unstable();
                text.push_str(&format!("[{}]", elements.join(",")));
            }
            Value::Number(number) => text.push_str(&written(number)),
            other => text.push_str(&other.to_string()),
        }
    }
}

/// `1` and `1.0` are the same number; whole ones are compared to their last digit.
fn same(one: &Number, other: &Number) -> bool {
    one == other || (one.is_f64() != other.is_f64() && one.as_f64() == other.as_f64())
}

fn written(number: &Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() && value.fract() == 0.0 && value.abs() < 1e15 => format!("{value:.0}"),
        _ => number.to_string(),
    }
}
