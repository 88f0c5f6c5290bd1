//! From the counted answers to a verdict, with the numbers it rests on.

use sluice_sdk::{Call, Judged, Measurement, Quality, Reading, Verdict};

use crate::config::{Diff, KINDS};

/// One kind held to its bounds.
struct Held {
    kind: &'static str,
    count: f64,
    of: f64,
    verdict: Verdict,
    bound: String,
    /// What stands against it: `above 0.01`.
    broken: String,
    /// How much of the bound is used up, 0 to 1.
    used: f64,
}

/// The verdict on a round.
pub fn judged(diff: &Diff, call: &Call) -> Judged {
    let unanswered = unanswered(diff, call);
    if !unanswered.is_empty() {
        return told(&unanswered, 0.0);
    }
    let compared = match call.reading("compared") {
        Reading::Value(count) => count,
        Reading::Missing { quality, reason } => {
            return silent(&quality, &format!("nothing was compared: {reason}"));
        }
    };
    if compared < diff.min_compared as f64 {
        let told = format!("{} of {} answers were compared", whole(compared), diff.min_compared);
        return silent(&Quality::Insufficient, &told);
    }
    let mut held = Vec::new();
    for kind in KINDS {
        match hold(diff, call, kind, compared) {
            Ok(one) => held.push(one),
            Err((quality, why)) => return silent(&quality, &format!("{kind} could not be counted: {why}")),
        }
    }
    told(&held, compared)
}

/// What is not answered is never compared, and is judged first: nothing is worse than a candidate that answers nothing.
fn unanswered(diff: &Diff, call: &Call) -> Vec<Held> {
    let held = ["failed", "shed"].into_iter().filter_map(|kind| hold(diff, call, kind, 0.0).ok());
    held.filter(|one| one.of >= diff.min_compared as f64 && one.verdict == Verdict::Fail).collect()
}

fn hold(diff: &Diff, call: &Call, kind: &'static str, compared: f64) -> Result<Held, (Quality, String)> {
    let count = counted(call, kind)?;
    let of = match kind {
        "failed" => count + counted(call, "answered")?,
        "shed" => count + counted(call, "answered")? + counted(call, "failed")?,
        _ => compared,
    };
    let ratio = if of > 0.0 { count / of } else { 0.0 };
    let (max, warn) = (diff.max(kind), diff.warn(kind));
    let (verdict, against) = match warn.filter(|warn| ratio > *warn) {
        _ if ratio > max => (Verdict::Fail, Some(max)),
        Some(warn) => (Verdict::Warn, Some(warn)),
        None => (Verdict::Pass, None),
    };
    let bound = format!("<= {}", short(against.unwrap_or(max)));
    let broken = against.map_or(String::new(), |bound| format!("above {}", short(bound)));
    let used = if max > 0.0 && max < 1.0 { (ratio / max).min(1.0) } else { 0.0 };
    Ok(Held { kind, count, of, verdict, bound, broken, used })
}

/// A kind that never happened has no series: where answers were compared, that is none.
fn counted(call: &Call, query: &str) -> Result<f64, (Quality, String)> {
    match call.reading(query) {
        Reading::Value(count) => Ok(count.max(0.0)),
        Reading::Missing { quality: Quality::NoData, .. } => Ok(0.0),
        Reading::Missing { quality, reason } => Err((quality, reason.into_owned())),
    }
}

fn told(held: &[Held], compared: f64) -> Judged {
    let verdict = held.iter().fold(Verdict::Pass, |worst, one| worst.worse(one.verdict.clone()));
    let deciding: Vec<_> =
        held.iter().filter(|one| one.verdict == verdict && !one.broken.is_empty()).collect();
    let reason = if deciding.is_empty() {
        let all: f64 = held.iter().take(4).map(|one| one.count).sum();
        format!("{} differences in {} compared answers", whole(all), whole(compared))
    } else {
        deciding.iter().map(|one| one.sentence()).collect::<Vec<_>>().join("; ")
    };
    let mut judged = Judged::new(verdict, reason);
    judged.score = Some(held.iter().fold(1.0, |least, one| f64::min(least, 1.0 - one.used)));
    judged.measurements = held.iter().map(Held::measurement).collect();
    judged
}

impl Held {
    fn ratio(&self) -> f64 {
        if self.of > 0.0 { self.count / self.of } else { 0.0 }
    }

    fn sentence(&self) -> String {
        let what = match self.kind {
            "failed" => "mirrored requests were not answered",
            "shed" => "requests were not mirrored, as the candidate was too slow",
            "latency" => "answers took too long",
            _ => "answers differ",
        };
        let kind = match self.kind {
            kind @ ("status" | "header" | "body") => format!(" in {kind}"),
            _ => String::new(),
        };
        let (count, of, ratio) = (whole(self.count), whole(self.of), short(self.ratio()));
        format!("{count} of {of} {what}{kind}: {ratio}, {}", self.broken)
    }

    fn measurement(&self) -> Measurement {
        Measurement {
            name: self.kind.into(),
            value: Some(self.ratio()),
            quality: Quality::Value,
            bound: self.bound.clone(),
            verdict: self.verdict.clone(),
            attrs: Vec::new(),
        }
    }
}

fn silent(quality: &Quality, why: &str) -> Judged {
    let mut judged = Judged::new(Verdict::Inconclusive, why);
    judged.measurements.push(Measurement {
        name: "compared".into(),
        value: None,
        quality: quality.clone(),
        bound: String::new(),
        verdict: Verdict::Inconclusive,
        attrs: Vec::new(),
    });
    judged
}

/// Counts over a window are estimates at its edges, and no fraction of a request means anything.
fn whole(count: f64) -> String {
    format!("{:.0}", count.round())
}

fn short(ratio: f64) -> String {
    let text = format!("{ratio:.4}");
    let cut = text.trim_end_matches('0').trim_end_matches('.');
    if ratio > 0.0 && cut == "0" { "under 0.0001".into() } else { cut.into() }
}
