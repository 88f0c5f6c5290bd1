//! Reads where plugins stand: the strategy, the checks and the rollback.

use super::{PluginReference, keys};
use crate::document::problem::{listed, quoted};
use crate::document::reader::{Field, Fields};
use crate::document::source::Spanned;
use crate::document::tree::Node;
use crate::release::instances::INSTANCES;

const MAX_CHECKS: usize = 64;

/// Names under which the other two plugins and the engine's own check stand in plans and reports.
const TAKEN: [&str; 3] = ["strategy", "rollback", INSTANCES];

/// Reads `{plugin: ..., config: ...}`.
pub(super) fn plugin(field: &Field<'_>, name: &str) -> Option<PluginReference> {
    reference(&field.fields(keys::PLUGIN)?, name.to_owned())
}

pub(super) fn checks(root: &Fields<'_>) -> Option<Vec<PluginReference>> {
    // A release without checks is promoted blindly: that has to be written, not forgotten.
    let example = "[{name: errors, plugin: threshold}]`, or to release without any check `checks: []";
    let field = root.required("checks", example)?;
    let items = field.list()?;
    if items.len() > MAX_CHECKS {
        let message = format!("{} checks are more than the limit of {MAX_CHECKS}", items.len());
        return field.refuse("too-many", message, "let one check judge several queries");
    }
    let read: Vec<(Option<Spanned<String>>, Option<PluginReference>)> = items.iter().map(check).collect();
    let unique = field.reading().unique(
        "duplicate-check",
        "the check",
        read.iter().filter_map(|(name, _)| name.as_ref()),
    );
    let checks: Option<Vec<PluginReference>> = read.into_iter().map(|(_, check)| check).collect();
    unique.and(checks)
}

/// Without one, a failed check rolls back as the bundled plugin has it.
pub(super) fn rollback(root: &Fields<'_>) -> Option<PluginReference> {
    match root.optional("rollback") {
        Some(field) => plugin(&field, "rollback"),
        None => {
            let span = root.field().span();
            let plugin = Spanned { value: "on-failure".to_owned(), span };
            Some(PluginReference {
                name: "rollback".to_owned(),
                plugin,
                config: Node::empty_map(span),
                config_span: span,
            })
        }
    }
}

/// The name is read by itself, so that a duplicate is told although the rest of a check is wrong.
fn check(field: &Field<'_>) -> (Option<Spanned<String>>, Option<PluginReference>) {
    let Some(fields) = field.fields(keys::CHECK) else { return (None, None) };
    let name = fields.read("name", "errors", check_name);
    let check = reference(&fields, name.as_ref().map(|name| name.value.clone()).unwrap_or_default());
    let is_named = name.is_some();
    (name, check.filter(|_| is_named))
}

fn check_name(field: &Field<'_>) -> Option<Spanned<String>> {
    let value = field.name()?;
    if TAKEN.contains(&value.as_str()) {
        let message = format!("a check can not be named {}", quoted(&value));
        return field.refuse("wrong-name", message, &format!("choose another name than {}", listed(TAKEN)));
    }
    Some(Spanned { value, span: field.span() })
}

fn reference(fields: &Fields<'_>, name: String) -> Option<PluginReference> {
    let example = match name.as_str() {
        "strategy" => "canary",
        "rollback" => "on-failure",
        _ => "threshold",
    };
    let plugin = fields.read("plugin", example, plugin_name);
    let absent = plugin.as_ref().map_or(fields.field().span(), |plugin| plugin.span);
    let config = fields.read_or("config", (Node::empty_map(absent), absent), |field| {
        field.entries()?;
        Some((field.node().clone(), field.span()))
    });
    let (config, config_span) = config?;
    Some(PluginReference { name, plugin: plugin?, config, config_span })
}

fn plugin_name(field: &Field<'_>) -> Option<Spanned<String>> {
    let written = field.spanned_text()?;
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if written.value.ends_with(".wasm") || written.value.bytes().all(fits) {
        return Some(written);
    }
    field.refuse(
        "wrong-plugin",
        format!("{} is neither the name nor the path of a plugin", quoted(&written.value)),
        "write the name of a bundled plugin (`canary`), or a path that ends in `.wasm` (`./plugins/mine.wasm`)",
    )
}
