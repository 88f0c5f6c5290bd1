//! Reads the document as a whole: its head, its target, and the order of the parts.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::{
    Gateway, PluginReference, PolicyParams, Sticky, Workflow, after, approvers, candidate, jobs, keys,
    mirror, plugins, prepare, targets, timing,
};
use crate::document::overrides::Overrides;
use crate::document::problem::{Problems, quoted};
use crate::document::reader::{Field, Fields, Reading};
use crate::document::source::{Source, Span, Spanned};
use crate::document::tree::{Limits, parse_into};
use crate::plan::Stages;

const SECOND: u64 = 1_000;
const DAY: u64 = 24 * 3_600 * SECOND;
/// What a document must say to be a workflow that this engine can read.
const HEAD: [(&str, &str); 2] = [("apiVersion", "sluice/v1"), ("kind", "Workflow")];
const MAX_LABELS: usize = 64;
const MAX_POLICIES: usize = 64;

pub(super) fn workflow(source: &Source, overrides: &Overrides) -> Result<Workflow, Problems> {
    let mut problems = Problems::new();
    let Some(mut node) = parse_into(source, Limits::default(), &mut problems) else { return Err(problems) };
    if let Err(found) = overrides.apply(&mut node) {
        problems.extend(found);
    }
    let reading = reading(source, overrides.source());
    reading.include(problems);
    let workflow = read(&reading.root(&node), overrides.source());
    reading.finish(workflow)
}

pub(super) fn reading<'a>(source: &'a Source, overrides: &'a Source) -> Reading<'a> {
    Reading::new(source, "workflow").with_overrides(overrides)
}

fn read(root: &Field<'_>, overrides: &Source) -> Option<Workflow> {
    is_a_workflow(root)?;
    let fields = root.fields(keys::ROOT)?;
    for (key, right) in HEAD {
        fields.required(key, right);
    }
    let service = fields.read("service", "shop", Field::name);
    let environment = fields.read_or("environment", "default".to_owned(), Field::name);
    let labels = fields.read_or("labels", BTreeMap::new(), labels);
    let kind = targets::kind(&fields);
    let target = fields.read("target", "{gateway: {listen: 127.0.0.1:8080}}", targets::target);
    let candidate =
        fields.read("candidate", "{version: v2, command: [./my-service], port-env: PORT}", |field| {
            candidate::candidate(field, kind)
        });
    let metrics = timing::metrics(&fields, targets::default_events(kind));
    let strategy = fields.read("strategy", "{plugin: canary}", |field| plugins::plugin(field, "strategy"));
    let checks = plugins::checks(&fields);
    let rollback = plugins::rollback(&fields);
    let policies = fields.read_or("policies", Vec::new(), policies);
    let require_policy = fields.read_or("requirePolicy", false, Field::boolean);
    let policy_params = fields.read_or("policyParams", BTreeMap::new(), policy_params);
    let approvers = fields.read_or("approvers", BTreeMap::new(), approvers::approvers);
    let deadlines = timing::deadlines(&fields);
    let first_min_time_ms = timing::first(&fields);
    let stages = stages(&fields, checks.as_deref(), approvers.as_ref());
    let (metrics, events_span) = metrics?;
    let smoke_span = fields.optional("smoke").map_or_else(Span::default, |field| field.span());
    Some(Workflow {
        source: root.reading().document().clone(),
        overrides: overrides.clone(),
        service: service?,
        environment: environment?,
        labels: labels?,
        target: target?,
        candidate: candidate?,
        metrics,
        events_span,
        strategy: strategy?,
        checks: checks?,
        rollback: rollback?,
        policies: policies?,
        require_policy: require_policy?,
        policy_params: policy_params?,
        approvers: approvers?,
        deadlines: deadlines?,
        first_min_time_ms: first_min_time_ms?,
        stages: stages?,
        smoke_span,
    })
}

/// What surrounds the steps. Names of jobs are unique over all stages: a person accepts by name alone.
fn stages(
    fields: &Fields<'_>,
    checks: Option<&[PluginReference]>,
    approvers: Option<&BTreeMap<String, Vec<String>>>,
) -> Option<Stages> {
    let prepare = prepare::prepare(fields);
    let test = jobs::test(fields);
    let smoke = jobs::smoke(fields);
    let monitor = after::monitor(fields, checks);
    let record = after::record(fields);
    let ((prepare, mut names), (test, tests), (smoke, smokes)) = (prepare?, test?, smoke?);
    names.extend(tests.into_iter().chain(smokes));
    fields.field().reading().unique("duplicate-job", "the job", names.iter())?;
    let jobs = prepare.approvals.iter().chain(&test.jobs).chain(&smoke.preview).chain(&smoke.promoted);
    jobs::groups_are_there(fields, jobs.zip(&names), approvers?)?;
    Some(Stages { prepare, test, smoke, monitor: monitor?, record: record?, rehearsal: false })
}

