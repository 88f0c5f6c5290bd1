//! A look at all metrics, corrected for their number and for that of the looks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sluice_arms::{
    Compared, Followed, Pair, Silence, compared, count, measurement, samples, short, tallies, unsure,
};
use sluice_sdk::statistics::{self, Alternative, fisher, holm};
use sluice_sdk::{Call, Judged, Quality, Role, Verdict};

use crate::config::{NoRegression, Share, Value};

/// What is kept between rounds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// How many looks there were, and when the last one was; the first only begins to count.
    looks: u32,
    at: Option<u64>,
    counted: BTreeMap<String, Followed>,
    /// What the last look said: whether it passed, or nothing.
    passed: Option<bool>,
    reason: String,
}

/// How one metric came out.
struct Outcome<'a> {
    name: &'a str,
    found: Result<f64, Silence>,
    told: String,
}

pub fn judged(config: &NoRegression, call: &Call, kept: &mut Kept) -> Result<Judged, String> {
    let now = call.snapshot.now;
    let reference = match config.against.reference(call) {
        Ok(role) => role,
        Err(why) => return Ok(Judged::new(Verdict::Inconclusive, why)),
    };
    match kept.at {
        None => begin(config, call, &reference, kept),
        Some(at) if now >= at.saturating_add(config.every.as_millis()) => {
            return look(config, call, &reference, kept);
        }
        Some(_) => {}
    }
    if kept.reason.is_empty() {
        let why = format!("the first look is taken after {}", config.every);
        return Ok(Judged::new(Verdict::Inconclusive, why));
    }
    let verdict = match kept.passed {
        Some(true) => Verdict::Pass,
        Some(false) => Verdict::Fail,
        None => Verdict::Inconclusive,
    };
    Ok(Judged::new(verdict, kept.reason.clone()))
}

/// Counts begin here. Where there are none yet, they do with the first look.
fn begin(config: &NoRegression, call: &Call, reference: &Role, kept: &mut Kept) {
    kept.at = Some(call.snapshot.now);
    for one in &config.shares {
        if let Ok(pair) = both(call, one, reference) {
            kept.counted.entry(one.name.clone()).or_default().look(reference, pair);
        }
    }
}

fn look(config: &NoRegression, call: &Call, reference: &Role, kept: &mut Kept) -> Result<Judged, String> {
    let mut outcomes = Vec::new();
    for one in &config.values {
        outcomes.push(by_ranks(config, one, call, reference)?);
    }
    for one in &config.shares {
        let followed = kept.counted.entry(one.name.clone()).or_default();
        outcomes.push(by_events(config, one, call, reference, followed)?);
    }
    kept.at = Some(call.snapshot.now);
    let silent: Vec<_> = outcomes.iter().filter(|one| one.found.is_err()).collect();
    // A metric that says nothing takes its share of the budget all the same.
    let p: Vec<f64> = outcomes.iter().map(|one| one.found.as_ref().map_or(1.0, |p| *p)).collect();
    if silent.len() < outcomes.len() {
        kept.looks = kept.looks.saturating_add(1);
    }
    let budget = spent(config.false_alarms, kept.looks);
    let corrected = holm(&p);
    let failing = |index: &usize| corrected[*index] < budget;
    let failed: Vec<usize> = (0..outcomes.len()).filter(failing).collect();
    let list =
        |of: &[usize]| of.iter().map(|index| outcomes[*index].told.clone()).collect::<Vec<_>>().join("; ");
    let of_all = format!(
        "of {} metrics regressed, in look {} at a budget of {}",
        outcomes.len(),
        kept.looks,
        short(budget)
    );
    let (verdict, reason) = if !failed.is_empty() {
        (Verdict::Fail, format!("{} {of_all}: {}", failed.len(), list(&failed)))
    } else if !silent.is_empty() {
        let told: Vec<_> = silent.iter().map(|one| one.told.clone()).collect();
        (Verdict::Inconclusive, told.join("; "))
    } else {
        let nearest = (0..outcomes.len()).min_by(|a, b| corrected[*a].total_cmp(&corrected[*b]));
        (
            Verdict::Pass,
            format!("none {of_all}; the nearest: {}", list(&nearest.into_iter().collect::<Vec<_>>())),
        )
    };
    kept.passed = (verdict != Verdict::Inconclusive).then_some(verdict == Verdict::Pass);
    kept.reason.clone_from(&reason);
    let mut judged = Judged::new(verdict, reason);
    judged.score = kept.passed.and(corrected.iter().copied().reduce(f64::min));
    judged.measurements =
        outcomes.iter().enumerate().map(|(index, one)| one.measured(corrected[index], budget)).collect();
    Ok(judged)
}

