//! Reads which Prometheus is asked, and how it is told who asks. Secrets themselves have no place in a workflow.

use super::{address, keys};
use crate::document::problem::quoted;
use crate::document::reader::{Field, Fields};
use crate::plan::{Auth, PrometheusPlan, Secret};

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const DEFAULT_TIMEOUT: u64 = 10 * SECOND;
/// Many servers scrape once a minute.
const DEFAULT_STALE: u64 = 3 * MINUTE;
const DEFAULT_RETRIES: i64 = 2;
const MOST_RETRIES: i64 = 5;

pub(super) fn prometheus(field: &Field<'_>) -> Option<PrometheusPlan> {
    let fields = field.fields(keys::PROMETHEUS)?;
    let url = fields.read("url", "http://prometheus:9090", address::server);
    let timeout = fields.read_or("timeout", DEFAULT_TIMEOUT, |field| field.duration(100..=MINUTE));
    let stale = fields.read_or("stale-after", DEFAULT_STALE, |field| field.duration(SECOND..=60 * MINUTE));
    let retries = fields.read_or("retries", DEFAULT_RETRIES, |field| field.integer(0..=MOST_RETRIES));
    let bearer = fields.read_or("bearer", None, |field| secret(field).map(|one| Some(Auth::Bearer(one))));
    let basic = fields.read_or("basic", None, |field| basic(field).map(Some));
    let ca = fields.read_or("ca", None, |field| path(field).map(Some));
    let auth = one_of(&fields, bearer?, basic?)?;
    Some(PrometheusPlan {
        url: url?.trim_end_matches('/').to_owned(),
        timeout_ms: timeout?,
        stale_after_ms: stale?,
        retries: u32::try_from(retries?).ok()?,
        auth,
        ca: ca?,
    })
}

fn one_of(fields: &Fields<'_>, bearer: Option<Auth>, basic: Option<Auth>) -> Option<Option<Auth>> {
    if bearer.is_some() && basic.is_some() {
        let message = "`bearer` and `basic` are two ways to say who asks".to_owned();
        return fields.optional("basic")?.refuse(
            "wrong-value",
            message,
            "keep the one that the server wants",
        );
    }
    Some(bearer.or(basic))
}

fn basic(field: &Field<'_>) -> Option<Auth> {
    let fields = field.fields(keys::BASIC)?;
    let username = fields.read("username", "sluice", Field::text);
    let password = fields.read("password", "{env: PROMETHEUS_PASSWORD}", secret);
    Some(Auth::Basic { username: username?, password: password? })
}

/// `{env: NAME}` or `{file: /path}`.
fn secret(field: &Field<'_>) -> Option<Secret> {
    let fields = field.fields(keys::SECRET)?;
    let env = fields.optional("env").map(|field| field.text().map(Secret::Env));
    let file = fields.optional("file").map(|field| path(&field).map(Secret::File));
    match (env, file) {
        (Some(one), None) | (None, Some(one)) => one,
        _ => {
            let message = "a secret is in the environment or in a file".to_owned();
            field.refuse("wrong-value", message, "write `{env: NAME}` or `{file: /path}`")
        }
    }
}

/// A release may be taken up again from anywhere.
pub(super) fn path(field: &Field<'_>) -> Option<String> {
    let path = field.text()?;
    if path.starts_with('/') {
        return Some(path);
    }
    let message = format!("{} depends on where the engine is started", quoted(&path));
    field.refuse("wrong-path", message, "write the whole path, from `/` on")
}
