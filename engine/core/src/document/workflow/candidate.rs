//! Reads the candidate: what is run, and when it may have traffic.

use std::collections::BTreeMap;

use super::{Candidate, keys};
use crate::document::problem::quoted;
use crate::document::reader::{Field, Fields};
use crate::document::source::Spanned;
use crate::model::shape::MAX_INSTANCES;
use crate::plan::{DEFAULT_MAX_RESTARTS, Port, Readiness};

const SECOND: u64 = 1_000;
const HOUR: u64 = 3_600 * SECOND;
const MAX_ARGUMENTS: usize = 256;
const MAX_VARIABLES: usize = 256;
const MAX_RESTARTS: u32 = 1_000;
const VARIABLE_HELP: &str = "use letters, digits and `_`, and no digit first, as in `PORT`";

pub(super) fn candidate(field: &Field<'_>, target: &str) -> Option<Candidate> {
    let fields = field.fields(keys::CANDIDATE)?;
    let version = fields.read("version", "v2", version);
    // A platform may know by the version alone what to run.
    let is_elsewhere = target == "command";
    let command = match is_elsewhere && !fields.has("command") {
        true => Some(Vec::new()),
        false => fields.read("command", "[./my-service]", command),
    };
    let env = fields.read_or("env", BTreeMap::new(), env);
    let port = match is_elsewhere && !fields.has("port") && !fields.has("port-env") {
        true => Some(Port::Env("PORT".to_owned())),
        false => port(&fields),
    };
    let directory = fields.read_or("directory", ".".to_owned(), Field::text);
    let instances = fields.read_or("instances", 1, |field| field.count(1..=MAX_INSTANCES));
    let max_restarts =
        fields.read_or("max-restarts", DEFAULT_MAX_RESTARTS, |field| field.count(1..=MAX_RESTARTS));
    let readiness = match fields.optional("readiness") {
        Some(field) => readiness(&field),
        None => Some(Readiness { path: None, within_ms: 30 * SECOND, interval_ms: 200 }),
    };
    let metrics_path = fields.read_or("metrics", None, |field| path(field).map(Some));
    let drain_ms = fields.read_or("drain", 30 * SECOND, |field| field.duration(0..=HOUR));
    let stop_ms = fields.read_or("stop", 10 * SECOND, |field| field.duration(0..=HOUR));
    let candidate = Candidate {
        version: version?,
        command: command?,
        port: port?,
        env: env?,
        directory: directory?,
        instances: instances?,
        max_restarts: max_restarts?,
        readiness: readiness?,
        metrics_path: metrics_path?,
        drain_ms: drain_ms?,
        stop_ms: stop_ms?,
    };
    fits_together(&fields, &candidate)?;
    Some(candidate)
}

/// What no key alone can show.
fn fits_together(fields: &Fields<'_>, candidate: &Candidate) -> Option<()> {
    match &candidate.port {
        Port::Fixed(port) if candidate.instances > 1 => fields.optional("instances")?.refuse(
            "wrong-value",
            format!("{} instances can not all listen on the port {port}", candidate.instances),
            "write `port-env: PORT`, so that each is given a port of its own, or leave out `instances`",
        ),
        Port::Env(name) if candidate.env.contains_key(name) => fields.optional("port-env")?.refuse(
            "wrong-value",
            format!("the variable {} is set by `port-env` and by `env`", quoted(name)),
            "take it out of `env`: each instance is given its port in it",
        ),
        _ => Some(()),
    }
}

/// It becomes a part of the revision's id, so it is held to what labels and file names can bear.
fn version(field: &Field<'_>) -> Option<String> {
    let version = field.text()?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
    if version.len() > 128 || !version.bytes().all(fits) {
        let message = format!("{} is not a version", quoted(&version));
        return field.refuse(
            "wrong-name",
            message,
            "use at most 128 letters, digits, `.`, `_`, `+` and `-`, as in `v2.1.0`",
        );
    }
    Some(version)
}

