//! One query's answer against its bounds: enough events, then every series, then the worst.

use sluice_sdk::{Attr, Call, Duration, Observation, Quality, Series, Verdict};

use crate::bounds::{Standing, stand, whole_bound};
use crate::config::{Bounded, WhenMissing};

/// How one query came out.
#[derive(Debug)]
pub struct Held<'a> {
    pub query: &'a Bounded,
    pub verdict: Verdict,
    pub value: Option<f64>,
    pub quality: Quality,
    /// The labels of the worst of several series.
    pub labels: &'a [Attr],
    pub bound: String,
    /// `above 0.05`, or why there is no verdict.
    pub why: String,
    /// The events that it rests on, where they are counted.
    pub events: Option<u64>,
    /// The window that was asked, where it is longer than the first.
    pub window: Option<Duration>,
    /// How often what it was read of began anew within its windows.
    pub restarts: u64,
    /// What is to be known of the value: what was left out, what counts as zero.
    pub note: &'a str,
}

/// Holds the answer of one query to its bounds.
pub fn hold<'a>(query: &'a Bounded, call: &'a Call) -> Held<'a> {
    let Some(observation) = call.observation(&query.name) else {
        return without(query, Quality::NoData, "there is no answer".into());
    };
    let reason = || or(&observation.reason, observation.quality.name());
    let held = match (&observation.quality, worst(query, observation)) {
        (Quality::Value, Ok(found)) => with(query, observation, found),
        (Quality::Value, Err(reason)) => without(query, Quality::NoData, reason),
        // There is a value, and too little behind it.
        (Quality::Insufficient, Ok((value, ..))) => without_weight(query, value, reason()),
        (quality, _) => without(query, quality.clone(), reason()),
    };
    let note = if held.quality == Quality::Value { observation.reason.as_str() } else { "" };
    let window = observation.window().filter(|window| query.window.is_some_and(|first| *window > first));
    Held { events: observation.events(), window, restarts: observation.restarts(), note, ..held }
}

fn with<'a>(
    query: &'a Bounded,
    observation: &'a Observation,
    (value, standing, labels): (f64, Standing, &'a [Attr]),
) -> Held<'a> {
    Held {
        verdict: standing.verdict,
        value: Some(value),
        quality: Quality::Value,
        labels: if observation.series.len() > 1 { labels } else { &[] },
        bound: standing.bound,
        why: standing.broken,
        ..empty(query)
    }
}

/// The sample that stands worst, over all series; an error when one of them can not be read.
fn worst<'a>(query: &Bounded, observation: &'a Observation) -> Result<(f64, Standing, &'a [Attr]), String> {
    let mut worst: Option<(f64, Standing, &[Attr])> = None;
    let mut unread = None;
    for series in &observation.series {
        if series.value.iter().all(|value| value.is_nan()) {
            unread = Some(format!("{}the value is not a number", place(&observation.series, series)));
        }
        for value in series.value.iter().copied().filter(|value| !value.is_nan()) {
            let standing = stand(value, query);
            if worst.as_ref().is_none_or(|(_, before, _)| is_worse(&standing, before)) {
                worst = Some((value, standing, &series.labels));
            }
        }
    }
    match (worst, unread) {
        // A series that fails does so whatever another one that can not be read would say.
        (Some(found), None) => Ok(found),
        (Some(found), Some(_)) if found.1.verdict == Verdict::Fail => Ok(found),
        (_, Some(unread)) => Err(unread),
        (None, None) => Err("the answer is empty".into()),
    }
}

fn is_worse(one: &Standing, before: &Standing) -> bool {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Fail => 2,
        Verdict::Warn => 1,
        _ => 0,
    };
    let (one_rank, before_rank) = (rank(&one.verdict), rank(&before.verdict));
    one_rank > before_rank || (one_rank == before_rank && one.excess > before.excess)
}

fn place(all: &[Series], one: &Series) -> String {
    if all.len() > 1 { format!("{} ", labels(&one.labels)) } else { String::new() }
}

/// Labels as PromQL writes them.
pub fn labels(labels: &[Attr]) -> String {
    let pairs: Vec<_> = labels.iter().map(|one| format!("{}={:?}", one.key, one.value)).collect();
    format!("{{{}}}", pairs.join(", "))
}

/// More traffic may come, so what is insufficient is never `when-missing`.
fn without(query: &Bounded, quality: Quality, reason: String) -> Held<'_> {
    let verdict = match query.when_missing {
        WhenMissing::Fail if quality != Quality::Insufficient => Verdict::Fail,
        _ => Verdict::Inconclusive,
    };
    let why = format!("could not be measured: {reason}");
    Held { verdict, quality, why, ..empty(query) }
}

fn without_weight(query: &Bounded, value: f64, why: String) -> Held<'_> {
    let quality = Quality::Insufficient;
    Held { value: Some(value), quality, why, ..empty(query) }
}

fn empty(query: &Bounded) -> Held<'_> {
    Held {
        query,
        verdict: Verdict::Inconclusive,
        value: None,
        quality: Quality::NoData,
        labels: &[],
        bound: whole_bound(query),
        why: String::new(),
        events: None,
        window: None,
        restarts: 0,
        note: "",
    }
}

fn or(text: &str, otherwise: &str) -> String {
    if text.is_empty() { otherwise.into() } else { text.into() }
}
