//! What values can be, as far as that is known before there are any.

use super::Checker;
use crate::cel::node::{Call, Form, Operator};
use crate::cel::{Domain, Kind, Node, Value};

/// Where a value stands among the names: `checks[].verdict`, and with the keys as they are written.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    general: String,
    written: String,
    pub(super) kind: Kind,
}

impl Spot {
    fn begin(name: &str) -> Self {
        Self { general: name.to_owned(), written: name.to_owned(), kind: Kind::Unknown }
    }

    /// A field of what stands here and is of this kind.
    fn below(self, name: &str, kind: &Kind) -> Self {
        let written = self.written + "." + name;
        let general = match kind {
            Kind::Map(..) => self.general + "[]",
            _ => self.general + "." + name,
        };
        Self { general, written, kind: Kind::Unknown }
    }

    fn field(self, name: &str) -> Option<Self> {
        let (outer, kind) = (self.kind.clone(), of_field(&self.kind, name)?.clone());
        Some(Self { kind, ..self.below(name, &outer) })
    }

    /// What a loop goes through.
    pub(super) fn entries(self) -> Option<Self> {
        let kind = match &self.kind {
            Kind::List(of) | Kind::Map(_, of) => of.as_ref().clone(),
            _ => return None,
        };
        Some(Self { general: self.general + "[]", written: self.written + "[]", kind })
    }
}

impl Checker<'_> {
    /// What a node can be.
    pub(super) fn domain(&self, node: &Node) -> Option<Domain> {
        if let Some(value) = self.constants.value(node) {
            return match value {
                Value::Int(value) => Domain::number(*value as f64),
                Value::Uint(value) => Domain::number(*value as f64),
                Value::Double(value) => Domain::number(*value),
                Value::String(text) => Some(Domain::texts([text.as_ref()])),
                _ => None,
            };
        }
        match &node.form {
            Form::Path { .. } | Form::Local(_) | Form::Select { .. } | Form::Index { .. } => {
                let spot = self.spot(node)?;
                self.domains.get(&spot.written).or_else(|| self.domains.get(&spot.general)).cloned()
            }
            Form::Negate(operand) => match self.domain(operand)? {
                Domain::Numbers { least, most } => Some(Domain::numbers(-most, -least)),
                _ => None,
            },
            Form::Binary(operator, operands) => self.calculated(*operator, operands),
            Form::Conditional(parts) => self.domain(&parts[1])?.or(self.domain(&parts[2])?),
            Form::Call(call) => self.of_call(call),
            _ => None,
        }
    }

    /// What the entries of a list can be.
    pub(super) fn entries(&self, list: &Node) -> Option<Domain> {
        let spot = self.spot(list)?.entries()?;
        self.domains.get(&spot.general).cloned()
    }

    /// Where a node stands among the names.
    pub(super) fn spot(&self, node: &Node) -> Option<Spot> {
        match &node.form {
            Form::Path { names, .. } => {
                let (first, rest) = names.split_first()?;
                let mut kind = self.scope.get(first.0.as_ref())?;
                let mut spot = Spot::begin(&first.0);
                // The kinds of records are looked through and not copied.
                for (name, _) in rest {
                    spot = spot.below(name, kind);
                    kind = of_field(kind, name)?;
                }
                Some(Spot { kind: kind.clone(), ..spot })
            }
            Form::Local(name) => self.locals.iter().rev().find(|local| local.name == *name)?.spot.clone(),
            Form::Select { operand, field, optional: false } => self.spot(operand)?.field(field),
            Form::Index { operand, index, optional: false } => {
                let spot = self.spot(operand)?;
                match (self.constants.value(index), &spot.kind) {
                    (Some(Value::String(key)), _) => spot.field(key),
                    (_, Kind::List(_) | Kind::Map(..)) => spot.entries(),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn calculated(&self, operator: Operator, operands: &[Node; 2]) -> Option<Domain> {
        let is_sum = matches!(operator, Operator::Add | Operator::Subtract | Operator::Multiply);
        let (one, other) = (self.domain(operands.first().filter(|_| is_sum)?)?, self.domain(&operands[1])?);
        let (Domain::Numbers { least, most }, Domain::Numbers { least: low, most: high }) = (one, other)
        else {
            return None;
        };
        match operator {
            Operator::Add => Domain::spanning(&[least + low, most + high]),
            Operator::Subtract => Domain::spanning(&[least - high, most - low]),
            _ => Domain::spanning(&[least * low, least * high, most * low, most * high]),
        }
    }

    fn of_call(&self, call: &Call) -> Option<Domain> {
        let (first, from_zero) = (call.arguments.first(), |most: f64| Some(Domain::numbers(0.0, most)));
        // Of a duration all hours are counted.
        let is_time = || {
            let of_time = |node: &Node| self.spot(node).is_some_and(|spot| spot.kind == Kind::Time);
            call.arguments.len() == 2 || first.is_some_and(of_time)
        };
        match call.name.as_ref() {
            "size" | "math.abs" => from_zero(f64::INFINITY),
            "weekday" => Some(Domain::texts(WEEKDAYS)),
            "double" => self.domain(first?).filter(|domain| matches!(domain, Domain::Numbers { .. })),
            "getHours" if is_time() => from_zero(23.0),
            "getMinutes" | "getSeconds" if is_time() => from_zero(59.0),
            "getMilliseconds" => from_zero(999.0).filter(|_| is_time()),
            "getDayOfWeek" => from_zero(6.0),
            "getDayOfMonth" => from_zero(30.0),
            "getDayOfYear" => from_zero(365.0),
            "getMonth" => from_zero(11.0),
            "getDate" => Some(Domain::numbers(1.0, 31.0)),
            _ => None,
        }
    }
}

/// As `weekday` and `time.weekday` have them.
pub(crate) const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

fn of_field<'k>(kind: &'k Kind, name: &str) -> Option<&'k Kind> {
    match kind {
        Kind::Record(fields) => fields.get(name),
        Kind::Map(_, of) => Some(of),
        _ => None,
    }
}
