//! Summaries of one window: the `*_over_time` functions.

use super::Outcome;
use crate::histogram::NativeHistogram;
use crate::numeric::{self, Compensated};
use crate::promql::PromqlError;
use crate::promql::value::{Point, Window};

pub fn avg(window: &Window<'_>) -> Outcome {
    if window.histograms.is_empty() {
        return number(numeric::mean(values(window)));
    }
    total(window).map(|sum| sum.map(|sum| sum.divided(window.len() as f64).into()))
}

pub fn count(window: &Window<'_>) -> Outcome {
    number(window.len() as f64)
}

pub fn first(window: &Window<'_>) -> Outcome {
    Ok(window.points().into_iter().next().map(|(_, point)| point))
}

pub fn last(window: &Window<'_>) -> Outcome {
    Ok(window.points().pop().map(|(_, point)| point))
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

pub fn present(_: &Window<'_>) -> Outcome {
    number(1.0)
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

pub fn sum(window: &Window<'_>) -> Outcome {
    if window.histograms.is_empty() {
        return number(Compensated::of(values(window)));
    }
    total(window).map(|sum| sum.map(Point::from))
}

pub fn ts_of_first(window: &Window<'_>) -> Outcome {
    let first = window.at.first().into_iter().chain(window.histograms.first().map(|(at, _)| at)).min();
    Ok(first.map(|at| Point::Float(seconds(*at))))
}

pub fn ts_of_last(window: &Window<'_>) -> Outcome {
    let last = window.at.last().into_iter().chain(window.histograms.last().map(|(at, _)| at)).max();
    Ok(last.map(|at| Point::Float(seconds(*at))))
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

/// The sum of a window of histograms.
fn total(window: &Window<'_>) -> Result<Option<NativeHistogram>, &'static str> {
    if window.is_mixed() {
        return Err("numbers and histograms can not be added");
    }
    let sum = NativeHistogram::sum(window.histograms.iter().map(|(_, histogram)| histogram.as_ref()));
    sum.map(Some).ok_or("histograms with exponential and with custom buckets can not be added")
}

fn number(value: f64) -> Outcome {
    Ok(Some(Point::Float(value)))
}

fn values(window: &Window<'_>) -> impl Iterator<Item = f64> {
    window.value.iter().copied()
}

fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}