/// The budget of a look: of all looks together it is the whole, however many there are.
pub(crate) fn spent(budget: f64, look: u32) -> f64 {
    let look = f64::from(look.max(1));
    budget / (look * (look + 1.0))
}

fn by_ranks<'a>(
    config: &NoRegression,
    one: &'a Value,
    call: &Call,
    reference: &Role,
) -> Result<Outcome<'a>, String> {
    let least = usize::try_from(config.min_samples).unwrap_or(usize::MAX);
    let both = samples(call, &one.name, &Role::Candidate, least)
        .and_then(|own| Ok((own, samples(call, &one.name, reference, least)?)))
        .and_then(|(own, other)| match unsure(own.len(), other.len(), config.first_budget()) {
            Some(why) => Err(Silence { quality: Quality::Insufficient, why }),
            None => Ok((own, other)),
        });
    let (own, other) = match both {
        Ok(both) => both,
        Err(silence) => return Ok(Outcome::silent(&one.name, silence)),
    };
    let found @ Compared { p, .. } = compared(&own, &other, one.worse, (one.tolerance, one.slack))?;
    let sizes = format!("{} and {} samples", own.len(), other.len());
    let told = format!("{} is {} (p {}, {sizes})", one.name, found.told(reference), short(p));
    Ok(Outcome { name: &one.name, found: Ok(p), told })
}

fn by_events<'a>(
    config: &NoRegression,
    one: &'a Share,
    call: &Call,
    reference: &Role,
    followed: &mut Followed,
) -> Result<Outcome<'a>, String> {
    let now = match both(call, one, reference) {
        Ok(now) => now,
        Err(silence) => return Ok(Outcome::silent(&one.name, silence)),
    };
    let Pair { candidate, reference: other } = followed.look(reference, now);
    let least = config.min_events as f64;
    if candidate.all.min(other.all) < least {
        let found = count(candidate.all.min(other.all));
        let why = format!("{found} of {} events since the last look", count(least));
        return Ok(Outcome::silent(&one.name, Silence { quality: Quality::Insufficient, why }));
    }
    let whole =
        |tally: sluice_arms::Tally| statistics::Share { hits: tally.bad as u64, total: tally.all as u64 };
    let p = fisher(whole(candidate), whole(other), Alternative::Greater)?;
    let (own, others) = (candidate.told(), other.told());
    let told = format!("{}: {own} against {others} of {} (p {})", one.name, reference.name(), short(p));
    Ok(Outcome { name: &one.name, found: Ok(p), told })
}

fn both(call: &Call, one: &Share, reference: &Role) -> Result<Pair, Silence> {
    let of = |role| {
        let found = tallies(call, &one.name, role);
        found.map_err(|silence| Silence { why: format!("of {}: {}", role.name(), silence.why), ..silence })
    };
    Ok(Pair { candidate: of(&Role::Candidate)?, reference: of(reference)? })
}

impl<'a> Outcome<'a> {
    fn silent(name: &'a str, silence: Silence) -> Self {
        let told = format!("{name} can not be compared: {}", silence.why);
        Self { name, found: Err(silence), told }
    }

    fn measured(&self, corrected: f64, budget: f64) -> sluice_sdk::Measurement {
        let (value, quality, verdict) = match &self.found {
            Ok(_) if corrected < budget => (Some(corrected), Quality::Value, Verdict::Fail),
            Ok(_) => (Some(corrected), Quality::Value, Verdict::Pass),
            Err(silence) => (None, silence.quality.clone(), Verdict::Inconclusive),
        };
        measurement(self.name, value, quality, format!("p >= {}", short(budget)), verdict)
    }
}
