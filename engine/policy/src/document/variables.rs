//! Variables: parts of rules with a name. One is evaluated when it is first read, and sees those before it.

use serde::Serialize;
use sluice_core::document::reader::Field;

use super::known::Known;
use super::params::is_identifier;
use crate::expression::{Expression, Kind};

/// A variable, read as `variables.NAME`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Variable {
    pub name: String,
    pub expr: Expression,
}

/// Variables of one policy.
pub(super) const MAX_VARIABLES: usize = 64;

/// Reads `variables`, which keep the order in which they are written.
pub(super) fn read(field: &Field<'_>, known: &Known) -> Option<Vec<Variable>> {
    let entries = field.entries()?;
    if entries.len() > MAX_VARIABLES {
        let message = format!("{} variables are more than the limit of {MAX_VARIABLES}", entries.len());
        return field.refuse("too-much", message, "split them over several policies");
    }
    // Those that stand below are known by name, so that reading one can be told as what it is.
    for (name, _) in &entries {
        known.add("variables", name.value, Kind::Unknown);
    }
    let mut variables: Vec<Variable> = Vec::new();
    for (at, (name, value)) in entries.iter().enumerate() {
        if !is_identifier(name.value) {
            let message = format!("`{}` can not be read as `variables.{}`", name.value, name.value);
            let problem = field.reading().problem("wrong-name", name.span, message, "not a name for rules");
            field.reading().report(problem.with_help("use letters, digits and `_`, a letter first"));
            continue;
        }
        let Some(expr) = known.expression(value, &Kind::Unknown) else { continue };
        let later = entries[at..].iter().map(|(name, _)| name.value).find(|later| reads(&expr, later));
        if let Some(later) = later {
            let message = match later == name.value {
                true => format!("the variable `{later}` reads itself"),
                false => format!("the variable `{later}` stands below"),
            };
            value.refuse::<()>("wrong-order", message, "a variable can read those that stand before it");
            continue;
        }
        known.add("variables", name.value, expr.kind().clone());
        known.name(format!("variables.{}", name.value), Some(&expr));
        known.learn(expr.domain().map(|domain| (format!("variables.{}", name.value), domain.clone())));
        variables.push(Variable { name: name.value.to_owned(), expr });
    }
    Some(variables)
}

/// Tells of variables that nothing reads, in rules or in one another.
pub(super) fn check_read(field: &Field<'_>, known: &Known) {
    for (name, _) in field.entries().unwrap_or_default() {
        if !known.is_read("variables", name.value) {
            let message = format!("the variable `{}` is never read", name.value);
            let problem = field.reading().problem("hint", name.span, message, "declared here");
            known.hint(problem.with_help("leave it out"));
        }
    }
}

fn reads(expr: &Expression, name: &str) -> bool {
    expr.reads().iter().any(|path| {
        path.first().is_some_and(|first| first == "variables") && path.get(1).is_none_or(|read| read == name)
    })
}
