//! Reads the watch after full traffic, and what belongs into the record.

use super::{PluginReference, keys};
use crate::document::problem::{listed, nearest, quoted};
use crate::document::reader::{Field, Fields};
use crate::document::source::Spanned;
use crate::model::shape::MAX_INSTANCES;
use crate::plan::{Monitor, References};

const DAY: u64 = 24 * 3_600_000;
const MAX_TICKETS: usize = 64;

pub(super) fn monitor(root: &Fields<'_>, checks: Option<&[PluginReference]>) -> Option<Option<Monitor>> {
    root.read_or("monitor", None, |field| {
        let fields = field.fields(keys::MONITOR)?;
        let for_ms = fields.read("for", "10m", |field| field.duration(0..=7 * DAY));
        let keep = fields.read_or("keep", 1, |field| field.count(0..=MAX_INSTANCES));
        let named = fields.read_or("checks", Vec::new(), |field| named(field, checks));
        Some(Some(Monitor { for_ms: for_ms?, keep: keep?, checks: named? }))
    })
}

pub(super) fn record(root: &Fields<'_>) -> Option<References> {
    root.read_or("record", References::default(), |field| {
        let fields = field.fields(keys::RECORD)?;
        let changelog = fields.read_or("changelog", String::new(), Field::text);
        let tickets = fields.read_or("tickets", Vec::new(), |field| {
            let tickets = field.texts()?;
            if tickets.len() > MAX_TICKETS {
                let message = format!("{} tickets are more than the limit of {MAX_TICKETS}", tickets.len());
                return field.refuse("too-many", message, "name the one that the others belong to");
            }
            Some(tickets)
        });
        Some(References { changelog: changelog?, tickets: tickets? })
    })
}

/// Names of checks that there are; not judged where the checks themselves could not be read.
fn named(field: &Field<'_>, checks: Option<&[PluginReference]>) -> Option<Vec<String>> {
    let read: Vec<Option<Spanned<String>>> = field.list()?.iter().map(Field::spanned_text).collect();
    let named: Vec<Spanned<String>> = read.into_iter().collect::<Option<_>>()?;
    let names = || checks.unwrap_or_default().iter().map(|check| check.name.as_str());
    let unknown = |one: &&Spanned<String>| checks.is_some() && !names().any(|name| name == one.value);
    if let Some(one) = named.iter().find(unknown) {
        let message = format!("there is no check {}", quoted(&one.value));
        let help = match nearest(&one.value, names()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("write names of checks: {}", listed(names())),
        };
        return field.refuse("unknown-check", message, &help);
    }
    Some(named.into_iter().map(|one| one.value).collect())
}
