//! The keys of a workflow, map by map: the reader knows no other, and the schema has the same.

pub(super) const ROOT: &[&str] = &[
    "apiVersion",
    "kind",
    "service",
    "environment",
    "labels",
    "target",
    "candidate",
    "metrics",
    "strategy",
    "checks",
    "rollback",
    "policies",
    "requirePolicy",
    "policyParams",
    "approvers",
    "deadlines",
    "first",
    "prepare",
    "test",
    "smoke",
    "monitor",
    "record",
];
pub(super) const TARGET: &[&str] = &["gateway", "haproxy", "envoy", "command"];
pub(super) const HAPROXY: &[&str] = &["socket", "address", "backend", "map", "metrics", "capacity"];
pub(super) const ENVOY: &[&str] = &["directory", "address", "admin", "preview", "capacity"];
pub(super) const COMMAND: &[&str] = &["command", "directory", "env", "pass-env", "timeout", "retries"];
pub(super) const GATEWAY: &[&str] = &["listen", "sticky", "trust-forwarded", "preview", "capacity", "mirror"];
pub(super) const MIRROR: &[&str] = &["methods", "mark", "queue", "body-bytes", "timeout", "compare"];
pub(super) const COMPARE: &[&str] = &["headers", "ignore", "any-order", "latency", "noise", "samples"];
pub(super) const LATENCY: &[&str] = &["factor", "slack"];
pub(super) const STICKY: &[&str] = &["cookie", "ttl"];
pub(super) const CANDIDATE: &[&str] = &[
    "version",
    "command",
    "port-env",
    "port",
    "env",
    "directory",
    "instances",
    "max-restarts",
    "readiness",
    "metrics",
    "drain",
    "stop",
];
pub(super) const READINESS: &[&str] = &["path", "within", "interval"];
pub(super) const METRICS: &[&str] = &["interval", "timeout", "stale-after", "events", "pages", "prometheus"];
pub(super) const PROMETHEUS: &[&str] = &["url", "timeout", "stale-after", "retries", "bearer", "basic", "ca"];
pub(super) const SECRET: &[&str] = &["env", "file"];
pub(super) const BASIC: &[&str] = &["username", "password"];
pub(super) const PAGE: &[&str] = &["url", "labels"];
pub(super) const PREPARE: &[&str] = &["notify", "tools", "environment", "approvals", "metrics"];
pub(super) const NOTIFIER: &[&str] = &["name", "webhook", "command", "on", "required"];
pub(super) const WEBHOOK: &[&str] = &["url", "template", "ca"];
pub(super) const TOOL: &[&str] = &["name", "command", "require"];
pub(super) const CONDITION: &[&str] = &["name", "tcp", "url", "disk", "command"];
pub(super) const DISK: &[&str] = &["path", "free"];
pub(super) const APPROVAL: &[&str] = &["name", "group", "message", "deadline"];
pub(super) const TEST: &[&str] = &["parallel", "jobs"];
pub(super) const JOB: &[&str] = &[
    "name",
    "kind",
    "command",
    "accept",
    "workflow",
    "set",
    "needs",
    "env",
    "directory",
    "timeout",
    "retries",
    "artefacts",
    "junit",
];
pub(super) const ACCEPT: &[&str] = &["group", "message"];
pub(super) const SMOKE: &[&str] = &["preview", "promoted"];
pub(super) const MONITOR: &[&str] = &["for", "keep", "checks"];
pub(super) const RECORD: &[&str] = &["changelog", "tickets"];
pub(super) const PLUGIN: &[&str] = &["plugin", "config"];
pub(super) const CHECK: &[&str] = &["name", "plugin", "config"];
pub(super) const DEADLINES: &[&str] = &["apply", "hold", "pause"];
pub(super) const FIRST: &[&str] = &["min-time"];
