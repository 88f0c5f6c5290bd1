//! Reads `target.gateway.mirror`.

use super::keys;

use crate::document::problem::quoted;
use crate::document::reader::Field;
use crate::model::mirroring::{Comparing, Latency, Mirroring};

const SECOND: u64 = 1_000;
const MAX_METHODS: usize = 16;
const MAX_HEADERS: usize = 32;
const MAX_IGNORED: usize = 256;
const MAX_BODY: u32 = 1024 * 1024;
const NEEDED: [&str; 12] = [
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];
const HOUR: u64 = 3_600 * SECOND;

pub(super) fn mirror(field: &Field<'_>) -> Option<Mirroring> {
    let default = Mirroring::default();
    let fields = field.fields(keys::MIRROR)?;
    let methods = fields.read_or("methods", default.methods, methods);
    let mark = fields.read_or("mark", default.mark, mark);
    let queue = fields.read_or("queue", default.queue, |field| field.count(1..=4096));
    let body_bytes = fields.read_or("body-bytes", default.body_bytes, |field| field.count(0..=MAX_BODY));
    let timeout_ms = fields.read_or("timeout", default.timeout_ms, |field| field.duration(1..=HOUR));
    let compare = fields.read_or("compare", default.compare, compare);
    Some(Mirroring {
        methods: methods?,
        mark: mark?,
        queue: queue?,
        body_bytes: body_bytes?,
        timeout_ms: timeout_ms?,
        compare: compare?,
    })
}

fn compare(field: &Field<'_>) -> Option<Comparing> {
    let default = Comparing::default();
    let fields = field.fields(keys::COMPARE)?;
    let headers = fields.read_or("headers", default.headers, |field| listed(field, MAX_HEADERS, header));
    let ignore = fields.read_or("ignore", default.ignore, |field| listed(field, MAX_IGNORED, pointer));
    let any_order = fields.read_or("any-order", default.any_order, Field::boolean);
    let latency = fields.read_or("latency", default.latency, latency);
    let noise = fields.read_or("noise", default.noise, Field::boolean);
    let samples = fields.read_or("samples", default.samples, |field| field.count(0..=100));
    Some(Comparing {
        headers: headers?,
        ignore: ignore?,
        any_order: any_order?,
        latency: latency?,
        noise: noise?,
        samples: samples?,
    })
}

fn latency(field: &Field<'_>) -> Option<Latency> {
    let default = Comparing::default().latency;
    let fields = field.fields(keys::LATENCY)?;
    let factor = fields
        .read_or("factor", f64::from(default.factor_percent) / 100.0, |field| field.number(1.0..=1000.0));
    let slack_ms = fields.read_or("slack", default.slack_ms, |field| field.duration(0..=HOUR));
    // Between 100 and 100000 by the range above.
    let factor_percent = (factor? * 100.0).round() as u32;
    Some(Latency { factor_percent, slack_ms: slack_ms? })
}

fn methods(field: &Field<'_>) -> Option<Vec<String>> {
    listed(field, MAX_METHODS, |one| {
        let method = one.text()?;
        let fits = method.len() <= 32 && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
        if fits && method != "CONNECT" {
            return Some(method);
        }
        let message = format!("{} is not a method that can be mirrored", quoted(&method));
        one.refuse(
            "wrong-value",
            message,
            "write methods in capitals, such as `GET`, and only those that change nothing",
        )
    })
}

/// It is taken from users' requests, so it can not be one that they need.
fn mark(field: &Field<'_>) -> Option<String> {
    let name = header(field)?;
    if NEEDED.iter().any(|needed| needed.eq_ignore_ascii_case(&name)) {
        let message = format!("{} is a header of users' own requests", quoted(&name));
        return field.refuse("wrong-name", message, "choose one that nobody else uses: `X-Sluice-Mirrored`");
    }
    Some(name)
}

fn header(field: &Field<'_>) -> Option<String> {
    let name = field.text()?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.len() <= 64 && name.bytes().all(fits) {
        return Some(name);
    }
    let message = format!("{} is not the name of a header", quoted(&name));
    field.refuse("wrong-name", message, "use at most 64 letters, digits, `-`, `_` and `.`")
}

fn pointer(field: &Field<'_>) -> Option<String> {
    let pointer = field.text()?;
    if pointer.starts_with('/') && pointer.len() <= 500 {
        return Some(pointer);
    }
    let message = format!("{} is not a JSON pointer", quoted(&pointer));
    field.refuse("wrong-value", message, "write for example `/items/*/id`, with `*` for any element or key")
}

fn listed(
    field: &Field<'_>,
    most: usize,
    read: impl Fn(&Field<'_>) -> Option<String>,
) -> Option<Vec<String>> {
    let items = field.list()?;
    if items.len() > most {
        let message =
            format!("{} in {} are more than the limit of {most}", items.len(), quoted(field.path()));
        return field.refuse("too-many", message, "keep the ones that matter");
    }
    let read: Vec<Option<String>> = items.iter().map(read).collect();
    read.into_iter().collect()
}
