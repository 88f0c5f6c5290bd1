//! Reads the targets beside the gateway: HAProxy, Envoy, and any platform behind a command.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::{Value, json};

use super::read::address;
use super::{Gateway, Target, keys, read};
use crate::document::problem::{listed, quoted};
use crate::document::reader::{Field, Fields};

/// HAProxy on this machine, with the service's processes behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Haproxy {
    /// Its runtime socket, as an admin.
    pub socket: String,
    /// Where users reach it.
    pub address: SocketAddr,
    /// What its backends' names begin with.
    pub backend: String,
    /// The map of its configuration that holds the weights.
    pub map: String,
    /// Page of its exporter.
    pub metrics: Option<String>,
    pub capacity: Option<u32>,
}

/// Envoy on this machine, with the service's processes behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envoy {
    /// The folder of the files that it watches.
    pub directory: String,
    /// Where users reach it.
    pub address: SocketAddr,
    /// Its admin interface.
    pub admin: String,
    /// Where its preview listener is.
    pub preview: Option<SocketAddr>,
    pub capacity: Option<u32>,
}

/// Any platform, by a command that speaks JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandTarget {
    pub command: Vec<String>,
    /// As written: relative to the workflow unless absolute.
    pub directory: String,
    pub env: BTreeMap<String, String>,
    /// Variables of Sluice's own environment that it is given.
    pub pass_env: Vec<String>,
    /// For one run.
    pub timeout_ms: u64,
    /// How often one that failed for the moment is run again.
    pub retries: u32,
}

const SECOND: u64 = 1_000;
const MOST_INSTANCES: u32 = 10_000;
const MOST_RETRIES: u32 = 20;
const MOST_PASSED: usize = 64;
const EXAMPLE: &str = "{listen: 127.0.0.1:8080}";

impl Target {
    /// What the workflow and the plan call it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Gateway(_) => "gateway",
            Self::Haproxy(_) => "haproxy",
            Self::Envoy(_) => "envoy",
            Self::Command(_) => "command",
        }
    }
}

/// The selector that counts the candidate's events when the workflow names none; a platform of the user's own has
/// none that we could know.
pub(super) fn default_events(kind: &str) -> Option<&'static str> {
    match kind {
        "haproxy" => Some("haproxy_server_http_responses_total{role=\"candidate\"}"),
        "envoy" => Some("envoy_cluster_upstream_rq_completed{role=\"candidate\"}"),
        "command" => None,
        _ => Some(super::DEFAULT_EVENTS),
    }
}

