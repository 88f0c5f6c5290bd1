//! Tests and estimates that compare a candidate with a baseline. Deterministic: the same numbers give the same
//! answer on any machine.
//!
//! | to compare | use |
//! |---|---|
//! | two sets of measurements, of any shape | `mann_whitney`, with the shift between them |
//! | two means | `welch` |
//! | two shares, of few events | `fisher` |
//! | two shares, of many events | `two_proportion` |
//! | quantiles of two histograms, without resampling | `compare_quantiles` |
//! | two error rates, looked at as often as one likes | `rate_ratio` |
//! | an error ratio with a fixed limit, looked at as often as one likes | `ratio_evidence` |
//! | a mean that is followed over time | `confidence_sequence` |
//! | an error budget | `burn_rate` |
//!
//! The first five hold for one look at data whose amount was settled before; looked at again and again they
//! cry wolf. The sequential ones may be looked at after every event. Several tests at once need `holm`.
//! Plugins reach all of them, by the contract's interface `statistics`.

mod buckets;
mod burn;
mod counts;
mod error;
mod means;
mod ranks;
mod sequential;
mod several;

#[cfg(test)]
mod tests;

pub use buckets::{Buckets, QuantileComparison, compare_quantiles, quantile_interval};
pub use burn::{Burn, BurnRule, burn_rate};
pub use counts::{Proportions, Share, fisher, two_proportion, wilson};
pub use error::StatisticsError;
pub use means::{MeanTest, Moments, welch};
pub use ranks::{RankTest, mann_whitney};
pub use sequential::{RateRatio, confidence_sequence, rate_ratio, ratio_evidence};
pub use several::holm;

use statrs::distribution::{ContinuousCDF, Normal};

/// What would be remarkable of the first against the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alternative {
    Different,
    Less,
    Greater,
}

/// Both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// The probability of something as far out as `z`, to the side of the alternative.
fn normal_p(z: f64, alternative: Alternative) -> f64 {
    let normal = Normal::standard();
    match alternative {
        Alternative::Greater => normal.sf(z),
        Alternative::Less => normal.cdf(z),
        Alternative::Different => (2.0 * normal.sf(z.abs())).min(1.0),
    }
}

/// How many standard deviations a two-sided confidence reaches to either side.
fn normal_reach(confidence: f64) -> Result<f64, StatisticsError> {
    Ok(-Normal::standard().inverse_cdf(tail(confidence)?))
}

/// What a two-sided confidence leaves out on one side.
fn tail(confidence: f64) -> Result<f64, StatisticsError> {
    if confidence > 0.0 && confidence < 1.0 {
        Ok((1.0 - confidence) / 2.0)
    } else {
        Err(StatisticsError::NotAShare { what: "confidence", value: confidence })
    }
}
