//! One query for each revision: its text says `$role` where the revision goes.

use sluice_sdk::{Query, Range, Role};

use crate::short;

/// Where a query says which revision it is about: `{role="$role"}`.
pub const ROLE: &str = "$role";

/// The query for one revision.
pub fn in_query(expr: &str, role: &Role) -> String {
    expr.replace(ROLE, role.name())
}

/// What the answer for one revision is called.
pub fn name_of(name: &str, role: &Role) -> String {
    format!("{name}.{}", role.name())
}

/// A query for each of the revisions.
pub fn asked<'a>(
    name: &'a str,
    expr: &'a str,
    roles: impl IntoIterator<Item = &'a Role> + 'a,
    range: Option<Range>,
) -> impl Iterator<Item = Query> + 'a {
    roles
        .into_iter()
        .map(move |role| Query { range, ..Query::instant(name_of(name, role), in_query(expr, role)) })
}

/// What is wrong with a name, among those before it.
pub fn name_problem<'a>(name: &str, mut before: impl Iterator<Item = &'a str>) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || name.len() > 63 || !name.chars().all(plain) {
        return Some(format!("`{name}` is not a name: letters, digits, `-` and `_`, at most 63"));
    }
    before.any(|other| other == name).then(|| format!("there is another `{name}`"))
}

/// What is wrong with a query that is asked for each revision.
pub fn role_problem(expr: &str) -> Option<String> {
    (!expr.contains(ROLE))
        .then(|| "does not say whose it is: write `{role=\"$role\"}` in its selectors".to_owned())
}

/// What is wrong with a query of a counter whose rise is counted here, from look to look: it must not be a rise already.
pub fn counter_problem(expr: &str) -> Option<String> {
    const RISES: [&str; 6] = ["rate", "irate", "increase", "delta", "idelta", "deriv"];
    let outside_quotes: String = expr.split('"').step_by(2).collect();
    let mut words = outside_quotes.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let rise = words.find_map(|word| RISES.into_iter().find(|rise| word.strip_suffix('(') == Some(rise)))?;
    Some(format!(
        "`{rise}` is taken of it already: write the counter itself, such as `sum(requests_total{{role=\"$role\"}})`"
    ))
}

/// What is wrong with a number that lies between 0 and 1.
pub fn budget_problem(value: f64) -> Option<String> {
    // Whoever writes 99.9 or 5 means per cent.
    let share = if value > 1.0 && value < 100.0 {
        format!(": {value} % is {}", short(value / 100.0))
    } else {
        String::new()
    };
    (!(value > 0.0 && value < 1.0)).then(|| format!("`{value}` is not between 0 and 1{share}"))
}

/// What is wrong with a metric's name that is put into a query.
pub fn label_problem(name: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
    let is_name = name.chars().all(plain) && name.chars().next().is_some_and(|c| !c.is_ascii_digit());
    (!is_name).then(|| format!("`{name}` is not a metric's name"))
}

#[cfg(test)]
mod tests {
    use super::counter_problem;

    #[test]
    fn a_counter_is_asked_for_itself() {
        assert!(counter_problem(r#"sum(rate(a_total{role="$role"}[1m]))"#).unwrap().contains("`rate`"));
        assert!(counter_problem("increase(a_total[1m])").is_some());
        for good in [
            r#"sum(a_total{role="$role"})"#,
            r#"sum(rate_total{role="$role", of="rate(x)"})"#,
            "sum(corporate (a))",
        ] {
            assert_eq!(counter_problem(good), None, "{good}");
        }
    }
}
