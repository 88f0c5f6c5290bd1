//! From counters to evidence to a verdict.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sluice_arms::{Followed, Pair, Silence, Tally, count, measurement, name_of, share, short, tallies};
use sluice_sdk::statistics::{RateRatio, rate_ratio, ratio_evidence};
use sluice_sdk::{Call, Judged, Measurement, Quality, Reading, Role, Verdict};

use crate::config::{Sequential, Test};

/// More is not told apart.
const MOST_EVIDENCE: f64 = 1e6;

/// What is kept of one test between rounds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Watched {
    followed: Followed,
    test: RateRatio,
}

/// How one test came out.
struct Outcome<'a> {
    name: &'a str,
    verdict: Verdict,
    evidence: f64,
    value: Option<f64>,
    quality: Quality,
    told: String,
}

pub fn judged(
    config: &Sequential,
    call: &Call,
    state: &mut BTreeMap<String, Watched>,
) -> Result<Judged, String> {
    let mut outcomes = Vec::new();
    for test in config.tests() {
        let tolerated = test.times.unwrap_or(1.0);
        let fresh = || Watched { followed: Followed::default(), test: RateRatio::new(tolerated) };
        let watched = state.entry(test.name.to_owned()).or_insert_with(fresh);
        outcomes.push(look(config, &test, call, watched)?);
    }
    Ok(told(config, &outcomes))
}

fn look<'a>(
    config: &Sequential,
    test: &Test<'a>,
    call: &Call,
    watched: &mut Watched,
) -> Result<Outcome<'a>, String> {
    let needed = 1.0 / config.budget();
    let seen = counted(config, test, call);
    let silence = match seen {
        Ok((role, now)) => {
            let since = watched.followed.look(&role, now);
            watched.test = after(test, watched, since)?;
            few(config, test, &watched.followed.total)
        }
        Err(silence) => Some(silence),
    };
    let (evidence, highest) = (watched.test.evidence, watched.test.highest);
    let found = compared(test, &watched.followed);
    let weighs = if highest >= needed { highest } else { evidence };
    let value = (watched.followed.total.candidate.all > 0.0).then(|| weighs.min(MOST_EVIDENCE));
    let outcome =
        |verdict, quality, told| Outcome { name: test.name, verdict, evidence, value, quality, told };
    // Evidence that was there is not taken back by rounds that say nothing.
    Ok(if highest >= needed {
        let told = format!("{found}: evidence {}, which fails at {}", weighed(highest), short(needed));
        outcome(Verdict::Fail, Quality::Value, told)
    } else if let Some(Silence { quality, why }) = silence {
        outcome(Verdict::Inconclusive, quality, format!("{} says nothing: {why}", test.name))
    } else {
        let told = format!("{found}: evidence {} of {}", short(evidence), short(needed));
        outcome(Verdict::Pass, Quality::Value, told)
    })
}

/// The counters of both as they stand, and whose the second ones are.
fn counted(config: &Sequential, test: &Test<'_>, call: &Call) -> Result<(Role, Pair), Silence> {
    let of = |role: &Role| {
        let found = if test.by_good { slow(call, test.name, role) } else { tallies(call, test.name, role) };
        found.map_err(|silence| Silence { why: format!("of {}: {}", role.name(), silence.why), ..silence })
    };
    let candidate = of(&Role::Candidate)?;
    if test.limit.is_some() {
        return Ok((Role::Candidate, Pair { candidate, reference: Tally::default() }));
    }
    let nobody = |why| Silence { quality: Quality::NoData, why };
    let role = config.against.reference(call).map_err(nobody)?;
    let reference = of(&role)?;
    Ok((role, Pair { candidate, reference }))
}

/// Slow requests are those that no bucket up to the bound has; without that bucket nothing is known of them.
fn slow(call: &Call, name: &str, role: &Role) -> Result<Tally, Silence> {
    let read = |part: &str| match call.reading(&name_of(&format!("{name}.{part}"), role)) {
        Reading::Value(value) if value.is_finite() && value >= 0.0 => Ok(value),
        Reading::Value(_) => Err(Silence { quality: Quality::NoData, why: "a count is no count".into() }),
        Reading::Missing { quality, reason } => {
            let why = match part {
                "good" => format!("the histogram has no bucket that ends there ({reason})"),
                _ => reason.into_owned(),
            };
            Err(Silence { quality, why })
        }
    };
    let all = read("all")?;
    let good = read("good")?;
    Ok(Tally { bad: (all - good).max(0.0), all })
}

fn after(test: &Test<'_>, watched: &Watched, since: Pair) -> Result<RateRatio, String> {
    let whole = |count: f64| count as u64;
    let Some(limit) = test.limit else {
        let (own, other) = (since.candidate, since.reference);
        return rate_ratio(&watched.test, (whole(own.bad), whole(other.bad)), (own.all, other.all));
    };
    let Tally { bad, all } = watched.followed.total.candidate;
    let evidence = ratio_evidence(whole(bad), whole(all), limit)?;
    Ok(RateRatio { evidence, highest: watched.test.highest.max(evidence), ..watched.test.clone() })
}

fn few(config: &Sequential, test: &Test<'_>, total: &Pair) -> Option<Silence> {
    let least = config.min_events as f64;
    let silence = |who: &str, found: f64| {
        let why = format!("{} of {} events of {who} so far", count(found), count(least));
        Some(Silence { quality: Quality::Insufficient, why })
    };
    if total.candidate.all < least {
        return silence("the candidate", total.candidate.all);
    }
    if test.limit.is_none() && total.reference.all < least {
        return silence("what it is compared with", total.reference.all);
    }
    None
}

/// `errors: 12 of 340 (3.53 %) against 3 of 330 (0.91 %) (1.5 times tolerated)`
fn compared(test: &Test<'_>, followed: &Followed) -> String {
    let (name, own) = (test.name, followed.total.candidate.told());
    match test.limit {
        Some(limit) => format!("{name}: {own}, where {} may be", share(limit)),
        None => {
            let other = followed.total.reference.told();
            let tolerated = test.times.filter(|times| *times != 1.0);
            let tolerated =
                tolerated.map_or_else(String::new, |times| format!(" ({} times tolerated)", short(times)));
            format!("{name}: {own} against {other}{tolerated}")
        }
    }
}

fn weighed(evidence: f64) -> String {
    if evidence > MOST_EVIDENCE { "over a million".into() } else { short(evidence) }
}

fn told(config: &Sequential, outcomes: &[Outcome<'_>]) -> Judged {
    let verdict = outcomes.iter().fold(Verdict::Pass, |worst, one| worst.worse(one.verdict.clone()));
    let deciding = outcomes.iter().filter(|one| one.verdict == verdict);
    let reason = deciding.map(|one| one.told.clone()).collect::<Vec<_>>().join("; ");
    let mut judged = Judged::new(verdict, reason);
    let needed = (1.0 / config.budget()).ln();
    let left = |one: &Outcome<'_>| (1.0 - one.evidence.max(1.0).ln() / needed).clamp(0.0, 1.0);
    let score = outcomes.iter().map(left).fold(1.0, f64::min);
    judged.score = (judged.verdict != Verdict::Inconclusive).then_some(score);
    judged.measurements = outcomes.iter().map(|one| one.measurement(config)).collect();
    judged
}

impl Outcome<'_> {
    fn measurement(&self, config: &Sequential) -> Measurement {
        let bound = format!("evidence < {}", short(1.0 / config.budget()));
        measurement(self.name, self.value, self.quality.clone(), bound, self.verdict.clone())
    }
}
