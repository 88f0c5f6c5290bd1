//! What OpenMetrics 1.0 asks of a page beyond what Prometheus asks: Prometheus takes in much that other readers of
//! the format refuse, or that means something else than was meant.
//!
//! Pages in Prometheus' own text format and in protocol buffers are held to what the formats have in common; their
//! counters are families that end with `_total` themselves.

mod family;
mod histogram;
mod names;
mod sample;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashSet;

use super::builder::{Builder, Entry, Said};
use super::{DecodeError, Format, Limits, MetricType, Page, error::shown, read};
use family::Family;
use names::Names;

/// How bad a remark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// A reader may take it in, and the page is not what the rules advise.
    Warning,
    /// The page breaks a rule.
    Error,
}

/// One thing that is wrong with a page. Line and column count as in [`DecodeError`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    pub line: usize,
    pub column: usize,
    pub grade: Grade,
    /// The rule's name, which stays the same.
    pub rule: &'static str,
    pub message: String,
    /// What to do about it.
    pub help: &'static str,
}

/// A remark before its place is counted.
#[derive(Debug)]
struct Found {
    at: usize,
    grade: Grade,
    rule: &'static str,
    message: String,
    help: &'static str,
}

/// What is read and what was found so far.
#[derive(Debug)]
struct Lint<'p, 'a> {
    page: &'p Page<'a>,
    /// Whether counters are named as OpenMetrics names them.
    open: bool,
    names: Names,
    /// Families that were left: what comes again is apart.
    left: HashSet<String>,
    found: Vec<Found>,
}

/// So many remarks are enough for one page.
const MOST: usize = 1000;

/// Everything that is wrong with a page, in its order. A page that can not be read has its first fault told alone.
pub fn lint(bytes: &[u8], format: Format, limits: &Limits) -> Vec<Remark> {
    let mut builder = Builder::new(limits, bytes.len()).with_places();
    if let Err(error) = read(bytes, format, limits, &mut builder) {
        return vec![unreadable(&error)];
    }
    let (page, entries) = builder.finish_with_places();
    let mut found = found(&page, &entries, format);
    found.sort_by_key(|one| one.at);
    found.truncate(MOST);
    placed(found, bytes, format)
}

fn unreadable(error: &DecodeError) -> Remark {
    Remark {
        line: error.line,
        column: error.column,
        grade: Grade::Error,
        rule: "unreadable",
        message: error.fault.to_string(),
        help: "a page that can not be read as a whole is not read at all",
    }
}

fn found(page: &Page<'_>, entries: &[Entry<'_>], format: Format) -> Vec<Found> {
    let open = format == Format::OpenMetrics;
    let mut lint = Lint { page, open, names: Names::default(), left: HashSet::new(), found: Vec::new() };
    let mut family: Option<Family> = None;
    for entry in entries {
        if lint.found.len() >= MOST {
            break;
        }
        match &entry.what {
            Said::Sample(index, value_at) => {
                let Some(sample) = page.samples.get(*index) else { continue };
                let current = match family.take() {
                    Some(current) if current.owns(&sample.name, open) => current,
                    before => lint.turn(before, lint.untyped(&sample.name, entry.at)),
                };
                family = Some(lint.sample(current, sample, entry.at, *value_at));
            }
            Said::Type(name, _) | Said::Help(name) | Said::Unit(name) => {
                let current = match family.take() {
                    Some(current) if current.name == name.as_ref() => current,
                    before => lint.turn(before, Family::new(name, entry.at)),
                };
                family = Some(lint.metadata(current, &entry.what, entry.at));
            }
        }
    }
    if let Some(last) = family {
        lint.leave(last);
    }
    lint.names.clashes(&mut lint.found);
    lint.found
}

