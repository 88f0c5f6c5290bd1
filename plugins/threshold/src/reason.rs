//! The verdict of all queries together, in words with numbers.

use sluice_sdk::{Judged, Measurement, Verdict};

use crate::bounds::count;
use crate::judge::{Held, labels};
use sluice_arms::short;

/// How many queries a reason names before it only counts the rest.
const NAMED: usize = 5;

/// The worst verdict, why, and all measurements.
pub fn judged(held: &[Held<'_>]) -> Judged {
    let verdict = held.iter().fold(Verdict::Pass, |worst, one| worst.worse(one.verdict.clone()));
    let mut judged = Judged::new(verdict.clone(), reason(held, &verdict));
    judged.measurements = held.iter().map(measurement).collect();
    judged
}

fn reason(held: &[Held<'_>], verdict: &Verdict) -> String {
    let deciding: Vec<_> = held.iter().filter(|one| one.verdict == *verdict).collect();
    let mut text = deciding.iter().take(NAMED).map(|one| sentence(one)).collect::<Vec<_>>().join("; ");
    if deciding.len() > NAMED {
        text.push_str(&format!("; and {} more", deciding.len() - NAMED));
    }
    let tail = match verdict {
        Verdict::Fail => tally(held, &deciding, |one| count(one.query).0, "fail"),
        Verdict::Warn => tally(held, &deciding, |one| count(one.query).1, "warn"),
        Verdict::Inconclusive if held.len() > 1 => {
            Some(format!("{} of {} queries say nothing", deciding.len(), held.len()))
        }
        _ => None,
    };
    if let Some(tail) = tail {
        text.push_str(&format!(" ({tail})"));
    }
    text
}

/// `1 of 2 bounds fail`; nothing when there is only one.
fn tally(
    held: &[Held<'_>],
    deciding: &[&Held<'_>],
    bounds: fn(&Held<'_>) -> usize,
    what: &str,
) -> Option<String> {
    let all: usize = held.iter().map(bounds).sum();
    // A value breaks at most one bound of a kind: it is not above the upper and below the lower one.
    let broken = deciding.iter().filter(|one| one.value.is_some()).count();
    (all > 1 && broken > 0).then(|| format!("{broken} of {all} bounds {what}"))
}

fn sentence(held: &Held<'_>) -> String {
    let Held { query, value, why, .. } = held;
    let place = if held.labels.is_empty() { String::new() } else { labels(held.labels) };
    let of = rests_on(held);
    let told = match (value, &held.verdict) {
        (Some(value), Verdict::Pass) => {
            format!("{}{place} is {}{of} ({})", query.name, short(*value), held.bound)
        }
        (Some(value), Verdict::Inconclusive) => format!("{} is {} but {why}", query.name, short(*value)),
        (Some(value), _) => format!("{}{place} is {}{of}, {why}", query.name, short(*value)),
        (None, _) => format!("{} {why}", query.name),
    };
    if held.note.is_empty() { told } else { format!("{told} [{}]", held.note) }
}

/// ` of 230 events over 4m across 1 restart`: what was counted, how long a window that took where the first was not
/// enough, and what lies in it.
fn rests_on(held: &Held<'_>) -> String {
    let events = held.events.map(|events| format!(" of {events} events")).unwrap_or_default();
    let window = held.window.map(|window| format!(" over {window}")).unwrap_or_default();
    let restarts = match held.restarts {
        0 => String::new(),
        1 => " across 1 restart".into(),
        more => format!(" across {more} restarts"),
    };
    events + &window + &restarts
}

fn measurement(held: &Held<'_>) -> Measurement {
    Measurement {
        name: held.query.name.clone(),
        value: held.value,
        quality: held.quality.clone(),
        bound: held.bound.clone(),
        verdict: held.verdict.clone(),
        attrs: held.labels.to_vec(),
    }
}
