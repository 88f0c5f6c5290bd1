//! Two shares of events: Fisher's exact test, and that of two proportions with Newcombe's interval. Assume
//! independent events with one chance each.

use super::{Alternative, Interval, StatisticsError, normal_p, normal_reach};

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub hits: u64,
    pub total: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proportions {
    pub z: f64,
    pub p: f64,
    /// By how much the first share is the greater.
    pub difference: f64,
    pub interval: Interval,
}

/// A table may be less likely than the one at hand by rounding alone.
const ROUNDING: f64 = 1e-7;
/// The tables that are looked at grow as the root of the events: here they take some megabytes.
const MOST_EXACT: u64 = 1 << 28;

/// The probability of a table as remarkable as this one, when both have the same chance.
pub fn fisher(first: Share, second: Share, alternative: Alternative) -> Result<f64, StatisticsError> {
    check(first)?;
    check(second)?;
    let total = first.total + second.total;
    if total > MOST_EXACT {
        return Err(StatisticsError::TooManyEvents { total, limit: MOST_EXACT });
    }
    let hits = first.hits + second.hits;
    let lowest = hits.saturating_sub(second.total);
    let highest = hits.min(first.total);
    let weights = hypergeometric(first.total, second.total, hits, (lowest, highest));
    let all: f64 = weights.iter().map(|(_, weight)| weight).sum();
    let own = weights.iter().find(|(at, _)| *at == first.hits).map_or(0.0, |(_, weight)| *weight);
    let as_remarkable = |(at, weight): &&(u64, f64)| match alternative {
        Alternative::Greater => *at >= first.hits,
        Alternative::Less => *at <= first.hits,
        Alternative::Different => *weight <= own * (1.0 + ROUNDING),
    };
    let sum: f64 = weights.iter().filter(as_remarkable).map(|(_, weight)| weight).sum();
    Ok((sum / all).min(1.0))
}

pub fn two_proportion(
    first: Share,
    second: Share,
    alternative: Alternative,
    confidence: f64,
) -> Result<Proportions, StatisticsError> {
    let (low, high) = (wilson(first, confidence)?, wilson(second, confidence)?);
    let (a, b) = (first.ratio(), second.ratio());
    let pooled = (first.hits + second.hits) as f64 / (first.total + second.total) as f64;
    let parts = 1.0 / first.total as f64 + 1.0 / second.total as f64;
    let deviation = (pooled * (1.0 - pooled) * parts).sqrt();
    let difference = a - b;
    let z = if deviation == 0.0 { 0.0 } else { difference / deviation };
    let below = ((a - low.low).powi(2) + (high.high - b).powi(2)).sqrt();
    let above = ((low.high - a).powi(2) + (b - high.low).powi(2)).sqrt();
    let interval = Interval { low: difference - below, high: difference + above };
    Ok(Proportions { z, p: normal_p(z, alternative), difference, interval })
}

/// Wilson's interval of one share.
pub fn wilson(share: Share, confidence: f64) -> Result<Interval, StatisticsError> {
    check(share)?;
    let z = normal_reach(confidence)?;
    let (total, ratio) = (share.total as f64, share.ratio());
    let width = 1.0 + z * z / total;
    let middle = (ratio + z * z / (2.0 * total)) / width;
    let reach = z / width * (ratio * (1.0 - ratio) / total + z * z / (4.0 * total * total)).sqrt();
    Ok(Interval { low: (middle - reach).max(0.0), high: (middle + reach).min(1.0) })
}

impl Share {
    fn ratio(self) -> f64 {
        self.hits as f64 / self.total as f64
    }
}

fn check(share: Share) -> Result<(), StatisticsError> {
    /// Sums of two totals are exact as doubles.
    const MOST: u64 = 1 << 52;
    if share.total == 0 {
        return Err(StatisticsError::NoEvents);
    }
    if share.hits > share.total || share.total > MOST {
        return Err(StatisticsError::BadCount);
    }
    Ok(())
}

/// How likely the first has so many of all hits, up to a common factor. It begins where that is most likely
/// and goes on to both sides, by the ratio of neighbours, until nothing is left to add: so no logarithm of a
/// large factorial takes digits away.
fn hypergeometric(first: u64, second: u64, hits: u64, (lowest, highest): (u64, u64)) -> Vec<(u64, f64)> {
    const NOTHING: f64 = 1e-300;
    let (n, m, k) = (first as f64, second as f64, hits as f64);
    let mode = ((k + 1.0) * (n + 1.0) / (n + m + 2.0)).floor() as u64;
    let mode = mode.clamp(lowest, highest);
    // The weight of one more, over the weight of `at`.
    let rise = |at: u64| {
        let x = at as f64;
        (n - x) * (k - x) / ((x + 1.0) * (m - k + x + 1.0))
    };
    let mut weights = vec![(mode, 1.0)];
    let (mut at, mut weight) = (mode, 1.0);
    while at > lowest && weight > NOTHING {
        at -= 1;
        weight /= rise(at);
        weights.push((at, weight));
    }
    weights.reverse();
    (at, weight) = (mode, 1.0);
    while at < highest && weight > NOTHING {
        weight *= rise(at);
        at += 1;
        weights.push((at, weight));
    }
    weights
}
