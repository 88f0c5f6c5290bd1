//! Samples of two revisions over a window, compared by their ranks.

use schemars::JsonSchema;
use serde::Deserialize;
use sluice_sdk::statistics::{Alternative, RankTest, mann_whitney};
use sluice_sdk::{Call, Quality, Role};

use crate::{Silence, name_of, short};

/// Which way a difference is a regression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Worse {
    /// As with latency and errors.
    #[default]
    Higher,
    /// As with throughput and cache hits.
    Lower,
    /// Any difference is one.
    Either,
}

/// How the candidate's samples stand to the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// How likely so much of a difference is where there is none beyond the tolerance.
    pub p: f64,
    /// The median of all differences between the candidate's samples and the others.
    pub shift: f64,
    /// The middle of the others.
    pub middle: f64,
    /// Cliff's delta: in how many more pairs the candidate's is the greater, -1 to 1.
    pub effect: f64,
}

/// The samples of one revision: at least so many.
pub fn samples(call: &Call, name: &str, role: &Role, least: usize) -> Result<Vec<f64>, Silence> {
    let silence = |quality, why: String| Err(Silence { quality, why: format!("of {}: {why}", role.name()) });
    let Some(observation) = call.observation(&name_of(name, role)) else {
        return silence(Quality::NoData, "there is no answer".into());
    };
    if observation.quality != Quality::Value {
        let why =
            if observation.reason.is_empty() { observation.quality.name() } else { &observation.reason };
        return silence(observation.quality.clone(), why.into());
    }
    let [series] = observation.series.as_slice() else {
        let count = observation.series.len();
        return silence(Quality::NoData, format!("the answer has {count} series, not one; aggregate it"));
    };
    let values: Vec<f64> = series.value.iter().copied().filter(|value| value.is_finite()).collect();
    if values.len() < least {
        return silence(Quality::Insufficient, format!("{} of {least} samples", values.len()));
    }
    Ok(values)
}

impl Compared {
    /// `0.12 above stable's 0.31`, from where the differences are more than rounding.
    pub fn told(&self, whose: &Role) -> String {
        let (whose, middle) = (whose.name(), short(self.middle));
        if self.shift.abs() <= self.middle.abs() * 1e-9 {
            return format!("level with {whose}'s {middle}");
        }
        let side = if self.shift < 0.0 { "below" } else { "above" };
        format!("{} {side} {whose}'s {middle}", short(self.shift.abs()))
    }
}

/// A chance that so many samples can never come below, however far apart they are: that of the one order in which all
/// of one side are above all of the other. Ties take up to half of it away.
pub fn least_p(candidate: usize, reference: usize) -> f64 {
    let orders = (1..=candidate).map(|one| (reference + one) as f64 / one as f64).product::<f64>();
    0.4 / orders
}

/// Why samples are too few to be as sure as is asked.
pub fn unsure(candidate: usize, reference: usize, alpha: f64) -> Option<String> {
    let least = least_p(candidate, reference);
    (least >= alpha).then(|| {
        format!(
            "{candidate} and {reference} samples can not show any difference at p < {}, however large it is",
            short(alpha)
        )
    })
}

/// Compares samples. What lies within `tolerance` of the others (a share of each) and `slack` (in their unit) is no
/// difference.
pub fn compared(
    candidate: &[f64],
    reference: &[f64],
    worse: Worse,
    (tolerance, slack): (f64, f64),
) -> Result<Compared, String> {
    let moved =
        |to: f64| reference.iter().map(|one| one + to * (one.abs() * tolerance + slack)).collect::<Vec<_>>();
    let test = |alternative, to| mann_whitney(candidate, &moved(to), alternative, 0.95);
    let p = match worse {
        Worse::Higher => test(Alternative::Greater, 1.0)?.p,
        Worse::Lower => test(Alternative::Less, -1.0)?.p,
        Worse::Either => {
            let (above, below) = (test(Alternative::Greater, 1.0)?.p, test(Alternative::Less, -1.0)?.p);
            (2.0 * above.min(below)).min(1.0)
        }
    };
    let RankTest { u, shift, .. } = mann_whitney(candidate, reference, Alternative::Different, 0.95)?;
    let pairs = (candidate.len() * reference.len()) as f64;
    Ok(Compared { p, shift, middle: median(reference), effect: 2.0 * u / pairs - 1.0 })
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_within_the_tolerance_is_no_difference() {
        let reference: Vec<f64> = (0..20).map(|n| 100.0 + f64::from(n)).collect();
        let candidate: Vec<f64> = reference.iter().map(|one| one * 1.2).collect();
        let strict = compared(&candidate, &reference, Worse::Higher, (0.0, 0.0)).unwrap();
        assert!(strict.p < 0.001 && strict.effect > 0.8 && strict.middle == 109.5, "{strict:?}");
        let lax = compared(&candidate, &reference, Worse::Higher, (0.25, 0.0)).unwrap();
        assert!(lax.p > 0.5, "{lax:?}");
        assert!(compared(&candidate, &reference, Worse::Higher, (0.0, 30.0)).unwrap().p > 0.5);
        assert!(compared(&candidate, &reference, Worse::Lower, (0.0, 0.0)).unwrap().p > 0.99);
        assert!(compared(&candidate, &reference, Worse::Either, (0.0, 0.0)).unwrap().p < 0.001);
    }
}
