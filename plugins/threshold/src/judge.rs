//! One query's answer against its bounds: enough events, then every series, then the worst.

use sluice_sdk::{Attr, Call, Observation, Quality, Reading, Series, Verdict};

use crate::bounds::{Standing, stand, whole_bound};
use crate::config::{Bounded, WhenMissing, events_name};
use sluice_arms::short;

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
}

/// Holds the answer of one query to its bounds.
pub fn hold<'a>(query: &'a Bounded, call: &'a Call) -> Held<'a> {
    let Some(observation) = call.observation(&query.name) else {
        return without(query, Quality::NoData, "there is no answer".into());
    };
    if observation.quality != Quality::Value {
        let reason = or(&observation.reason, observation.quality.name());
        return without(query, observation.quality.clone(), reason);
    }
    match worst(query, observation) {
        Err(reason) => without(query, Quality::NoData, reason),
        Ok((value, standing, labels)) => {
            let held = Held {
                query,
                verdict: standing.verdict,
                value: Some(value),
                quality: Quality::Value,
                labels: if observation.series.len() > 1 { labels } else { &[] },
                bound: standing.bound,
                why: standing.broken,
            };
            too_few(query, call).map_or(held, |(quality, why)| without_weight(query, value, quality, why))
        }
    }
}

/// Why the value rests on too few events to say anything, if it does.
fn too_few(query: &Bounded, call: &Call) -> Option<(Quality, String)> {
    query.events.as_ref()?;
    let least = query.min_events.unwrap_or(1.0);
    match counted(call.observation(&events_name(&query.name))) {
        Ok(count) if count >= least => None,
        Ok(count) => {
            Some((Quality::Insufficient, format!("rests on {} of {} events", short(count), short(least))))
        }
        Err((quality, reason)) => Some((quality, format!("its events could not be counted: {reason}"))),
    }
}

/// All the events together, over all series.
fn counted(observation: Option<&Observation>) -> Result<f64, (Quality, String)> {
    let Some(observation) = observation else { return Err((Quality::NoData, "there is no answer".into())) };
    if let [_] | [] = observation.series.as_slice() {
        return match observation.reading() {
            Reading::Value(count) => Ok(count),
            Reading::Missing { quality, reason } => {
                let reason = or(&reason, quality.name());
                Err((quality, reason))
            }
        };
    }
    if observation.quality != Quality::Value {
        return Err((observation.quality.clone(), or(&observation.reason, observation.quality.name())));
    }
    let total: f64 = observation.series.iter().filter_map(Series::last).sum();
    if total.is_nan() { Err((Quality::NoData, "the count is not a number".into())) } else { Ok(total) }
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

fn without(query: &Bounded, quality: Quality, reason: String) -> Held<'_> {
    let verdict = match query.when_missing {
        WhenMissing::Inconclusive => Verdict::Inconclusive,
        WhenMissing::Fail => Verdict::Fail,
    };
    let why = format!("could not be measured: {reason}");
    Held { query, verdict, value: None, quality, labels: &[], bound: whole_bound(query), why }
}

/// There is a value, and too little behind it. More traffic may come, so this is not `when-missing`.
fn without_weight(query: &Bounded, value: f64, quality: Quality, why: String) -> Held<'_> {
    let verdict = Verdict::Inconclusive;
    Held { query, verdict, value: Some(value), quality, labels: &[], bound: whole_bound(query), why }
}

fn or(text: &str, otherwise: &str) -> String {
    if text.is_empty() { otherwise.into() } else { text.into() }
}
