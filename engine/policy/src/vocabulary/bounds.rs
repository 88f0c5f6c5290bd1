//! What rules see is small; what is large is a mistake of whoever gives it, and is told before anything is asked.

use std::collections::BTreeMap;

use crate::context::{Context, OtherFacts, PlanFacts, ReleaseFacts};
use crate::expression::{MAX_ENTRIES, MAX_TEXT, TooMuch};

/// Whether everything in a context is within what rules may see.
pub(super) fn check(context: &Context) -> Result<(), TooMuch> {
    release(&context.release)?;
    text(&context.step.name, || String::from("step.name"))?;
    plan(&context.plan)?;
    list(&context.recent, "recent", |one, path| {
        all([(&one.version, "version"), (&one.outcome, "outcome"), (&one.who, "who")], path)
    })?;
    list(&context.others, "others", other)?;
    list(&context.approvals, "approvals", |one, path| all([(&one.who, "who"), (&one.group, "group")], path))?;
    entries(context.checks.len(), || String::from("checks"))?;
    for (name, check) in &context.checks {
        entries(check.values.len(), || format!("checks.{name}.values"))?;
    }
    entries(context.metrics.len(), || String::from("metrics"))?;
    all([(&context.by.who, "who"), (&context.by.comment, "comment")], &|| String::from("override"))
}

fn release(release: &ReleaseFacts) -> Result<(), TooMuch> {
    let texts = [
        (&release.service, "service"),
        (&release.environment, "environment"),
        (&release.version, "version"),
        (&release.stable_version, "stable_version"),
        (&release.strategy, "strategy"),
        (&release.comment, "comment"),
        (&release.who, "who"),
    ];
    all(texts, &|| String::from("release"))?;
    labels(&release.labels, &|| String::from("release"))?;
    list(&release.tickets, "release.tickets", |one, path| text(one, path))
}

fn plan(plan: &PlanFacts) -> Result<(), TooMuch> {
    let texts = [(&plan.target, "target"), (&plan.image, "image"), (&plan.rollback, "rollback")];
    all(texts, &|| String::from("plan"))?;
    let lists = [
        (&plan.checks, "plan.checks"),
        (&plan.approvals, "plan.approvals"),
        (&plan.tests, "plan.tests"),
        (&plan.smoke, "plan.smoke"),
        (&plan.notified, "plan.notified"),
    ];
    lists.into_iter().try_for_each(|(names, path)| list(names, path, |one, path| text(one, path)))
}

fn other(other: &OtherFacts, path: &dyn Fn() -> String) -> Result<(), TooMuch> {
    let texts = [
        (&other.service, "service"),
        (&other.environment, "environment"),
        (&other.version, "version"),
        (&other.who, "who"),
    ];
    all(texts, path)?;
    labels(&other.labels, path)
}

fn labels(labels: &BTreeMap<String, String>, path: &dyn Fn() -> String) -> Result<(), TooMuch> {
    entries(labels.len(), || format!("{}.labels", path()))?;
    labels.iter().try_for_each(|(name, value)| text(value, || format!("{}.labels.{name}", path())))
}

fn all<const N: usize>(texts: [(&String, &str); N], path: &dyn Fn() -> String) -> Result<(), TooMuch> {
    texts.into_iter().try_for_each(|(one, field)| text(one, || format!("{}.{field}", path())))
}

fn list<T>(
    items: &[T],
    path: &str,
    one: impl Fn(&T, &dyn Fn() -> String) -> Result<(), TooMuch>,
) -> Result<(), TooMuch> {
    entries(items.len(), || path.to_owned())?;
    items.iter().enumerate().try_for_each(|(at, item)| one(item, &|| format!("{path}[{at}]")))
}

fn text(text: &str, path: impl Fn() -> String) -> Result<(), TooMuch> {
    within(text.len(), MAX_TEXT, "bytes", path)
}

fn entries(count: usize, path: impl Fn() -> String) -> Result<(), TooMuch> {
    within(count, MAX_ENTRIES, "entries", path)
}

fn within(found: usize, limit: usize, what: &'static str, path: impl Fn() -> String) -> Result<(), TooMuch> {
    if found <= limit { Ok(()) } else { Err(TooMuch { path: path(), found, what, limit }) }
}
