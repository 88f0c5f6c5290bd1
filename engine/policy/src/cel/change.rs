//! Changes that make an expression slightly wrong: another comparison, a bound moved by one, a condition left out.

use super::node::{Form, LoopKind, Operator};
use super::{Node, Place, Value};

/// Another text in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub place: Place,
    pub text: String,
}

impl Node {
    /// Every change of this part and of those in it.
    pub(crate) fn changes(&self) -> Vec<Change> {
        let mut found = Vec::new();
        let mut open = vec![self];
        while let Some(node) = open.pop() {
            node.own_changes(&mut found);
            open.extend(node.children());
        }
        found.sort_by(|one, other| (one.place, &one.text).cmp(&(other.place, &other.text)));
        found
    }

    fn own_changes(&self, found: &mut Vec<Change>) {
        let mut add = |place: Place, text: &str| found.push(Change { place, text: text.to_owned() });
        match &self.form {
            Form::Binary(operator, _) => {
                if let Some(other) = swapped(*operator) {
                    add(self.token, other);
                }
            }
            Form::And(terms) => terms.iter().for_each(|term| add(term.place, "true")),
            Form::Or(terms) => terms.iter().for_each(|term| add(term.place, "false")),
            // `!` alone is taken away.
            Form::Not(_) => add(self.token, ""),
            Form::Literal(Value::Int(value)) => {
                add(self.place, &value.saturating_add(1).to_string());
                add(self.place, &value.saturating_sub(1).to_string());
            }
            Form::Literal(Value::Double(value)) => {
                add(self.place, &format!("{:?}", value + 1.0));
                add(self.place, &format!("{:?}", value - 1.0));
            }
            Form::Loop(one) => match one.kind {
                LoopKind::All => add(self.token, "exists"),
                LoopKind::Exists => add(self.token, "all"),
                _ => {}
            },
            _ => {}
        }
    }
}

fn swapped(operator: Operator) -> Option<&'static str> {
    Some(match operator {
        Operator::Less => "<=",
        Operator::LessEquals => "<",
        Operator::Greater => ">=",
        Operator::GreaterEquals => ">",
        Operator::Equals => "!=",
        Operator::NotEquals => "==",
        Operator::Add => "-",
        Operator::Subtract => "+",
        Operator::Multiply => "/",
        Operator::Divide => "*",
        Operator::Modulo | Operator::In => return None,
    })
}
