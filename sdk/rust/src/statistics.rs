//! Comparisons of a candidate with a baseline. In a component the host computes them, and the call pays for them
//! from its fuel; in native tests the same code runs directly. What can not be compared is an error in words.
//!
//! [`mann_whitney`], [`welch`], [`fisher`], [`two_proportion`] and [`compare_quantiles`] hold for one look at data
//! whose amount was settled before. [`rate_ratio`], [`ratio_evidence`] and [`confidence_sequence`] may be looked at
//! in every call; keep a [`RateRatio`] in the plugin's state. Several tests at once need [`holm`].

#[cfg(target_arch = "wasm32")]
pub use crate::guest::statistics::{
    burn_rate, compare_quantiles, confidence_sequence, fisher, holm, mann_whitney, quantile_interval,
    rate_ratio, ratio_evidence, two_proportion, welch, wilson,
};
#[cfg(not(target_arch = "wasm32"))]
pub use native::{
    burn_rate, compare_quantiles, confidence_sequence, fisher, holm, mann_whitney, quantile_interval,
    rate_ratio, ratio_evidence, two_proportion, welch, wilson,
};
pub use sluice_statistics::{
    Alternative, Buckets, Interval, MeanTest, Proportions, QuantileComparison, RankTest, RateRatio, Share,
};

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use sluice_statistics::{
        self as statistics, Alternative, Buckets, Interval, MeanTest, Moments, Proportions,
        QuantileComparison, RankTest, RateRatio, Share, StatisticsError,
    };

    fn told<T>(result: Result<T, StatisticsError>) -> Result<T, String> {
        result.map_err(|error| error.to_string())
    }

    pub fn mann_whitney(
        first: &[f64],
        second: &[f64],
        alternative: Alternative,
        confidence: f64,
    ) -> Result<RankTest, String> {
        told(statistics::mann_whitney(first, second, alternative, confidence))
    }

    pub fn welch(
        first: &[f64],
        second: &[f64],
        alternative: Alternative,
        confidence: f64,
    ) -> Result<MeanTest, String> {
        let (first, second) = (told(Moments::of(first))?, told(Moments::of(second))?);
        told(statistics::welch(&first, &second, alternative, confidence))
    }

    pub fn fisher(first: Share, second: Share, alternative: Alternative) -> Result<f64, String> {
        told(statistics::fisher(first, second, alternative))
    }

    pub fn two_proportion(
        first: Share,
        second: Share,
        alternative: Alternative,
        confidence: f64,
    ) -> Result<Proportions, String> {
        told(statistics::two_proportion(first, second, alternative, confidence))
    }

    pub fn wilson(share: Share, confidence: f64) -> Result<Interval, String> {
        told(statistics::wilson(share, confidence))
    }

    pub fn quantile_interval(one: Buckets<'_>, quantile: f64, confidence: f64) -> Result<Interval, String> {
        told(statistics::quantile_interval(one, quantile, confidence))
    }

    pub fn compare_quantiles(
        first: Buckets<'_>,
        second: Buckets<'_>,
        quantile: f64,
        confidence: f64,
    ) -> Result<QuantileComparison, String> {
        told(statistics::compare_quantiles(first, second, quantile, confidence))
    }

    pub fn rate_ratio(
        test: &RateRatio,
        errors: (u64, u64),
        traffic: (f64, f64),
    ) -> Result<RateRatio, String> {
        told(statistics::rate_ratio(test, errors, traffic))
    }

    pub fn ratio_evidence(errors: u64, total: u64, limit: f64) -> Result<f64, String> {
        told(statistics::ratio_evidence(errors, total, limit))
    }

    pub fn confidence_sequence(
        count: u64,
        mean: f64,
        variance: f64,
        planned: u64,
        confidence: f64,
    ) -> Result<Interval, String> {
        told(statistics::confidence_sequence(count, mean, variance, planned, confidence))
    }

    pub fn holm(p: &[f64]) -> Vec<f64> {
        statistics::holm(p)
    }

    pub fn burn_rate(bad: f64, all: f64, objective: f64) -> Result<f64, String> {
        told(statistics::burn_rate((bad, all), objective))
    }
}
