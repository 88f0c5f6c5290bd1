//! The answer to a query: a table, or a plot of a range, and how far it can be trusted.

use sluice_core::model::histogram::Histograms;
use sluice_core::model::observation::{Observation, Quality, Range, Series};

use super::style::{CAREFUL, painted};
use super::{JSON_VERSION, json_line, line, note, plot, table, time};
use crate::args::Output;

/// As wide as any terminal is.
const WIDTH: usize = 80;
/// Rows of a table for people; programs get all.
const MOST_ROWS: usize = 200;
/// Of one histogram, in one row.
const MOST_BUCKETS: usize = 12;
/// A younger sample is as new as can be.
const SECOND: u64 = 1000;

pub fn tell(answer: &Observation, range: Option<Range>, as_table: bool, output: Output) {
    if output == Output::Json {
        return json_line(
            &serde_json::json!({ "version": JSON_VERSION, "type": "answer", "answer": answer }),
        );
    }
    match range {
        _ if !answer.histograms.is_empty() => {
            table(
                &["series", "count", "sum", "buckets"],
                answer.histograms.iter().map(of_histogram).collect(),
            );
        }
        _ if answer.series.is_empty() => {}
        Some(range) if !as_table => {
            plot::plot(&answer.expr, &answer.series, range, WIDTH).iter().for_each(|row| line(row));
        }
        Some(_) => table(&["series", "last", "least", "most", "values"], rows(&answer.series, of_range)),
        None => table(&["series", "value"], rows(&answer.series, of_instant)),
    }
    let age = answer
        .newest_age_ms
        .filter(|age| *age >= SECOND)
        .map(|age| format!("the newest sample is {} old", time::span(age)));
    if answer.quality == Quality::Value {
        let said = [Some(answer.reason.clone()).filter(|reason| !reason.is_empty()), age, rests_on(answer)];
        said.into_iter().flatten().for_each(|one| note(&one));
    } else {
        line(&format!("{} {}", painted(CAREFUL, word(answer.quality)), answer.reason));
    }
}

/// What the answer was made of, where it is more than the newest samples.
fn rests_on(answer: &Observation) -> Option<String> {
    let evidence = &answer.evidence;
    let coverage = evidence.coverage?;
    let times = |what: &str, count: Option<u64>| count.map(|count| format!(", {what}: {count}"));
    let samples = evidence.samples.unwrap_or_default();
    let resets = times("resets of counters", evidence.resets).unwrap_or_default();
    let restarts = times("restarts", evidence.restarts).unwrap_or_default();
    Some(format!("of {samples} samples, over {coverage} % of the window at least{resets}{restarts}"))
}

fn word(quality: Quality) -> &'static str {
    match quality {
        Quality::Value => "value:",
        Quality::NoData => "no data:",
        Quality::Stale => "stale:",
        Quality::Insufficient => "insufficient:",
    }
}

fn rows(series: &[Series], row: impl Fn(&Series) -> Vec<String>) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = series.iter().take(MOST_ROWS).map(row).collect();
    if series.len() > MOST_ROWS {
        rows.push(vec![format!("and {} more; aggregate them", series.len() - MOST_ROWS)]);
    }
    rows
}

fn of_instant(series: &Series) -> Vec<String> {
    vec![plot::labels(series), series.value.last().map(ToString::to_string).unwrap_or_default()]
}

fn of_range(series: &Series) -> Vec<String> {
    let least = series.value.iter().copied().fold(f64::INFINITY, f64::min);
    let most = series.value.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let last = series.value.last().copied().unwrap_or(f64::NAN);
    let mut row = vec![plot::labels(series)];
    row.extend([last, least, most].map(plot::number));
    row.push(series.value.len().to_string());
    row
}

/// The newest of a series' histograms.
fn of_histogram(series: &Histograms) -> Vec<String> {
    let labels = Series { labels: series.labels.clone(), at: Vec::new(), value: Vec::new() };
    let Some(newest) = series.samples.last() else { return vec![plot::labels(&labels)] };
    let buckets = newest.lower.iter().zip(&newest.upper).zip(&newest.counts);
    let shown = buckets.take(MOST_BUCKETS).map(|((lower, upper), count)| {
        format!("{}..{}: {count}", plot::number(*lower), plot::number(*upper))
    });
    let mut shown: Vec<String> = shown.collect();
    if newest.counts.len() > MOST_BUCKETS {
        shown.push(format!("and {} more", newest.counts.len() - MOST_BUCKETS));
    }
    vec![plot::labels(&labels), newest.count.to_string(), newest.sum.to_string(), shown.join("  ")]
}
