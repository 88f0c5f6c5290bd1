//! Comparisons that say the same whatever the release, and texts that nothing can be.

use sluice_core::document::problem::{listed, nearest, quoted};

use super::Checker;
use crate::cel::eval::words;
use crate::cel::node::{Element, Form, Operator};
use crate::cel::{Domain, Node, Value};

impl Checker<'_> {
    /// Tells where what the two sides can be decides between them.
    pub(super) fn decided(&mut self, node: &Node, operator: Operator, operands: &[Node; 2]) {
        if self.constants.is_closed(node) {
            return;
        }
        if operator == Operator::In {
            return self.in_list(operands);
        }
        let [one, other] = operands;
        let (Some(left), Some(right)) = (self.domain(one), self.domain(other)) else { return };
        match (&left, &right) {
            (Domain::Numbers { .. }, Domain::Numbers { .. }) => {
                if let Some(value) = always(operator, &left, &right) {
                    let sides = [(one, &left, "the left side"), (other, &right, "the right side")];
                    let help = sides.map(|(side, domain, place)| range(side, domain, place));
                    let help = help.into_iter().flatten().collect::<Vec<_>>().join("; ");
                    self.hint(node.place, format!("this is always {value}, whatever the release"), help);
                }
            }
            _ if matches!(operator, Operator::Equals | Operator::NotEquals) => {
                self.can_be(one, other, &right);
                self.can_be(other, one, &left);
            }
            _ => {}
        }
    }

    /// Tells of a text that the other side never is.
    fn can_be(&mut self, written: &Node, side: &Node, domain: &Domain) {
        match self.constants.value(written).cloned() {
            Some(Value::String(text)) => self.text(written, &text, side, domain),
            _ if self.constants.is_closed(side) => {}
            _ => self.never_meet(written, side, domain),
        }
    }

    fn text(&mut self, written: &Node, text: &str, side: &Node, domain: &Domain) {
        let what = named(side, "this");
        let help = match domain {
            Domain::Texts(known) if !known.iter().any(|one| one == text) => match near(text, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it can be {}", listed(known.iter().map(String::as_str))),
            },
            Domain::Usually(known) if !known.iter().any(|one| one == text) && !text.contains(['/', '.']) => {
                let Some(near) = near(text, known) else { return };
                format!("did you mean `{near}`?")
            }
            _ => return,
        };
        self.hint(written.place, format!("{what} is never {}", quoted(text)), help);
    }

    /// Two sides that have no text in common; told once, at the first.
    fn never_meet(&mut self, one: &Node, other: &Node, right: &Domain) {
        let (Some(Domain::Texts(left)), Domain::Texts(right)) = (self.domain(one), right) else { return };
        if one.id < other.id && !left.iter().any(|text| right.contains(text)) {
            let help = format!("one can be {}", listed(left.iter().map(String::as_str)));
            self.hint(one.place, "the two sides are never the same", help);
        }
    }

    fn in_list(&mut self, operands: &[Node; 2]) {
        let [one, list] = operands;
        if let Form::List(elements, _) = &list.form {
            let Some(domain) = self.domain(one) else { return };
            elements.iter().for_each(|element| self.element_of(element, one, &domain));
        } else if let Some(Value::String(text)) = self.constants.value(one).cloned() {
            let domain = self.entries(list);
            if let Some(domain) = domain {
                self.text(one, &text, list, &domain);
            }
        }
    }

    fn element_of(&mut self, element: &Element, one: &Node, domain: &Domain) {
        match self.constants.value(&element.node).cloned() {
            Some(Value::String(text)) => {
                self.text(&element.node, &text, one, domain);
            }
            Some(value) if !domain.can_be(&value) => {
                let help = range(one, domain, "the left side").unwrap_or_default();
                self.hint(element.node.place, "this is never in the list", help);
            }
            _ => {}
        }
    }
}

/// `time.hour` is from 0 to 23.
fn range(side: &Node, domain: &Domain, place: &str) -> Option<String> {
    let Domain::Numbers { least, most } = domain else { return None };
    let what = named(side, place);
    match (least.is_finite(), most.is_finite()) {
        _ if least == most => None,
        (true, true) => Some(format!("{what} is from {least} to {most}")),
        (true, false) => Some(format!("{what} is never below {least}")),
        (false, true) => Some(format!("{what} is never above {most}")),
        (false, false) => None,
    }
}

/// How a part is written, if that is short.
fn named(node: &Node, otherwise: &str) -> String {
    let name = match &node.form {
        Form::Call(call) => Some(call.name.to_string()),
        _ => words(node),
    };
    name.map_or_else(|| otherwise.to_owned(), |name| format!("`{name}`"))
}

fn near<'k>(text: &str, known: &'k [String]) -> Option<&'k str> {
    // `Friday` is nearer to `Fri` than its letters are many.
    let begins = |one: &&String| {
        let (one, text) = (one.to_lowercase(), text.to_lowercase());
        text.starts_with(&one) || one.starts_with(&text)
    };
    let begun = known.iter().find(begins).filter(|_| text.len() > 1).map(String::as_str);
    begun.or_else(|| nearest(text, known.iter().map(String::as_str)).filter(|_| text.len() > 2))
}

/// What a comparison of numbers always says.
fn always(operator: Operator, left: &Domain, right: &Domain) -> Option<bool> {
    let (Domain::Numbers { least, most }, Domain::Numbers { least: low, most: high }) = (left, right) else {
        return None;
    };
    let decided = |is_true: bool, is_false: bool| match (is_true, is_false) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    let apart = most < low || high < least;
    match operator {
        Operator::Less => decided(most < low, least >= high),
        Operator::LessEquals => decided(most <= low, least > high),
        Operator::Greater => decided(least > high, most <= low),
        Operator::GreaterEquals => decided(least >= high, most < low),
        Operator::Equals => decided(false, apart),
        Operator::NotEquals => decided(apart, false),
        _ => None,
    }
}
