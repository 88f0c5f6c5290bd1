//! Reads jobs: their work, what they need, and that no job waits for itself.

use std::collections::BTreeMap;

use super::{candidate, keys};
use crate::document::problem::{listed, nearest, quoted};
use crate::document::reader::{Field, Fields};
use crate::document::source::{Span, Spanned};
use crate::plan::{Command, Job, Jobs, Smoke, Work};

/// Jobs with their names, for those who look for duplicates among all of them.
type Named<T> = (T, Vec<Spanned<String>>);

/// A job as it was read, with the places of what it needs.
struct Placed {
    name: Spanned<String>,
    needs: Vec<Spanned<String>>,
    job: Job,
}

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;
const MAX_JOBS: usize = 256;
const MAX_FILES: usize = 64;
const KINDS: [(&str, &str); 7] = [
    ("unit", "unit"),
    ("integration", "integration"),
    ("staging", "staging"),
    ("end-to-end", "end-to-end"),
    ("acceptance", "acceptance"),
    ("smoke", "smoke"),
    ("other", "other"),
];

pub(super) fn test(root: &Fields<'_>) -> Option<Named<Jobs>> {
    root.read_or("test", (Jobs::default(), Vec::new()), |field| {
        let fields = field.fields(keys::TEST)?;
        let parallel = fields.read_or("parallel", 2, |field| field.count(1..=64));
        let jobs = fields.read("jobs", "[{name: unit, command: [make, test]}]", |field| all(field, "other"));
        let (jobs, names) = jobs?;
        Some((Jobs { parallel: parallel?, jobs }, names))
    })
}

pub(super) fn smoke(root: &Fields<'_>) -> Option<Named<Smoke>> {
    root.read_or("smoke", (Smoke::default(), Vec::new()), |field| {
        let fields = field.fields(keys::SMOKE)?;
        let preview = fields.read_or("preview", (Vec::new(), Vec::new()), |field| all(field, "smoke"));
        let promoted = fields.read_or("promoted", (Vec::new(), Vec::new()), |field| all(field, "smoke"));
        let ((preview, mut names), (promoted, more)) = (preview?, promoted?);
        names.extend(more);
        Some((Smoke { preview, promoted }, names))
    })
}

/// Approvals are jobs that a person ends.
pub(super) fn approvals(field: &Field<'_>) -> Option<Named<Vec<Job>>> {
    let read: Vec<Option<(Spanned<String>, Job)>> = bounded(field)?.iter().map(approval).collect();
    let all: Vec<(Spanned<String>, Job)> = read.into_iter().collect::<Option<_>>()?;
    Some(all.into_iter().map(|(name, job)| (job, name)).unzip())
}

/// The name of a job, a tool, a notifier.
pub(super) fn name(field: &Field<'_>) -> Option<Spanned<String>> {
    field.name().map(|value| Spanned { value, span: field.span() })
}

/// The one of some keys that is written; one must be, and no more.
pub(super) fn one_of(fields: &Fields<'_>, keys: &'static [&'static str]) -> Option<&'static str> {
    let written: Vec<&'static str> = keys.iter().copied().filter(|key| fields.has(key)).collect();
    match written.as_slice() {
        [one] => Some(one),
        [] => {
            let message =
                format!("{} has none of {}", quoted(fields.field().path()), listed(keys.iter().copied()));
            fields.field().refuse("missing-key", message, "add one of them")
        }
        several => {
            let message = format!("{} exclude one another", listed(several.iter().copied()));
            fields.optional(several.last()?)?.refuse("wrong-value", message, "keep one of them")
        }
    }
}

fn bounded<'a>(field: &Field<'a>) -> Option<Vec<Field<'a>>> {
    let items = field.list()?;
    if items.len() > MAX_JOBS {
        let message = format!("{} jobs are more than the limit of {MAX_JOBS}", items.len());
        return field.refuse("too-many", message, "let one command run several tests");
    }
    Some(items)
}

