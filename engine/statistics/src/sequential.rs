//! Tests that may be looked at after every event. Evidence is an e-value: how a wager against the hypothesis
//! would have fared, fair at best when the hypothesis holds. Whoever stops when it reaches `1 / alpha`
//! raises a false alarm with a chance of at most `alpha`, however often they look.

use serde::{Deserialize, Serialize};
use statrs::function::beta::{beta_reg, ln_beta};

use super::{Interval, StatisticsError};

/// How many rates the wager is spread over, and by what factor each lies above the one before.
const WAGERS: usize = 24;
const STEP: f64 = 1.25;
/// More evidence than this says no more, and is a number in every notation.
const MOST: f64 = 1e300;

/// Whether one error rate is more than a tolerated multiple of another, as it stands after some rounds. Assumes
/// that errors come independently (Poisson); rates may rise and fall as long as both do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RateRatio {
    /// The hypothesis is that the first rate is at most so many times the second.
    pub tolerated: f64,
    /// The logarithm of what each wager has become; none before the first round.
    pub wagers: Vec<f64>,
    /// What the wagers have become on average; one at the beginning.
    pub evidence: f64,
    /// The highest that the evidence was: one over it is a p-value that holds at any time.
    pub highest: f64,
}

impl RateRatio {
    pub fn new(tolerated: f64) -> Self {
        Self { tolerated, wagers: Vec::new(), evidence: 1.0, highest: 1.0 }
    }

    /// A p-value that holds at any time.
    pub fn p(&self) -> f64 {
        1.0 / self.highest
    }
}

/// The test after one more round: the errors of both, and the traffic of both in the same measure. The shares of
/// traffic may change from round to round.
pub fn rate_ratio(
    before: &RateRatio,
    errors: (u64, u64),
    traffic: (f64, f64),
) -> Result<RateRatio, StatisticsError> {
    let mut test = resumed(before)?;
    if !(traffic.0 >= 0.0 && traffic.1 >= 0.0 && (traffic.0 + traffic.1).is_finite()) {
        return Err(StatisticsError::BadCount);
    }
    if traffic.0 == 0.0 || traffic.1 == 0.0 {
        // With one of them idle, errors say nothing of the two together.
        return Ok(test);
    }
    let odds = test.tolerated * traffic.0 / traffic.1;
    for (position, wager) in test.wagers.iter_mut().enumerate() {
        let factor = STEP.powi(position as i32 + 1);
        // An error is the first's with the chance odds / (1 + odds).
        let other = ((1.0 + odds) / (1.0 + factor * odds)).ln();
        *wager += errors.0 as f64 * (factor.ln() + other) + errors.1 as f64 * other;
    }
    test.evidence = average(&test.wagers);
    test.highest = test.highest.max(test.evidence);
    Ok(test)
}

/// A test as it was left, whoever kept it meanwhile.
fn resumed(test: &RateRatio) -> Result<RateRatio, StatisticsError> {
    let RateRatio { tolerated, evidence, highest, .. } = *test;
    if !(tolerated > 0.0 && tolerated.is_finite()) {
        return Err(StatisticsError::TooSmall { what: "tolerated ratio", value: tolerated, least: 0.0 });
    }
    let wagers = if test.wagers.is_empty() { vec![0.0; WAGERS] } else { test.wagers.clone() };
    let is_whole = wagers.len() == WAGERS && wagers.iter().all(|wager| wager.is_finite());
    if !(is_whole && (1.0..=MOST).contains(&highest) && evidence >= 0.0) {
        return Err(StatisticsError::BadTest);
    }
    Ok(RateRatio { tolerated, wagers, evidence, highest })
}

fn average(wagers: &[f64]) -> f64 {
    let most = wagers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = wagers.iter().map(|wager| (wager - most).exp()).sum();
    (most + (sum / wagers.len() as f64).ln()).exp().min(MOST)
}

/// The evidence that the chance of an error is above a limit, after so many errors of so many. It is the
/// wager on all chances above the limit alike, so it may be computed anew after every event.
pub fn ratio_evidence(errors: u64, total: u64, limit: f64) -> Result<f64, StatisticsError> {
    if !(limit > 0.0 && limit < 1.0) {
        return Err(StatisticsError::NotAShare { what: "limit", value: limit });
    }
    if errors > total {
        return Err(StatisticsError::BadCount);
    }
    let (hits, misses) = (errors as f64, (total - errors) as f64);
    let above = beta_reg(misses + 1.0, hits + 1.0, 1.0 - limit);
    if above == 0.0 {
        return Ok(0.0);
    }
    let likelihood = hits * limit.ln() + misses * (-limit).ln_1p();
    Ok((ln_beta(hits + 1.0, misses + 1.0) + above.ln() - (1.0 - limit).ln() - likelihood).exp().min(MOST))
}

/// An interval for a mean that holds at all times together, of the values so far. It is narrowest when there
/// are `planned` of them. Exact for values with the variance given that are normal, or that stray no further
/// than such; with the variance estimated from many values it holds nearly.
pub fn confidence_sequence(
    count: u64,
    mean: f64,
    variance: f64,
    planned: u64,
    confidence: f64,
) -> Result<Interval, StatisticsError> {
    super::tail(confidence)?;
    if count == 0 || planned == 0 {
        return Err(StatisticsError::NoEvents);
    }
    if !(mean.is_finite() && variance.is_finite() && variance >= 0.0) {
        return Err(StatisticsError::NotFinite);
    }
    let alpha = 1.0 - confidence;
    let doubled = -2.0 * alpha.ln();
    let tuned = (doubled + (doubled + 1.0).ln()) / planned as f64;
    let spread = count as f64 * tuned + 1.0;
    let reach = (2.0 * spread / (count as f64 * count as f64 * tuned) * (spread.sqrt() / alpha).ln()).sqrt();
    let reach = reach * variance.sqrt();
    Ok(Interval { low: mean - reach, high: mean + reach })
}
