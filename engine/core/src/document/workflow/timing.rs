//! Reads how often is measured, and how long anything may take.

use std::collections::BTreeMap;

use super::{address, keys, prometheus};
use crate::document::reader::{Field, Fields};
use crate::document::source::Span;
use crate::plan::{Deadlines, MetricsPage, MetricsPlan};

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

const DEFAULT_INTERVAL: u64 = 5 * SECOND;
const LONGEST_DEFAULT_TIMEOUT: u64 = 10 * SECOND;
const SHORTEST_DEFAULT_STALE: u64 = 5 * SECOND;
const DEFAULT_DEADLINES: Deadlines = Deadlines { apply_ms: 2 * MINUTE, hold_ms: HOUR, pause_ms: DAY };
const MAX_PAGES: usize = 32;
const DEFAULT_FIRST: u64 = 10 * SECOND;

/// How metrics are gathered, with the place of the selector that counts events.
pub(super) fn metrics(root: &Fields<'_>, default_events: Option<&str>) -> Option<(MetricsPlan, Span)> {
    let Some(field) = root.optional("metrics") else {
        let (scrape_timeout_ms, stale_after_ms) = defaults(DEFAULT_INTERVAL);
        let events = default_events.or_else(|| no_events(root))?.to_owned();
        let (interval_ms, pages) = (DEFAULT_INTERVAL, Vec::new());
        let prometheus = None;
        let plan = MetricsPlan { interval_ms, scrape_timeout_ms, stale_after_ms, events, pages, prometheus };
        return Some((plan, root.field().span()));
    };
    let fields = field.fields(keys::METRICS)?;
    let interval = fields.read_or("interval", DEFAULT_INTERVAL, |field| field.duration(100..=HOUR));
    let (timeout, stale_after) = defaults(interval.unwrap_or(DEFAULT_INTERVAL));
    let timeout = fields.read_or("timeout", timeout, |field| field.duration(10..=MINUTE));
    let stale_after = fields.read_or("stale-after", stale_after, |field| field.duration(100..=DAY));
    let events = match fields.optional("events") {
        Some(field) => field.spanned_text().map(|events| (events.value, events.span)),
        None => {
            let events = default_events.or_else(|| no_events(root));
            events.map(|events| (events.to_owned(), field.span()))
        }
    };
    let (interval_ms, scrape_timeout_ms, stale_after_ms) = (interval?, timeout?, stale_after?);
    let timeout_fits = fits(&fields, "timeout", scrape_timeout_ms <= interval_ms);
    let stale_fits = fits(&fields, "stale-after", stale_after_ms >= interval_ms);
    timeout_fits.and(stale_fits)?;
    let pages = fields.read_or("pages", Vec::new(), pages);
    let prometheus = fields.read_or("prometheus", None, |field| prometheus::prometheus(field).map(Some));
    let ((events, span), pages, prometheus) = (events?, pages?, prometheus?);
    let plan = MetricsPlan { interval_ms, scrape_timeout_ms, stale_after_ms, events, pages, prometheus };
    Some((plan, span))
}

/// Pages of the surroundings, with the labels that each of their series gets.
fn pages(field: &Field<'_>) -> Option<Vec<MetricsPage>> {
    let items = field.list()?;
    if items.len() > MAX_PAGES {
        let message = format!("{} pages are more than the limit of {MAX_PAGES}", items.len());
        return field.refuse("too-many", message, "name the ones that checks ask for");
    }
    let read: Vec<Option<MetricsPage>> = items.iter().map(page).collect();
    read.into_iter().collect()
}

fn page(field: &Field<'_>) -> Option<MetricsPage> {
    let fields = field.fields(keys::PAGE)?;
    let url = fields.read("url", "http://127.0.0.1:9100/metrics", address::page);
    let labels = fields.read_or("labels", BTreeMap::new(), Field::text_map);
    Some(MetricsPage { url: url?, labels: labels? })
}

pub(super) fn deadlines(root: &Fields<'_>) -> Option<Deadlines> {
    root.read_or("deadlines", DEFAULT_DEADLINES, |field| {
        let fields = field.fields(keys::DEADLINES)?;
        let apply = fields.read_or("apply", DEFAULT_DEADLINES.apply_ms, |field| field.duration(SECOND..=DAY));
        let hold =
            fields.read_or("hold", DEFAULT_DEADLINES.hold_ms, |field| field.duration(SECOND..=30 * DAY));
        let pause =
            fields.read_or("pause", DEFAULT_DEADLINES.pause_ms, |field| field.duration(SECOND..=365 * DAY));
        Some(Deadlines { apply_ms: apply?, hold_ms: hold?, pause_ms: pause? })
    })
}

/// Nobody but the workflow's author knows which counter a platform has.
fn no_events<T>(root: &Fields<'_>) -> Option<T> {
    let span = root.optional("metrics").map_or_else(|| root.field().span(), |field| field.span());
    let reading = root.field().reading();
    let message = "`metrics.events` is missing, and the target `command` has no counter of its own";
    let problem = reading.problem("missing-key", span, message, "has no `events`");
    let help = "add `metrics: {events: 'requests_total{role=\"candidate\"}'}`: the counter of the candidate's events";
    reading.report(problem.with_help(help));
    None
}

/// Minimum time at full traffic of a first deployment.
pub(super) fn first(root: &Fields<'_>) -> Option<u64> {
    root.read_or("first", DEFAULT_FIRST, |field| {
        field
            .fields(keys::FIRST)?
            .read_or("min-time", DEFAULT_FIRST, |field: &Field<'_>| field.duration(0..=DAY))
    })
}

/// Time-out and staleness that go with an interval.
fn defaults(interval: u64) -> (u64, u64) {
    (interval.min(LONGEST_DEFAULT_TIMEOUT), (3 * interval).max(SHORTEST_DEFAULT_STALE))
}

fn fits(fields: &Fields<'_>, key: &'static str, is_right: bool) -> Option<()> {
    if is_right {
        return Some(());
    }
    let (message, help) = match key {
        "timeout" => (
            "a scrape may take longer than the interval between two",
            "write a `timeout` that is at most the `interval`, or leave it out",
        ),
        _ => (
            "every series would be stale before it is scraped again",
            "write a `stale-after` that is at least the `interval`, or leave it out",
        ),
    };
    fields.optional(key)?.refuse("wrong-value", message.to_owned(), help)
}
