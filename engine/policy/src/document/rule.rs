//! Rules as they are written.

use sluice_core::document::reader::{Field, Fields};
use sluice_core::document::source::Span;
use sluice_core::model::policy::{Enforcement, Moment};

use super::known::Known;
use super::{Message, OnMissing, Require, Rule, doubts};
use crate::expression::Kind;

pub(super) const MOMENTS: [(&str, Moment); 5] = [
    ("admission", Moment::Admission),
    ("shape", Moment::Shape),
    ("promotion", Moment::Promotion),
    ("rollback", Moment::Rollback),
    ("override", Moment::Override),
];
pub(super) const ENFORCEMENTS: [(&str, Enforcement); 3] =
    [("advisory", Enforcement::Advisory), ("soft", Enforcement::Soft), ("hard", Enforcement::Hard)];
pub(super) const ON_MISSING: [(&str, OnMissing); 3] =
    [("inconclusive", OnMissing::Inconclusive), ("deny", OnMissing::Deny), ("allow", OnMissing::Allow)];
pub(super) const FIELDS: &[&str] = &["id", "on", "enforcement", "expr", "message", "onMissing", "require"];
pub(super) const REQUIRE_FIELDS: &[&str] = &["approvals", "group"];
/// Approvals that a rule may ask for.
pub(super) const MAX_APPROVALS: u32 = 10;
/// Rules in one policy.
pub(super) const MAX_RULES: usize = 100;

/// Reads the rules of a policy.
pub(super) fn read(field: &Field<'_>, known: &Known) -> Option<Vec<Rule>> {
    let list = field.list()?;
    if list.is_empty() {
        return field.refuse(
            "no-rules",
            String::from("a policy needs at least one rule"),
            "add a rule with `id`, `on` and `expr`",
        );
    }
    if list.len() > MAX_RULES {
        let message = format!("{} rules are more than the limit of {MAX_RULES}", list.len());
        return field.refuse("too-much", message, "split them over several policies");
    }
    let mut ids: Vec<(String, Span)> = Vec::new();
    let rules: Vec<Option<Rule>> = list.iter().map(|item| one(item, known, &mut ids)).collect();
    rules.into_iter().collect()
}

fn one(item: &Field<'_>, known: &Known, ids: &mut Vec<(String, Span)>) -> Option<Rule> {
    let fields = item.fields(FIELDS)?;
    let id = fields.read("id", "no-big-steps", |field| unique(field, ids));
    let on = moments(&fields);
    let enforcement = fields.read_or("enforcement", Enforcement::Hard, |field| field.one_of(&ENFORCEMENTS));
    let on_missing = fields.read_or("onMissing", OnMissing::Inconclusive, |field| field.one_of(&ON_MISSING));
    let example = "'proposed.candidate.weight <= 50.0'";
    let expr = fields.read("expr", example, |field| known.expression(field, &Kind::Bool));
    let message = fields.read_or("message", Message::None, |field| message(field, known));
    let require = fields.read_or("require", None, |field| require(field).map(Some));
    let rule = Rule {
        id: id?,
        on: on?,
        enforcement: enforcement?,
        expr: expr?,
        message: message?,
        on_missing: on_missing?,
        require: require?,
    };
    doubts::of_rule(&fields, &rule, known);
    Some(rule)
}

fn unique(field: &Field<'_>, ids: &mut Vec<(String, Span)>) -> Option<String> {
    let id = field.name()?;
    let span = field.span();
    if let Some((_, first)) = ids.iter().find(|(other, _)| *other == id) {
        let reading = field.reading();
        let message = format!("the rule `{id}` stands twice");
        let problem = reading.problem("duplicate-rule", span, message, "written again");
        let problem = problem.at(reading.source(*first), *first, "first written here");
        reading.report(problem.with_help("give one of the two another `id`"));
        return None;
    }
    ids.push((id.clone(), span));
    Some(id)
}

fn moments(fields: &Fields<'_>) -> Option<Vec<Moment>> {
    fields.read("on", "[shape]", |field| {
        let read: Vec<Option<Moment>> = field.list()?.iter().map(|item| item.one_of(&MOMENTS)).collect();
        if read.is_empty() {
            let help = "write for example `[shape]`";
            return field.refuse("wrong-value", String::from("the rule is never asked"), help);
        }
        read.into_iter().collect()
    })
}

/// A message that begins with a quote is an expression; any other is plain text.
fn message(field: &Field<'_>, known: &Known) -> Option<Message> {
    let text = field.text()?;
    if text.trim_start().starts_with(['\'', '"']) {
        return known.expression(field, &Kind::Text).map(Message::Computed);
    }
    if text.contains(" + '") || text.contains("' + ") {
        let message = "this message is told as it stands, and looks like an expression";
        let problem = field.reading().problem("hint", field.span(), message, "told word by word");
        known.hint(
            problem.with_help("begin an expression with a quote: `message: \"'' + string(step.index)\"`"),
        );
    }
    Some(Message::Plain(text))
}

fn require(field: &Field<'_>) -> Option<Require> {
    let fields = field.fields(REQUIRE_FIELDS)?;
    let approvals = fields.read_or("approvals", 1, |field| field.count(1..=MAX_APPROVALS));
    let group = fields.read("group", "sre", Field::name);
    Some(Require { approvals: approvals?, group: group? })
}
