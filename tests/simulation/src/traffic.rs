//! Traffic of candidate and stable, minute by minute: requests, errors, slow ones, and the 95th percentile.

use crate::random::Random;
use crate::scenario::Scenario;

/// The share of errors where nothing is wrong.
pub const ERRORS: f64 = 0.01;
/// Requests of stable for each of the candidate, which has a tenth of the traffic.
const STABLE: f64 = 9.0;
/// Durations are log-normal: this is their median in seconds, and the deviation of their logarithm.
const MEDIAN: f64 = 0.1;
const SPREAD: f64 = 0.6;
/// What takes longer is slow, in seconds: a bucket's bound.
pub const SLOW: f64 = 0.25;

/// One minute of one revision.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Minute {
    pub requests: f64,
    pub errors: f64,
    pub slow: f64,
    /// In seconds.
    pub p95: f64,
}

/// One revision, and how it strays.
#[derive(Debug, Clone)]
pub struct Arm {
    rate: f64,
    errors: f64,
    latency: f64,
    /// How much it strays from minute to minute, as a logarithm, and where it is.
    strays: f64,
    at: f64,
    pub minutes: Vec<Minute>,
}

/// Both revisions.
#[derive(Debug, Clone)]
pub struct Traffic {
    random: Random,
    pub candidate: Arm,
    pub stable: Arm,
}

impl Traffic {
    pub fn new(scenario: &Scenario, seed: u64) -> Self {
        let mut random = Random::new(seed);
        // A pod on a slower machine: it is drawn once, and stays.
        let bias = (scenario.bias * random.normal()).exp();
        let arm = |rate, errors, latency| {
            let (strays, at, minutes) = (scenario.strays, 0.0, Vec::new());
            Arm { rate, errors, latency, strays, at, minutes }
        };
        let candidate = arm(scenario.rate, ERRORS * scenario.errors * bias, scenario.latency * bias);
        let stable = arm(scenario.rate * STABLE, ERRORS, 1.0);
        Self { random, candidate, stable }
    }

    pub fn minute(&mut self) {
        for arm in [&mut self.candidate, &mut self.stable] {
            arm.minute(&mut self.random);
        }
    }
}

impl Arm {
    fn minute(&mut self, random: &mut Random) {
        const KEPT: f64 = 0.8;
        self.at = KEPT * self.at + (1.0 - KEPT * KEPT).sqrt() * self.strays * random.normal();
        let stray = self.at.exp();
        let requests = random.poisson(self.rate);
        let errors = random.binomial(requests, (self.errors * stray).min(1.0));
        let median = MEDIAN * self.latency * stray;
        let slow = random.binomial(requests, above((SLOW / median).ln() / SPREAD));
        // The error of a percentile of so many requests, by the density there.
        let error = (0.05 * 0.95 / requests.max(1.0)).sqrt() / 0.103;
        let p95 = median * (SPREAD * (1.645 + error * random.normal())).exp();
        self.minutes.push(Minute { requests, errors, slow, p95 });
    }

    /// Of the last minutes.
    pub fn last(&self, minutes: usize) -> &[Minute] {
        &self.minutes[self.minutes.len().saturating_sub(minutes)..]
    }

    /// Of all minutes, as a counter has it.
    pub fn counted(&self, what: fn(&Minute) -> f64) -> f64 {
        self.minutes.iter().map(what).sum()
    }
}

/// How likely a normal value is above one, to three digits (Abramowitz and Stegun 26.2.17).
fn above(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let series = [0.319_381_53, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let sum = series.iter().rev().fold(0.0, |sum, one| (sum + one) * t);
    let tail = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * sum;
    if z > 0.0 { tail } else { 1.0 - tail }
}
