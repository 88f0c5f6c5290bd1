//! Summaries of one window: the `*_over_time` functions.

use crate::promql::PromqlError;
use crate::promql::numeric::{self, Compensated};
use crate::promql::value::Window;

pub fn avg(window: &Window<'_>) -> Option<f64> {
    Some(numeric::mean(values(window)))
}

pub fn count(window: &Window<'_>) -> Option<f64> {
    Some(window.value.len() as f64)
}

pub fn first(window: &Window<'_>) -> Option<f64> {
    window.value.first().copied()
}

pub fn last(window: &Window<'_>) -> Option<f64> {
    window.value.last().copied()
}

/// The median of the distances from the median; NaN when any value is.
pub fn mad(window: &Window<'_>) -> Option<f64> {
    if values(window).any(f64::is_nan) {
        return Some(f64::NAN);
    }
    let median = numeric::quantile(0.5, window.value.to_vec());
    Some(numeric::quantile(0.5, values(window).map(|value| (value - median).abs()).collect()))
}

pub fn max(window: &Window<'_>) -> Option<f64> {
    Some(extreme(window, |value, best| value > best)?.1)
}

pub fn min(window: &Window<'_>) -> Option<f64> {
    Some(extreme(window, |value, best| value < best)?.1)
}

pub fn present(_: &Window<'_>) -> Option<f64> {
    Some(1.0)
}

pub fn quantile(window: &Window<'_>, scalars: &[f64]) -> Result<Option<f64>, PromqlError> {
    Ok(scalars.first().map(|phi| numeric::quantile(*phi, window.value.to_vec())))
}

pub fn stddev(window: &Window<'_>) -> Option<f64> {
    Some(numeric::variance(values(window)).sqrt())
}

pub fn stdvar(window: &Window<'_>) -> Option<f64> {
    Some(numeric::variance(values(window)))
}

pub fn sum(window: &Window<'_>) -> Option<f64> {
    Some(Compensated::of(values(window)))
}

pub fn ts_of_first(window: &Window<'_>) -> Option<f64> {
    window.at.first().map(|at| seconds(*at))
}

pub fn ts_of_last(window: &Window<'_>) -> Option<f64> {
    window.at.last().map(|at| seconds(*at))
}

/// The last time at which the greatest value was seen.
pub fn ts_of_max(window: &Window<'_>) -> Option<f64> {
    Some(seconds(extreme(window, |value, best| value >= best)?.0))
}

pub fn ts_of_min(window: &Window<'_>) -> Option<f64> {
    Some(seconds(extreme(window, |value, best| value <= best)?.0))
}

/// NaN only when there is nothing else.
fn extreme(window: &Window<'_>, better: fn(f64, f64) -> bool) -> Option<(i64, f64)> {
    window.samples().reduce(|best, next| if best.1.is_nan() || better(next.1, best.1) { next } else { best })
}

fn values(window: &Window<'_>) -> impl Iterator<Item = f64> {
    window.value.iter().copied()
}

fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}
