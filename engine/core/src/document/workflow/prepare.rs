//! Reads what is looked at, and who is told and asked, before anything is done.

use semver::VersionReq;

use super::{address, candidate, jobs, keys};
use crate::document::measure::parse_bytes;
use crate::document::problem::quoted;
use crate::document::reader::{Field, Fields};
use crate::document::source::Spanned;
use crate::plan::{Channel, Condition, Must, Notifier, Occasion, Prepare, Template, Tool};

/// The most entries of each list.
const MOST: usize = 64;
const OCCASIONS: [(&str, Occasion); 3] =
    [("started", Occasion::Started), ("waiting", Occasion::Waiting), ("ended", Occasion::Ended)];
const TEMPLATES: [(&str, Template); 3] =
    [("json", Template::Json), ("slack", Template::Slack), ("teams", Template::Teams)];

/// What is prepared, with the names of the approvals. Without the key, the metrics are looked at all the same.
pub(super) fn prepare(root: &Fields<'_>) -> Option<(Prepare, Vec<Spanned<String>>)> {
    let Some(field) = root.optional("prepare") else {
        return Some((Prepare { metrics: true, ..Prepare::default() }, Vec::new()));
    };
    let fields = field.fields(keys::PREPARE)?;
    let notify = fields.read_or("notify", Vec::new(), |field| named(field, "the notifier", notifier));
    let tools = fields.read_or("tools", Vec::new(), |field| named(field, "the tool", tool));
    let environment =
        fields.read_or("environment", Vec::new(), |field| named(field, "the condition", condition));
    let approvals = fields.read_or("approvals", (Vec::new(), Vec::new()), jobs::approvals);
    let metrics = fields.read_or("metrics", true, Field::boolean);
    let (approvals, names) = approvals?;
    let prepare =
        Prepare { notify: notify?, tools: tools?, environment: environment?, approvals, metrics: metrics? };
    Some((prepare, names))
}

/// A list whose entries have names of their own.
fn named<T>(
    field: &Field<'_>,
    what: &str,
    read: impl Fn(&Field<'_>) -> Option<(Spanned<String>, T)>,
) -> Option<Vec<T>> {
    let items = field.list()?;
    if items.len() > MOST {
        let message = format!("{} entries are more than the limit of {MOST}", items.len());
        return field.refuse("too-many", message, "let one command look at several things");
    }
    let read: Vec<Option<(Spanned<String>, T)>> = items.iter().map(read).collect();
    let names = read.iter().flatten().map(|(name, _)| name);
    let unique = field.reading().unique("duplicate-name", what, names);
    let all: Option<Vec<T>> = read.into_iter().map(|one| one.map(|(_, one)| one)).collect();
    unique.and(all)
}

fn notifier(field: &Field<'_>) -> Option<(Spanned<String>, Notifier)> {
    let fields = field.fields(keys::NOTIFIER)?;
    let name = fields.read("name", "payments", jobs::name);
    let by = match jobs::one_of(&fields, &["webhook", "command"])? {
        "webhook" => fields.read("webhook", "{url: http://host/hook}", webhook),
        _ => fields.read("command", "[./tell]", |field| {
            let (command, directory) = (candidate::command(field)?, ".".to_owned());
            Some(Channel::Command { command, directory })
        }),
    };
    let all = OCCASIONS.iter().map(|(_, occasion)| *occasion).collect();
    let on = fields.read_or("on", all, |field| {
        let read: Vec<Option<Occasion>> = field.list()?.iter().map(|one| one.one_of(&OCCASIONS)).collect();
        read.into_iter().collect()
    });
    let required = fields.read_or("required", false, Field::boolean);
    let name = name?;
    let notifier = Notifier { name: name.value.clone(), by: by?, on: on?, required: required? };
    Some((name, notifier))
}

fn webhook(field: &Field<'_>) -> Option<Channel> {
    let fields = field.fields(keys::WEBHOOK)?;
    let url = fields.read("url", "http://host/hook", address::page);
    let template = fields.read_or("template", Template::Json, |field| field.one_of(&TEMPLATES));
    let ca = fields.read_or("ca", None, |field| super::prometheus::path(field).map(Some));
    Some(Channel::Webhook { url: url?, template: template?, ca: ca? })
}

fn tool(field: &Field<'_>) -> Option<(Spanned<String>, Tool)> {
    let fields = field.fields(keys::TOOL)?;
    let name = fields.read("name", "terraform", jobs::name);
    let command = fields.read("command", "[terraform, version]", candidate::command);
    let requirement = fields.read_or("require", String::new(), requirement);
    let name = name?;
    let directory = ".".to_owned();
    let tool = Tool { name: name.value.clone(), command: command?, requirement: requirement?, directory };
    Some((name, tool))
}

fn requirement(field: &Field<'_>) -> Option<String> {
    let text = field.text()?;
    match VersionReq::parse(&text) {
        Ok(_) => Some(text),
        Err(error) => field.refuse(
            "wrong-value",
            format!("{} is no requirement of a version: {error}", quoted(&text)),
            "write it as `>=1.5, <2`, `1.5` or `~1.5.2`",
        ),
    }
}

fn condition(field: &Field<'_>) -> Option<(Spanned<String>, Condition)> {
    let fields = field.fields(keys::CONDITION)?;
    let name = fields.read("name", "database", jobs::name);
    let must = match jobs::one_of(&fields, &["tcp", "url", "disk", "command"])? {
        "tcp" => fields.read("tcp", "db:5432", address::socket).map(Must::Connect),
        "url" => fields.read("url", "http://host/health", address::page).map(Must::Answer),
        "disk" => fields.read("disk", "{free: 5GiB}", disk),
        _ => fields.read("command", "[./check]", |field| {
            let (command, directory) = (candidate::command(field)?, ".".to_owned());
            Some(Must::Succeed { command, directory })
        }),
    };
    let name = name?;
    Some((name.clone(), Condition { name: name.value, must: must? }))
}

fn disk(field: &Field<'_>) -> Option<Must> {
    let fields = field.fields(keys::DISK)?;
    let path = fields.read_or("path", ".".to_owned(), Field::text);
    let bytes = fields.read("free", "5GiB", |field| {
        let text = field.text()?;
        let help = "write a whole number with its unit: `500MiB`, `5GiB`";
        parse_bytes(&text).or_else(|| field.expected("an amount of bytes such as \"5GiB\"", help))
    });
    Some(Must::HaveRoom { path: path?, bytes: bytes? })
}
