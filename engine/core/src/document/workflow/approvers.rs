//! Reads who may approve: groups, and the names in them.

use std::collections::BTreeMap;

use crate::document::problem::quoted;
use crate::document::reader::Field;
use crate::document::source::Spanned;

const MAX_GROUPS: usize = 64;
const MAX_NAMES: usize = 256;
const MAX_BYTES: usize = 256;

pub(super) fn approvers(field: &Field<'_>) -> Option<BTreeMap<String, Vec<String>>> {
    let entries = field.entries()?;
    if entries.len() > MAX_GROUPS {
        let message = format!("{} groups are more than the limit of {MAX_GROUPS}", entries.len());
        return field.refuse("too-many", message, "keep the groups whose approval a step asks for");
    }
    let read: Vec<Option<(String, Vec<String>)>> = entries.iter().map(group).collect();
    read.into_iter().collect()
}

fn group((name, field): &(Spanned<&str>, Field<'_>)) -> Option<(String, Vec<String>)> {
    if !fits(name.value) {
        let message = format!("{} is not the name of a group", quoted(name.value));
        return field.refuse_name(message, "write a name of at most 256 bytes in one line, as in `sre`");
    }
    let items = field.list()?;
    if items.is_empty() || items.len() > MAX_NAMES {
        let message = format!("a group has 1 to {MAX_NAMES} names, this one has {}", items.len());
        return field.refuse("wrong-value", message, "write who may approve for it: `[alice, bob]`");
    }
    let names: Option<Vec<Spanned<String>>> = items.iter().map(person).collect();
    let names = names?;
    field.reading().unique("duplicate-approver", "the approver", names.iter())?;
    Some((name.value.to_owned(), names.into_iter().map(|name| name.value).collect()))
}

fn person(field: &Field<'_>) -> Option<Spanned<String>> {
    let name = field.spanned_text()?;
    if !fits(&name.value) {
        let message = format!("{} is not the name of a person", quoted(&name.value));
        return field.refuse(
            "wrong-name",
            message,
            "write it as `sluice approve --who` gives it, in one line",
        );
    }
    Some(name)
}

fn fits(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_BYTES && !name.chars().any(char::is_control)
}