/// Lines and columns, in one pass, of remarks in the page's order.
fn placed(found: Vec<Found>, bytes: &[u8], format: Format) -> Vec<Remark> {
    let (mut line, mut start, mut seen) = (1, 0, 0);
    let place = |one: Found| {
        let Found { at, grade, rule, message, help } = one;
        let text = bytes.get(seen..at).unwrap_or_default();
        for newline in memchr::memchr_iter(b'\n', text) {
            line += 1;
            start = seen + newline + 1;
        }
        seen = seen.max(at);
        let (line, column) = if format == Format::Protobuf { (0, at) } else { (line, at - start + 1) };
        Remark { line, column, grade, rule, message, help }
    };
    found.into_iter().map(place).collect()
}

impl Lint<'_, '_> {
    fn error(&mut self, at: usize, rule: &'static str, message: String, help: &'static str) {
        self.found.push(Found { at, grade: Grade::Error, rule, message, help });
    }

    fn warning(&mut self, at: usize, rule: &'static str, message: String, help: &'static str) {
        self.found.push(Found { at, grade: Grade::Warning, rule, message, help });
    }

    /// The family of a sample that belongs to none that was declared.
    fn untyped(&self, sample: &str, at: usize) -> Family {
        Family::new(sample, at)
    }

    /// Leaves one family and begins another.
    fn turn(&mut self, before: Option<Family>, next: Family) -> Family {
        if let Some(before) = before {
            self.leave(before);
        }
        if self.left.contains(&next.name) {
            self.error(
                next.at,
                "family-apart",
                format!("`{}` was left before, and comes again", named(&next.name)),
                "write all lines of a metric family in one place",
            );
        }
        next
    }

    fn leave(&mut self, mut family: Family) {
        family.end_metric(self);
        self.names.take(&family, self.open);
        self.left.insert(family.name);
    }

    fn metadata(&mut self, mut family: Family, what: &Said<'_>, at: usize) -> Family {
        let (keyword, had) = match what {
            Said::Type(_, kind) => {
                family.kind = *kind;
                ("TYPE", &mut family.typed)
            }
            Said::Help(_) => ("HELP", &mut family.helped),
            _ => ("UNIT", &mut family.united),
        };
        let again = std::mem::replace(had, true);
        if again {
            self.error(
                at,
                "metadata-twice",
                format!("`{}` has its `# {keyword}` twice", named(&family.name)),
                "write it once, before the samples",
            );
        }
        if family.samples > 0 {
            self.error(
                at,
                "metadata-late",
                format!("the `# {keyword}` of `{}` comes after its samples", named(&family.name)),
                "write it before the first sample",
            );
        }
        match what {
            Said::Type(_, kind) => self.named_for(&family, *kind, at),
            Said::Unit(_) if matches!(family.kind, MetricType::Info | MetricType::StateSet) => self.error(
                at,
                "unit-of-none",
                format!("`{}` is of a type that has no unit", named(&family.name)),
                "leave the `# UNIT` line out",
            ),
            _ => {}
        }
        family
    }

    /// Whether a family's name suits its type.
    fn named_for(&mut self, family: &Family, kind: MetricType, at: usize) {
        let name = &family.name;
        match kind {
            MetricType::Counter if self.open && name.ends_with("_total") => self.error(
                at,
                "counter-family",
                format!("the counter `{}` is declared with its `_total`", named(name)),
                "declare it without; its samples end with `_total`",
            ),
            MetricType::Counter if !self.open && !name.ends_with("_total") => self.warning(
                at,
                "counter-total",
                format!("the counter `{}` does not end with `_total`", named(name)),
                "name it so: OpenMetrics can not say it otherwise",
            ),
            MetricType::Info if name.ends_with("_info") => self.error(
                at,
                "info-family",
                format!("the info `{}` is declared with its `_info`", named(name)),
                "declare it without; its samples end with `_info`",
            ),
            _ => {}
        }
        if name.contains(':') {
            self.warning(
                at,
                "colon",
                format!("`{}` has a colon in it", named(name)),
                "colons are for the names of recording rules",
            );
        }
    }
}

/// A name, safe to print.
fn named(name: &str) -> Cow<'static, str> {
    Cow::Owned(shown(name.as_bytes()))
}
