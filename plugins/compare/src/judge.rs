//! Each metric by its ranks, then the score of all.

use sluice_arms::{Compared, Silence, Worse, compared, measurement, samples, share, short, unsure};
use sluice_sdk::{Call, Judged, Quality, Role, Verdict};

use crate::config::{Compare, Metric};

/// How one metric came out.
struct Outcome<'a> {
    metric: &'a Metric,
    found: Result<Compared, Silence>,
    regressed: bool,
    told: String,
}

pub fn judged(config: &Compare, call: &Call) -> Result<Judged, String> {
    let reference = match config.against.reference(call) {
        Ok(role) => role,
        Err(why) => return Ok(Judged::new(Verdict::Inconclusive, why)),
    };
    let mut outcomes = Vec::new();
    for metric in &config.metrics {
        outcomes.push(outcome(config, metric, call, &reference)?);
    }
    Ok(told(config, &reference, &outcomes))
}

fn outcome<'a>(
    config: &Compare,
    metric: &'a Metric,
    call: &Call,
    reference: &Role,
) -> Result<Outcome<'a>, String> {
    let least = usize::try_from(config.min_samples).unwrap_or(usize::MAX);
    let both = samples(call, &metric.name, &Role::Candidate, least)
        .and_then(|own| Ok((own, samples(call, &metric.name, reference, least)?)))
        .and_then(|(own, other)| match unsure(own.len(), other.len(), config.alpha(metric)) {
            Some(why) => Err(Silence { quality: Quality::Insufficient, why }),
            None => Ok((own, other)),
        });
    let (own, other) = match both {
        Ok(both) => both,
        Err(silence) => {
            let told = format!("{} can not be compared: {}", metric.name, silence.why);
            return Ok(Outcome { metric, found: Err(silence), regressed: false, told });
        }
    };
    let found = compared(&own, &other, metric.worse, (metric.tolerance, metric.slack))?;
    let is_large = match metric.worse {
        Worse::Higher => found.effect >= metric.effect,
        Worse::Lower => -found.effect >= metric.effect,
        Worse::Either => found.effect.abs() >= metric.effect,
    };
    let regressed = found.p < 1.0 - config.confidence && is_large;
    let told = told_of(metric, &found, own.len(), other.len(), reference);
    Ok(Outcome { metric, found: Ok(found), regressed, told })
}

/// `p99 is 0.12 above stable's 0.31 (+38.7 %; p 0.0003, effect 0.82; 20 and 20 samples)`
fn told_of(metric: &Metric, found: &Compared, own: usize, other: usize, reference: &Role) -> String {
    let Compared { p, shift, middle, effect } = *found;
    let relative = if middle == 0.0 { String::new() } else { format!("{}; ", share(shift / middle.abs())) };
    format!(
        "{} is {} ({relative}p {}, effect {}; {own} and {other} samples)",
        metric.name,
        found.told(reference),
        short(p),
        short(effect)
    )
}

fn told(config: &Compare, reference: &Role, outcomes: &[Outcome<'_>]) -> Judged {
    let weight = |of: &dyn Fn(&&Outcome<'_>) -> bool| {
        outcomes.iter().filter(of).map(|one| one.metric.weight).sum::<f64>()
    };
    let all = weight(&|_| true);
    let score = 1.0 - weight(&|one| one.regressed) / all;
    let silent: Vec<_> = outcomes.iter().filter(|one| one.found.is_err()).collect();
    let regressed: Vec<_> = outcomes.iter().filter(|one| one.regressed).collect();
    let critical = regressed.iter().find(|one| one.metric.critical);
    let list = |some: &[&Outcome<'_>]| some.iter().map(|one| one.told.clone()).collect::<Vec<_>>().join("; ");
    let scored = format!("score {}", short(score));
    // What could not be measured may only have made it worse.
    let (verdict, reason) = if let Some(one) = critical {
        (Verdict::Fail, format!("{}, and it is critical; {scored}", one.told))
    } else if score < config.marginal {
        (Verdict::Fail, format!("{scored}, below {}: {}", short(config.marginal), list(&regressed)))
    } else if !silent.is_empty() {
        (Verdict::Inconclusive, list(&silent))
    } else if score < config.pass {
        (Verdict::Warn, format!("{scored}, below {}: {}", short(config.pass), list(&regressed)))
    } else {
        let others: Vec<_> = outcomes.iter().collect();
        (Verdict::Pass, format!("{scored} against {}: {}", reference.name(), list(&others)))
    };
    let mut judged = Judged::new(verdict, shortened(reason));
    judged.score = (judged.verdict != Verdict::Inconclusive).then_some(score.clamp(0.0, 1.0));
    judged.measurements = outcomes.iter().map(|one| one.measurement(config)).collect();
    judged
}

/// The engine takes no longer text.
fn shortened(reason: String) -> String {
    const MOST: usize = 2000;
    if reason.len() <= MOST { reason } else { reason.chars().take(MOST / 4).chain(['…']).collect() }
}

impl Outcome<'_> {
    fn measurement(&self, config: &Compare) -> sluice_sdk::Measurement {
        let (value, quality, verdict) = match &self.found {
            Ok(found) if self.regressed => (Some(found.p), Quality::Value, Verdict::Fail),
            Ok(found) => (Some(found.p), Quality::Value, Verdict::Pass),
            Err(silence) => (None, silence.quality.clone(), Verdict::Inconclusive),
        };
        let bound = format!("p >= {}", short(1.0 - config.confidence));
        measurement(&self.metric.name, value, quality, bound, verdict)
    }
}
