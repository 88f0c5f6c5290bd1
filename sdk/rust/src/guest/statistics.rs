//! The host's comparisons, as [`crate::statistics`] calls them in a component.

use super::bindings::statistics as host;
use crate::statistics::{
    Alternative, Buckets, Interval, MeanTest, Proportions, QuantileComparison, RankTest, RateRatio, Share,
};

pub fn mann_whitney(
    first: &[f64],
    second: &[f64],
    alternative: Alternative,
    confidence: f64,
) -> Result<RankTest, String> {
    let test = host::mann_whitney(first, second, side(alternative), confidence)?;
    Ok(RankTest { u: test.u, p: test.p, shift: test.shift, interval: interval(test.interval) })
}

pub fn welch(
    first: &[f64],
    second: &[f64],
    alternative: Alternative,
    confidence: f64,
) -> Result<MeanTest, String> {
    let host::MeanTest { t, freedom, p, difference, interval: reach } =
        host::welch(first, second, side(alternative), confidence)?;
    Ok(MeanTest { t, freedom, p, difference, interval: interval(reach) })
}

pub fn fisher(first: Share, second: Share, alternative: Alternative) -> Result<f64, String> {
    host::fisher(share(first), share(second), side(alternative))
}

pub fn two_proportion(
    first: Share,
    second: Share,
    alternative: Alternative,
    confidence: f64,
) -> Result<Proportions, String> {
    let host::Proportions { z, p, difference, interval: reach } =
        host::two_proportion(share(first), share(second), side(alternative), confidence)?;
    Ok(Proportions { z, p, difference, interval: interval(reach) })
}

pub fn wilson(one: Share, confidence: f64) -> Result<Interval, String> {
    host::wilson(share(one), confidence).map(interval)
}

pub fn quantile_interval(one: Buckets<'_>, quantile: f64, confidence: f64) -> Result<Interval, String> {
    host::quantile_interval(&buckets(one), quantile, confidence).map(interval)
}

pub fn compare_quantiles(
    first: Buckets<'_>,
    second: Buckets<'_>,
    quantile: f64,
    confidence: f64,
) -> Result<QuantileComparison, String> {
    let found = host::compare_quantiles(&buckets(first), &buckets(second), quantile, confidence)?;
    let host::QuantileComparison { first, second, ratio } = found;
    Ok(QuantileComparison { first: interval(first), second: interval(second), ratio: interval(ratio) })
}

pub fn rate_ratio(test: &RateRatio, errors: (u64, u64), traffic: (f64, f64)) -> Result<RateRatio, String> {
    let RateRatio { tolerated, wagers, evidence, highest } = test.clone();
    let given = host::SequentialTest { tolerated, wagers, evidence, highest };
    let host::SequentialTest { tolerated, wagers, evidence, highest } =
        host::rate_ratio(&given, errors, traffic)?;
    Ok(RateRatio { tolerated, wagers, evidence, highest })
}

pub use host::{burn_rate, confidence_sequence as sequence, holm, ratio_evidence};

pub fn confidence_sequence(
    count: u64,
    mean: f64,
    variance: f64,
    planned: u64,
    confidence: f64,
) -> Result<Interval, String> {
    sequence(count, mean, variance, planned, confidence).map(interval)
}

fn side(alternative: Alternative) -> host::Alternative {
    match alternative {
        Alternative::Different => host::Alternative::Different,
        Alternative::Less => host::Alternative::Less,
        Alternative::Greater => host::Alternative::Greater,
    }
}

fn share(one: Share) -> host::Share {
    host::Share { hits: one.hits, total: one.total }
}

fn buckets(one: Buckets<'_>) -> host::Buckets {
    host::Buckets { upper: one.upper.to_vec(), counts: one.counts.to_vec() }
}

fn interval(one: host::Interval) -> Interval {
    Interval { low: one.low, high: one.high }
}