/// The kind that a workflow names, whatever is wrong with it.
pub(super) fn kind(root: &Fields<'_>) -> &'static str {
    let written = root.optional("target").and_then(|field| field.node().as_map());
    let named = keys::TARGET.iter().find(|kind| written.is_some_and(|map| map.get(kind).is_some()));
    named.copied().unwrap_or("gateway")
}

pub(super) fn target(field: &Field<'_>) -> Option<Target> {
    let fields = field.fields(keys::TARGET)?;
    let written: Vec<&'static str> = keys::TARGET.iter().copied().filter(|kind| fields.has(kind)).collect();
    match written.as_slice() {
        // Of a kind that nobody knows, that much was told.
        [] if field.node().as_map().is_some_and(|map| map.iter().next().is_some()) => None,
        [] => fields.read("gateway", EXAMPLE, gateway).map(Target::Gateway),
        ["gateway"] => gateway(&fields.optional("gateway")?).map(Target::Gateway),
        ["haproxy"] => haproxy(&fields.optional("haproxy")?).map(Target::Haproxy),
        ["envoy"] => envoy(&fields.optional("envoy")?).map(Target::Envoy),
        ["command"] => command(&fields.optional("command")?).map(Target::Command),
        [_, second, ..] => fields.optional(second)?.refuse(
            "several-targets",
            format!("a release acts on one target, and {} are named", listed(written.iter().copied())),
            "keep the one that serves the users, and take out the others",
        ),
        [_] => None,
    }
}

fn gateway(field: &Field<'_>) -> Option<Gateway> {
    read::gateway(field)
}

fn haproxy(field: &Field<'_>) -> Option<Haproxy> {
    let fields = field.fields(keys::HAPROXY)?;
    let socket = fields.read("socket", "/run/haproxy/admin.sock", absolute);
    let address = fields.read("address", "127.0.0.1:8080", address);
    let backend = fields.read("backend", "shop", Field::name);
    let map = fields.read("map", "/etc/haproxy/shop.map", absolute);
    let metrics =
        fields.read_or("metrics", None, |field| url(field, "http://127.0.0.1:8404/metrics").map(Some));
    let capacity = capacity(&fields);
    let (socket, address, backend) = (socket?, address?, backend?);
    Some(Haproxy { socket, address, backend, map: map?, metrics: metrics?, capacity: capacity? })
}

fn envoy(field: &Field<'_>) -> Option<Envoy> {
    let fields = field.fields(keys::ENVOY)?;
    let directory = fields.read("directory", "/var/lib/envoy/shop", absolute);
    let at = fields.read("address", "127.0.0.1:8080", address);
    let admin = fields.read("admin", "http://127.0.0.1:9901", |field| url(field, "http://127.0.0.1:9901"));
    let preview = fields.read_or("preview", None, |field| address(field).map(Some));
    let capacity = capacity(&fields);
    let (directory, address, admin) = (directory?, at?, admin?);
    Some(Envoy { directory, address, admin, preview: preview?, capacity: capacity? })
}

fn command(field: &Field<'_>) -> Option<CommandTarget> {
    // Most need no more than their words.
    if field.node().as_list().is_some() {
        let command = super::candidate::command(field)?;
        return Some(CommandTarget { command, ..CommandTarget::plain() });
    }
    let plain = CommandTarget::plain();
    let fields = field.fields(keys::COMMAND)?;
    let command = fields.read("command", "[./my-platform]", super::candidate::command);
    let directory = fields.read_or("directory", plain.directory, Field::text);
    let env = fields.read_or("env", BTreeMap::new(), super::candidate::env);
    let pass_env = fields.read_or("pass-env", plain.pass_env, passed);
    let timeout = fields.read_or("timeout", plain.timeout_ms, |field| field.duration(SECOND..=600 * SECOND));
    let retries = fields.read_or("retries", plain.retries, |field| field.count(0..=MOST_RETRIES));
    let (command, directory, env, pass_env) = (command?, directory?, env?, pass_env?);
    Some(CommandTarget { command, directory, env, pass_env, timeout_ms: timeout?, retries: retries? })
}

fn passed(field: &Field<'_>) -> Option<Vec<String>> {
    let items = field.list()?;
    if items.len() > MOST_PASSED {
        let message = format!("{} variables are more than the limit of {MOST_PASSED}", items.len());
        return field.refuse("too-many", message, "name the ones that the command reads");
    }
    let read: Vec<Option<String>> = items.iter().map(super::candidate::variable).collect();
    read.into_iter().collect()
}

pub(super) fn capacity(fields: &Fields<'_>) -> Option<Option<u32>> {
    fields.read_or("capacity", None, |field| field.count(1..=MOST_INSTANCES).map(Some))
}

/// Another process opens it too, so it can not depend on where we are.
fn absolute(field: &Field<'_>) -> Option<String> {
    let path = field.text()?;
    let fits = path.bytes().all(|byte| !byte.is_ascii_control() && byte != b' ' && byte != b';');
    if !path.starts_with('/') || !fits || path.len() > 1024 {
        let message = format!("{} is not an absolute path", quoted(&path));
        return field.refuse("wrong-path", message, "begin it with `/`, and use no spaces");
    }
    Some(path)
}

fn url(field: &Field<'_>, example: &str) -> Option<String> {
    let text = field.text()?;
    let rest = text.strip_prefix("http://").unwrap_or_default();
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let fits = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    if host.is_empty() || host.contains('@') || !fits || text.len() > 2048 {
        let message = format!("{} is not the address of a page", quoted(&text));
        return field.refuse("wrong-address", message, &format!("write it as `{example}`"));
    }
    Some(text)
}

impl CommandTarget {
    /// What is left out.
    fn plain() -> Self {
        Self {
            command: Vec::new(),
            directory: ".".to_owned(),
            env: BTreeMap::new(),
            pass_env: vec!["PATH".to_owned(), "HOME".to_owned()],
            timeout_ms: 30 * SECOND,
            retries: 3,
        }
    }

    /// In the form in which the target reads it; `directory` is absolute.
    pub(super) fn config(&self, directory: String) -> Value {
        json!({
            "command": self.command, "directory": directory, "env": self.env, "pass-env": self.pass_env,
            "timeout-ms": self.timeout_ms, "retries": self.retries,
        })
    }
}

impl Haproxy {
    pub(super) fn config(&self) -> Value {
        let Self { socket, address, backend, map, metrics, capacity } = self;
        let config = json!({
            "socket": socket, "address": address.to_string(), "backend": backend, "map": map,
        });
        with(config, [("metrics", json!(metrics)), ("capacity", json!(capacity))])
    }
}

impl Envoy {
    pub(super) fn config(&self) -> Value {
        let Self { directory, address, admin, preview, capacity } = self;
        let config = json!({ "directory": directory, "address": address.to_string(), "admin": admin });
        let preview = preview.map(|preview| preview.to_string());
        with(config, [("preview", json!(preview)), ("capacity", json!(capacity))])
    }
}

/// Adds what is there.
fn with<const N: usize>(mut config: Value, optional: [(&str, Value); N]) -> Value {
    for (key, value) in optional {
        if !value.is_null() {
            config[key] = value;
        }
    }
    config
}
