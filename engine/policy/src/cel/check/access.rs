//! Names, fields and entries.

use std::sync::Arc;

use sluice_core::document::problem::{listed, nearest, quoted};

use super::Checker;
use crate::cel::eval::named_by_language;
use crate::cel::node::Form;
use crate::cel::{Kind, Node, Place, Value};

impl Checker<'_> {
    pub(super) fn path(&mut self, names: &[(Arc<str>, Place)], absolute: bool) -> Kind {
        let reads = names.iter().map(|(name, _)| name.to_string()).collect();
        self.found.reads.insert(reads);
        let Some((first, place)) = names.first() else { return Kind::Unknown };
        let Some(kind) = self.scope.get(first.as_ref()) else {
            let all: Vec<&str> = names.iter().map(|(name, _)| name.as_ref()).collect();
            if named_by_language(&all.join(".")).is_some() {
                return Kind::Type;
            }
            let name = if absolute { format!(".{first}") } else { first.to_string() };
            self.no_such_name(&name, *place);
            return Kind::Unknown;
        };
        let mut kind = kind.clone();
        for (field, place) in &names[1..] {
            kind = self.field(*place, &kind, field);
        }
        kind
    }

    pub(super) fn select(&mut self, node: &Node, operand: &Node, field: &str, optional: bool) -> Kind {
        let kind = self.kind(operand);
        if optional {
            let of = if let Kind::Optional(inner) = kind { *inner } else { kind };
            let known = !matches!(&of, Kind::Record(fields) if !fields.contains_key(field));
            return Kind::optional(if known { self.field(node.token, &of, field) } else { Kind::Unknown });
        }
        self.field(node.token, &kind, field)
    }

    /// The kind of a field.
    pub(super) fn field(&mut self, place: Place, operand: &Kind, field: &str) -> Kind {
        match operand {
            Kind::Unknown => Kind::Unknown,
            Kind::Map(_, of) => of.as_ref().clone(),
            Kind::Optional(inner) => {
                let inner = inner.as_ref().clone();
                Kind::optional(self.field(place, &inner, field))
            }
            Kind::Record(fields) => {
                if let Some(kind) = fields.get(field) {
                    return kind.clone();
                }
                let known = fields.keys().map(String::as_str);
                let help = match nearest(field, known.clone()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if fields.is_empty() => String::from("there are none"),
                    None => format!("there are {}", listed(known)),
                };
                self.flaw(place, format!("there is no field {}", quoted(field)), help);
                Kind::Unknown
            }
            other => {
                self.bare_flaw(place, format!("{other} has no fields"));
                Kind::Unknown
            }
        }
    }

    pub(super) fn index(&mut self, node: &Node, operand: &Node, index: &Node, optional: bool) -> Kind {
        let kind = self.kind(operand);
        if let (Form::Path { names, .. }, Form::Literal(Value::String(key))) = (&operand.form, &index.form) {
            let names = names.iter().map(|(name, _)| name.to_string());
            self.found.reads.insert(names.chain([key.to_string()]).collect());
        }
        let (is_optional, kind) = match kind {
            Kind::Optional(inner) => (true, *inner),
            other => (optional, other),
        };
        let index_kind = self.kind(index);
        if !optional {
            self.no_entry(node, operand, index, &kind);
        }
        let entry = match &kind {
            Kind::Unknown => Kind::Unknown,
            Kind::List(of) => {
                if !is_index(&index_kind) {
                    let message = format!("a list is read by a whole number, and this is {index_kind}");
                    match index_kind.is_number() {
                        true => self.flaw(index.place, message, "write `int(...)` around it"),
                        false => self.bare_flaw(index.place, message),
                    }
                }
                of.as_ref().clone()
            }
            Kind::Map(key, of) => {
                let goes = index_kind.fits(key) || (index_kind.is_number() && key.is_number());
                if !goes {
                    let message = format!("the keys of this map are {key}s, and this is {index_kind}");
                    let message = message.replace("are a ", "are ");
                    self.bare_flaw(index.place, message);
                }
                of.as_ref().clone()
            }
            Kind::Record(_) => match &index.form {
                Form::Literal(Value::String(field)) => self.field(index.place, &kind, field),
                _ => Kind::Unknown,
            },
            other => {
                self.bare_flaw(node.token, format!("{other} has no entries"));
                Kind::Unknown
            }
        };
        if is_optional { Kind::optional(entry) } else { entry }
    }
}

fn is_index(kind: &Kind) -> bool {
    matches!(kind, Kind::Int | Kind::Unknown)
}