fn approval(field: &Field<'_>) -> Option<(Spanned<String>, Job)> {
    let fields = field.fields(keys::APPROVAL)?;
    let name = fields.read("name", "change-board", name);
    let group = fields.read_or("group", String::new(), Field::name);
    let message = fields.read_or("message", String::new(), Field::text_or_empty);
    let timeout = fields.read_or("deadline", DAY, |field| field.duration(1_000..=30 * DAY));
    let name = name?;
    let (kind, work) = ("approval".to_owned(), Work::Accept { group: group?, message: message? });
    let needs = Vec::new();
    let job = Job { name: name.value.clone(), kind, needs, work, timeout_ms: timeout?, retries: 0 };
    Some((name, job))
}

fn all(field: &Field<'_>, kind: &str) -> Option<Named<Vec<Job>>> {
    let read: Vec<Option<Placed>> = bounded(field)?.iter().map(|field| job(field, kind)).collect();
    let known: Vec<&Placed> = read.iter().flatten().collect();
    let names: Vec<Spanned<String>> = known.iter().map(|one| one.name.clone()).collect();
    // A job that could not be read may be what another needs: the graph is looked at when all of them could.
    if known.len() == read.len() {
        needs_are_there(field, &known)?;
        no_circle(field, &known)?;
    }
    let jobs: Option<Vec<Job>> = read.into_iter().map(|one| one.map(|one| one.job)).collect();
    Some((jobs?, names))
}

fn job(field: &Field<'_>, kind: &str) -> Option<Placed> {
    let fields = field.fields(keys::JOB)?;
    let name = fields.read("name", "unit", name);
    let work = match one_of(&fields, &["command", "accept", "workflow"])? {
        "command" => command(&fields),
        "accept" => accept(&fields),
        _ => workflow(&fields),
    };
    let by_person = matches!(work, Some(Work::Accept { .. }));
    let (usual, most) = if by_person { (DAY, 30 * DAY) } else { (10 * MINUTE, DAY) };
    let kind = match &work {
        Some(Work::Accept { .. }) => "acceptance",
        Some(Work::Workflow { .. }) => "staging",
        _ => kind,
    };
    let kind = fields.read_or("kind", kind, |field| field.one_of(&KINDS));
    let needs = fields.read_or("needs", Vec::new(), |field| {
        let read: Vec<Option<Spanned<String>>> = field.list()?.iter().map(Field::spanned_text).collect();
        read.into_iter().collect()
    });
    let timeout = fields.read_or("timeout", usual, |field| field.duration(100..=most));
    let retries = fields.read_or("retries", 0, |field| field.count(0..=10));
    let (name, needs, kind) = (name?, needs?, kind?.to_owned());
    let needed = needs.iter().map(|one| one.value.clone()).collect();
    let job = Job {
        name: name.value.clone(),
        kind,
        needs: needed,
        work: work?,
        timeout_ms: timeout?,
        retries: retries?,
    };
    Some(Placed { name, needs, job })
}

fn command(fields: &Fields<'_>) -> Option<Work> {
    foreign(fields, &["set"], "a command")?;
    let command = fields.read("command", "[make, test]", candidate::command);
    let env = fields.read_or("env", BTreeMap::new(), candidate::env);
    let directory = fields.read_or("directory", ".".to_owned(), Field::text);
    let artefacts = fields.read_or("artefacts", Vec::new(), files);
    let junit = fields.read_or("junit", Vec::new(), files);
    Some(Work::Command(Command {
        command: command?,
        env: env?,
        directory: directory?,
        artefacts: artefacts?,
        junit: junit?,
    }))
}

fn accept(fields: &Fields<'_>) -> Option<Work> {
    foreign(fields, &["set", "env", "directory", "retries", "artefacts", "junit"], "an acceptance")?;
    let fields = fields.read("accept", "{group: product}", |field| field.fields(keys::ACCEPT))?;
    let group = fields.read_or("group", String::new(), Field::name);
    let message = fields.read_or("message", String::new(), Field::text_or_empty);
    Some(Work::Accept { group: group?, message: message? })
}

fn workflow(fields: &Fields<'_>) -> Option<Work> {
    foreign(fields, &["env", "directory", "artefacts", "junit"], "a workflow")?;
    let path = fields.read("workflow", "staging.yaml", Field::text);
    let set = fields.read_or("set", Vec::new(), Field::texts);
    Some(Work::Workflow { path: path?, set: set? })
}