/// Looks at the head alone: the keys of a document of another kind would all be told as unknown.
fn is_a_workflow(root: &Field<'_>) -> Option<()> {
    let Some(map) = root.node().as_map() else {
        return root.expected("a workflow, which is a map", "begin with `apiVersion: sluice/v1`");
    };
    let mut is_one = true;
    for (key, right) in HEAD {
        if let Some(node) = map.get(key).filter(|node| node.as_text() != Some(right)) {
            root.child(key, node).one_of(&[(right, ())]);
            is_one = false;
        }
    }
    is_one.then_some(())
}

fn labels(field: &Field<'_>) -> Option<BTreeMap<String, String>> {
    let labels = field.text_map()?;
    if labels.len() > MAX_LABELS {
        return field.refuse(
            "too-many",
            format!("{} labels are more than the limit of {MAX_LABELS}", labels.len()),
            "keep the ones that policies read",
        );
    }
    Some(labels)
}

pub(super) fn gateway(field: &Field<'_>) -> Option<Gateway> {
    let fields = field.fields(keys::GATEWAY)?;
    let listen = fields.read("listen", "127.0.0.1:8080", address);
    let sticky = fields.read_or("sticky", None, |field| sticky(field).map(Some));
    let trust_forwarded = fields.read_or("trust-forwarded", false, Field::boolean);
    let preview = fields.read_or("preview", None, |field| address(field).map(Some));
    let capacity = targets::capacity(&fields);
    let mirror = fields.read_or("mirror", None, |field| mirror::mirror(field).map(Some));
    let (listen, sticky, trust_forwarded) = (listen?, sticky?, trust_forwarded?);
    let (preview, capacity, mirror) = (preview?, capacity?, mirror?);
    if preview == Some(listen) && listen.port() != 0 {
        let message = format!("the preview is on `{listen}`, where users are served");
        return fields.optional("preview")?.refuse("same-address", message, "choose another port for it");
    }
    Some(Gateway { listen, sticky, trust_forwarded, preview, capacity, mirror })
}

pub(super) fn address(field: &Field<'_>) -> Option<SocketAddr> {
    let text = field.text()?;
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let message = format!("{} is not an address to listen on", quoted(&text));
    field.refuse(
        "wrong-address",
        message,
        "write an IP address and a port: `127.0.0.1:8080`, or `0.0.0.0:8080` for every network",
    )
}

fn sticky(field: &Field<'_>) -> Option<Sticky> {
    let fields = field.fields(keys::STICKY)?;
    let cookie = fields.read_or("cookie", "sluice_revision".to_owned(), cookie);
    let ttl_ms = fields.read_or("ttl", 3_600 * SECOND, |field| field.duration(SECOND..=365 * DAY));
    Some(Sticky { cookie: cookie?, ttl_ms: ttl_ms? })
}

fn cookie(field: &Field<'_>) -> Option<String> {
    let name = field.text()?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.len() > 64 || !name.bytes().all(fits) {
        let message = format!("{} is not the name of a cookie", quoted(&name));
        return field.refuse("wrong-name", message, "use at most 64 letters, digits, `-`, `_` and `.`");
    }
    Some(name)
}

/// Values by policy and parameter. Whether there are such is known once the policies are read.
fn policy_params(field: &Field<'_>) -> Option<PolicyParams> {
    let of_policy = |policy: &Field<'_>| {
        let entries = policy.entries()?;
        let value = |field: &Field<'_>| Spanned { value: field.node().to_json(), span: field.node().span };
        Some(entries.iter().map(|(name, field)| (name.value.to_owned(), value(field))).collect())
    };
    let entries = field.entries()?;
    let policy = |(name, field): &(Spanned<&str>, Field<'_>)| {
        Some((name.value.to_owned(), Spanned { value: of_policy(field)?, span: name.span }))
    };
    entries.iter().map(policy).collect()
}

fn policies(field: &Field<'_>) -> Option<Vec<Spanned<String>>> {
    let items = field.list()?;
    if items.len() > MAX_POLICIES {
        let message = format!("{} policies are more than the limit of {MAX_POLICIES}", items.len());
        return field.refuse("too-many", message, "name a folder, of which every policy is taken");
    }
    let read: Vec<Option<Spanned<String>>> = items.iter().map(Field::spanned_text).collect();
    let paths: Vec<Spanned<String>> = read.into_iter().collect::<Option<_>>()?;
    field.reading().unique("duplicate-policy", "the policy", paths.iter())?;
    Some(paths)
}
