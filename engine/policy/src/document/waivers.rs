//! Waivers: dated exceptions from one rule. All of one is required: a rule that somebody may break without a
//! reason, or for ever, is none.

use jiff::civil::Date;
use serde::Serialize;
use sluice_core::document::problem::{listed, nearest};
use sluice_core::document::reader::Field;
use sluice_core::document::source::Span;
use sluice_core::model::policy::Enforcement;

use super::Rule;
use super::read::some_texts;

/// An exception from a rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Waiver {
    pub rule: String,
    pub reason: String,
    pub approver: String,
    /// The last day on which it counts, in the zone of the policy.
    pub expires: Date,
    /// The services that it is for; all, where none is named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    #[serde(skip)]
    pub(super) span: Span,
}

pub(super) const FIELDS: &[&str] = &["rule", "reason", "approver", "expires", "services"];
const MAX_WAIVERS: usize = 100;

/// Reads `waivers`. Whether they go with the rules is told by [`check`].
pub(super) fn read(field: &Field<'_>) -> Option<Vec<Waiver>> {
    let list = field.list()?;
    if list.len() > MAX_WAIVERS {
        let message = format!("{} waivers are more than the limit of {MAX_WAIVERS}", list.len());
        return field.refuse("too-much", message, "change the rule");
    }
    let read: Vec<Option<Waiver>> = list.iter().map(one).collect();
    read.into_iter().collect()
}

/// Tells of waivers that waive nothing, or the same twice.
pub(super) fn check(field: &Field<'_>, waivers: &[Waiver], rules: &[Rule]) {
    let reading = field.reading();
    for (at, waiver) in waivers.iter().enumerate() {
        let rule = &waiver.rule;
        let known = rules.iter().find(|one| one.id == *rule);
        let problem = match known {
            None => {
                let ids = rules.iter().map(|one| one.id.as_str());
                let near = nearest(rule, ids.clone());
                let help = near.map_or_else(
                    || format!("there are {}", listed(ids)),
                    |near| format!("did you mean `{near}`?"),
                );
                let message = format!("there is no rule `{rule}` to be waived");
                reading.problem("unknown-rule", waiver.span, message, "of this waiver").with_help(help)
            }
            Some(known) if known.enforcement == Enforcement::Advisory => {
                let message = format!("the rule `{rule}` is advisory, and refuses nothing");
                let problem = reading.problem("useless-waiver", waiver.span, message, "waived here");
                problem.with_help("leave the waiver out")
            }
            Some(_) => match waivers[..at].iter().find(|first| first.overlaps(waiver)) {
                None => continue,
                Some(first) => {
                    let message = format!("the rule `{rule}` is waived twice");
                    let problem = reading.problem("duplicate-waiver", waiver.span, message, "again here");
                    let problem = problem.at(reading.source(first.span), first.span, "first here");
                    problem.with_help("keep the one that counts")
                }
            },
        };
        reading.report(problem);
    }
}

impl Waiver {
    pub(crate) fn is_for(&self, rule: &str, service: &str) -> bool {
        self.rule == rule && (self.services.is_empty() || self.services.iter().any(|one| one == service))
    }

    fn overlaps(&self, other: &Self) -> bool {
        let same = self.services.iter().any(|one| other.services.contains(one));
        self.rule == other.rule && (same || self.services.is_empty() || other.services.is_empty())
    }
}

fn one(item: &Field<'_>) -> Option<Waiver> {
    let fields = item.fields(FIELDS)?;
    let span = fields.optional("rule").map_or_else(|| item.span(), |rule| rule.span());
    let rule = fields.read("rule", "step-is-small", Field::name);
    let reason = fields.read("reason", "the sale begins on Friday", Field::text);
    let approver = fields.read("approver", "alice", Field::text);
    let expires = fields.read("expires", "2026-12-31", date);
    let services = fields.read_or("services", Vec::new(), some_texts);
    Some(Waiver {
        rule: rule?,
        reason: reason?,
        approver: approver?,
        expires: expires?,
        services: services?,
        span,
    })
}

fn date(field: &Field<'_>) -> Option<Date> {
    let text = field.text()?;
    let date = text.parse::<Date>().ok().filter(|_| text.len() == 10);
    date.or_else(|| field.refuse("wrong-value", format!("`{text}` is no date"), "write it as `2026-12-31`"))
}