pub(super) fn command(field: &Field<'_>) -> Option<Vec<String>> {
    if let Some(line) = field.node().as_text() {
        // No shell is run, and guessing how it would split the line is not ours.
        let words: Vec<&str> = line.split_whitespace().collect();
        let help = format!("write each word by itself: `[{}]`; no shell is run", words.join(", "));
        return field.expected("a list of a program and its arguments", &help);
    }
    let items = field.list()?;
    if items.is_empty() || items.len() > MAX_ARGUMENTS {
        let message = format!("a command has 1 to {MAX_ARGUMENTS} words, this one has {}", items.len());
        return field.refuse(
            "wrong-value",
            message,
            "write the program and its arguments: `[./my-service, --quiet]`",
        );
    }
    let program = items.first().and_then(Field::text);
    let arguments: Vec<Option<String>> = items.iter().skip(1).map(Field::text_or_empty).collect();
    [program].into_iter().chain(arguments).collect()
}

pub(super) fn env(field: &Field<'_>) -> Option<BTreeMap<String, String>> {
    let entries = field.entries()?;
    if entries.len() > MAX_VARIABLES {
        let message = format!("{} variables are more than the limit of {MAX_VARIABLES}", entries.len());
        return field.refuse("too-many", message, "write what the service needs in a file that it reads");
    }
    let read = |(name, field): &(Spanned<&str>, Field<'_>)| {
        if !is_variable(name.value) {
            return field.refuse_name(not_a_variable(name.value), VARIABLE_HELP);
        }
        Some((name.value.to_owned(), field.text_or_empty()?))
    };
    let all: Vec<Option<(String, String)>> = entries.iter().map(read).collect();
    all.into_iter().collect()
}

fn port(fields: &Fields<'_>) -> Option<Port> {
    match (fields.optional("port-env"), fields.optional("port")) {
        (Some(_), Some(fixed)) => fixed.refuse(
            "wrong-value",
            "`port` and `port-env` exclude one another".to_owned(),
            "keep `port-env` when the service can be told its port, `port` when it always has the same",
        ),
        (None, Some(fixed)) => {
            let port = fixed.integer(1..=i64::from(u16::MAX))?;
            u16::try_from(port).ok().map(Port::Fixed)
        }
        (Some(name), None) => variable(&name).map(Port::Env),
        (None, None) => fields.required("port-env", "PORT").and(None),
    }
}

/// The name of an environment variable.
pub(super) fn variable(field: &Field<'_>) -> Option<String> {
    let name = field.text()?;
    if !is_variable(&name) {
        return field.refuse("wrong-name", not_a_variable(&name), VARIABLE_HELP);
    }
    Some(name)
}

fn readiness(field: &Field<'_>) -> Option<Readiness> {
    let fields = field.fields(keys::READINESS)?;
    let path = fields.read_or("path", None, |field| path(field).map(Some));
    let within = fields.read_or("within", 30 * SECOND, |field| field.duration(100..=HOUR));
    let interval = fields.read_or("interval", 200, |field| field.duration(10..=60 * SECOND));
    let (within_ms, interval_ms) = (within?, interval?);
    if interval_ms > within_ms {
        let place = fields.optional("interval").or_else(|| fields.optional("within"))?;
        return place.refuse(
            "wrong-value",
            "the first question would come after the time is over".to_owned(),
            "write an `interval` that is shorter than `within`",
        );
    }
    Some(Readiness { path: path?, within_ms, interval_ms })
}

/// The path of a page, as it stands in a request.
fn path(field: &Field<'_>) -> Option<String> {
    let path = field.text()?;
    let fits = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    if !path.starts_with('/') || !fits || path.len() > 1024 {
        let message = format!("{} is not the path of a page", quoted(&path));
        return field.refuse(
            "wrong-value",
            message,
            "begin it with `/`, as in `/health`, without host and spaces",
        );
    }
    Some(path)
}

fn is_variable(name: &str) -> bool {
    let mut bytes = name.bytes();
    let begins = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    begins && name.len() <= 256 && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn not_a_variable(name: &str) -> String {
    format!("{} is not the name of an environment variable", quoted(name))
}