/// Refuses keys that say nothing of this kind of job.
fn foreign(fields: &Fields<'_>, keys: &[&'static str], what: &str) -> Option<()> {
    match keys.iter().find(|key| fields.has(key)) {
        Some(key) => {
            let message = format!("{} means nothing for {what}", quoted(key));
            fields.optional(key)?.refuse("wrong-value", message, "take it out")
        }
        None => Some(()),
    }
}

/// Paths or patterns below the job's directory.
fn files(field: &Field<'_>) -> Option<Vec<String>> {
    let files = field.texts()?;
    if files.len() > MAX_FILES {
        let message = format!("{} patterns are more than the limit of {MAX_FILES}", files.len());
        return field.refuse("too-many", message, "write patterns, as in `reports/*.xml`");
    }
    let outside = |path: &&String| path.starts_with('/') || path.split('/').any(|part| part == "..");
    if let Some(path) = files.iter().find(outside) {
        let message = format!("{} is not below the job's directory", quoted(path));
        return field.refuse("wrong-value", message, "write a path from `directory` on, without `..`");
    }
    Some(files)
}

fn needs_are_there(field: &Field<'_>, jobs: &[&Placed]) -> Option<()> {
    let names = || jobs.iter().map(|one| one.name.value.as_str());
    let missing =
        jobs.iter().flat_map(|one| &one.needs).filter(|need| !names().any(|name| name == need.value));
    let mut all_there = Some(());
    for need in missing {
        let message = format!("there is no job {} in this list", quoted(&need.value));
        let help = match nearest(&need.value, names()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("write one of {}", listed(names())),
        };
        let problem = field.reading().problem("unknown-job", need.span, message, "needed here");
        field.reading().report(problem.with_help(help));
        all_there = None;
    }
    all_there
}

/// Tells of one circle, with every job on it: the others may be the same one, seen from elsewhere.
fn no_circle(field: &Field<'_>, jobs: &[&Placed]) -> Option<()> {
    let Some((circle, span)) = circle(jobs) else { return Some(()) };
    let message = format!("the jobs need one another in a circle: {}", circle.join(" needs "));
    let problem = field.reading().problem("circle-of-jobs", span, message, "the circle closes here");
    field.reading().report(problem.with_help("take one of these `needs` out"));
    None
}

fn circle<'a>(jobs: &[&'a Placed]) -> Option<(Vec<&'a str>, Span)> {
    let mut left: Vec<&Placed> = jobs.to_vec();
    // Whatever needs nothing of what is left is on no circle.
    loop {
        let before = left.len();
        let names: Vec<&str> = left.iter().map(|one| one.name.value.as_str()).collect();
        left.retain(|one| one.needs.iter().any(|need| names.contains(&need.value.as_str())));
        if left.len() == before {
            break;
        }
    }
    let mut way: Vec<&Placed> = Vec::new();
    let mut at = *left.first()?;
    loop {
        way.push(at);
        let need = at.needs.iter().find(|need| left.iter().any(|one| one.name.value == need.value))?;
        at = left.iter().find(|one| one.name.value == need.value)?;
        if let Some(begins) = way.iter().position(|one| one.name.value == at.name.value) {
            let on_it = way.get(begins..)?.iter().map(|one| one.name.value.as_str());
            return Some((on_it.chain([at.name.value.as_str()]).collect(), need.span));
        }
    }
}

/// A group that nobody is in can accept nothing.
pub(super) fn groups_are_there<'j>(
    fields: &Fields<'_>,
    jobs: impl Iterator<Item = (&'j Job, &'j Spanned<String>)>,
    approvers: &BTreeMap<String, Vec<String>>,
) -> Option<()> {
    let mut all_there = Some(());
    for (job, name) in jobs {
        let Work::Accept { group, .. } = &job.work else { continue };
        if group.is_empty() || approvers.contains_key(group) {
            continue;
        }
        let reading = fields.field().reading();
        let message = format!(
            "{} asks for the group {}, which `approvers` does not name",
            quoted(&job.name),
            quoted(group)
        );
        let help = match nearest(group, approvers.keys().map(String::as_str)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("add `approvers: {{{group}: [anna]}}`, with the names of those who may"),
        };
        reading.report(reading.problem("unknown-group", name.span, message, "asks for it").with_help(help));
        all_there = None;
    }
    all_there
}
