//! Changes that make an expression slightly wrong: another comparison, a bound moved a little, a condition left out.

use super::node::{Form, LoopKind, Operator};
use super::{Node, Place, Value};

/// Another text in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub place: Place,
    pub text: String,
}

impl Node {
    /// Every change of this part and of those in it, as it is written in this text.
    pub(crate) fn changes(&self, source: &str) -> Vec<Change> {
        let mut found = Vec::new();
        let mut open = vec![self];
        while let Some(node) = open.pop() {
            node.own_changes(source, &mut found);
            open.extend(node.children());
        }
        found.sort_by(|one, other| (one.place, &one.text).cmp(&(other.place, &other.text)));
        found.dedup();
        found
    }

    fn own_changes(&self, source: &str, found: &mut Vec<Change>) {
        let written = |node: &Self| source.get(node.place.start..node.place.end).unwrap_or_default();
        let mut add = |place: Place, text: String| found.push(Change { place, text });
        match &self.form {
            Form::Binary(Operator::In, _) => add(self.place, format!("!({})", written(self))),
            Form::Binary(operator, operands) => {
                if let Some(other) = swapped(*operator) {
                    add(self.token, other.to_owned());
                }
                // Nothing in place of a text is a bound where it is compared, and elsewhere as good as any.
                let empty = |node: &&Self| matches!(&node.form, Form::Literal(Value::String(text)) if text.is_empty());
                operands.iter().filter(empty).for_each(|node| add(node.place, String::from("'other'")));
            }
            Form::And(terms) | Form::Or(terms) => {
                let (nothing, other) =
                    if matches!(self.form, Form::And(_)) { ("true", " || ") } else { ("false", " && ") };
                terms.iter().for_each(|term| add(term.place, nothing.to_owned()));
                let terms: Vec<&str> = terms.iter().map(written).collect();
                add(self.place, format!("({})", terms.join(other)));
            }
            Form::Conditional(parts) => {
                let [condition, one, other] = parts.each_ref().map(written);
                add(self.place, format!("({condition} ? {other} : {one})"));
            }
            // `!` alone is taken away.
            Form::Not(_) => add(self.token, String::new()),
            Form::Literal(value) => others(value).into_iter().for_each(|text| add(self.place, text)),
            Form::Loop(one) => match one.kind {
                LoopKind::All => add(self.token, String::from("exists")),
                LoopKind::Exists => add(self.token, String::from("all")),
                _ => {}
            },
            _ => {}
        }
    }
}

/// What else could be written in place of a value.
fn others(value: &Value) -> Vec<String> {
    match value {
        Value::Bool(value) => vec![(!value).to_string()],
        Value::Int(value) => {
            [value.saturating_add(1), value.saturating_sub(1)].map(|one| one.to_string()).to_vec()
        }
        Value::Uint(value) => {
            [value.saturating_add(1), value.saturating_sub(1)].map(|one| format!("{one}u")).to_vec()
        }
        Value::Double(value) => {
            let step = step(*value);
            [value + step, value - step].map(|one| format!("{:?}", rounded(one))).to_vec()
        }
        // One that a text is not by chance, and that is in none.
        Value::String(text) if !text.is_empty() => vec![quoted(&format!("{text}-other"))],
        _ => Vec::new(),
    }
}

/// A text as it is written in an expression.
fn quoted(text: &str) -> String {
    let mut written = String::from("'");
    for one in text.chars() {
        match one {
            '\'' | '\\' => written.extend(['\\', one]),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            one => written.push(one),
        }
    }
    written + "'"
}

/// A tenth of a small number and one of a large one: what a case near the bound tells apart, and no case far from it.
fn step(value: f64) -> f64 {
    if value == 0.0 { 1.0 } else { (value.abs() / 10.0).min(1.0) }
}

/// Without the digits that come of adding in binary.
fn rounded(value: f64) -> f64 {
    format!("{value:.12e}").parse().unwrap_or(value)
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
