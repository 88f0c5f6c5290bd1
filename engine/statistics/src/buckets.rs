//! Quantiles of histograms, compared without resampling: which ranks a quantile may have follows from the
//! binomial distribution, and which values they have from the buckets. Exact up to the width of the buckets,
//! within which values may lie anywhere; an interval takes them whole.

use statrs::function::beta::beta_reg;

use super::{Interval, StatisticsError};

/// What each bucket counted, and where it ends; the last ends at infinity.
#[derive(Debug, Clone, Copy)]
pub struct Buckets<'a> {
    pub upper: &'a [f64],
    /// Not cumulative.
    pub counts: &'a [u64],
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuantileComparison {
    /// Where the quantiles are, together with the confidence that was asked for.
    pub first: Interval,
    pub second: Interval,
    /// Of the first over the second. Where it does not reach down to one, the first is the greater.
    pub ratio: Interval,
}

/// Compares a quantile of two histograms with the same buckets.
pub fn compare_quantiles(
    first: Buckets<'_>,
    second: Buckets<'_>,
    quantile: f64,
    confidence: f64,
) -> Result<QuantileComparison, StatisticsError> {
    if first.upper != second.upper {
        return Err(StatisticsError::BadBuckets);
    }
    // Both hold at once as often as was asked when each is missed half as often.
    let each = f64::midpoint(1.0, confidence);
    let (a, b) = (quantile_interval(first, quantile, each)?, quantile_interval(second, quantile, each)?);
    let ratio = Interval { low: ratio(a.low, b.high), high: ratio(a.high, b.low) };
    Ok(QuantileComparison { first: a, second: b, ratio })
}

/// Where a quantile is with a confidence.
pub fn quantile_interval(
    buckets: Buckets<'_>,
    quantile: f64,
    confidence: f64,
) -> Result<Interval, StatisticsError> {
    if !(quantile > 0.0 && quantile < 1.0) {
        return Err(StatisticsError::NotAShare { what: "quantile", value: quantile });
    }
    let tail = super::tail(confidence)?;
    let is_ascending = buckets.upper.windows(2).all(|two| matches!(two, [a, b] if a < b));
    if buckets.upper.len() != buckets.counts.len()
        || buckets.upper.last() != Some(&f64::INFINITY)
        || !is_ascending
    {
        return Err(StatisticsError::BadBuckets);
    }
    let total = buckets.counts.iter().fold(0u64, |sum, count| sum.saturating_add(*count));
    if total == 0 {
        return Err(StatisticsError::NoEvents);
    }
    // The number of observations below the quantile is binomial. Ranks count from one.
    let low = binomial_quantile(total, quantile, tail);
    let high = binomial_quantile(total, quantile, 1.0 - tail).saturating_add(1);
    Ok(Interval {
        low: if low == 0 { bounds_at(buckets, 1).0 } else { bounds_at(buckets, low).0 },
        high: if high > total { f64::INFINITY } else { bounds_at(buckets, high).1 },
    })
}

/// The bounds of the bucket that has the observation of a rank.
fn bounds_at(buckets: Buckets<'_>, rank: u64) -> (f64, f64) {
    let mut lower =
        if buckets.upper.first().is_some_and(|upper| *upper > 0.0) { 0.0 } else { f64::NEG_INFINITY };
    let mut counted = 0u64;
    for (upper, count) in buckets.upper.iter().zip(buckets.counts) {
        counted = counted.saturating_add(*count);
        if counted >= rank {
            return (lower, *upper);
        }
        lower = *upper;
    }
    (lower, f64::INFINITY)
}

/// The least number that is reached with at least this probability.
fn binomial_quantile(total: u64, chance: f64, probability: f64) -> u64 {
    let at_most = |hits: u64| {
        if hits >= total { 1.0 } else { beta_reg((total - hits) as f64, hits as f64 + 1.0, 1.0 - chance) }
    };
    let (mut below, mut found) = (0u64, total);
    while below < found {
        let middle = below + (found - below) / 2;
        if at_most(middle) >= probability {
            found = middle;
        } else {
            below = middle + 1;
        }
    }
    found
}

fn ratio(a: f64, b: f64) -> f64 {
    match (a, b) {
        (_, b) if b.is_infinite() => 0.0,
        (0.0, 0.0) => 0.0,
        (_, 0.0) => f64::INFINITY,
        (a, b) => a / b,
    }
}
