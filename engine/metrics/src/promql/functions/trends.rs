//! Lines and curves through samples: `deriv`, `predict_linear`, `double_exponential_smoothing`.

use crate::numeric::regression;
use crate::promql::PromqlError;
use crate::promql::value::Window;

/// The slope per second of the line through the samples.
pub fn deriv(window: &Window<'_>) -> Option<f64> {
    if window.at.len() < 2 {
        return None;
    }
    Some(regression(&window.at, &window.value, *window.at.first()?).0)
}

/// Where the line through the samples will be in so many seconds.
pub fn predict_linear(window: &Window<'_>, scalars: &[f64]) -> Result<Option<f64>, PromqlError> {
    let Some(ahead) = scalars.first().filter(|_| window.at.len() >= 2) else { return Ok(None) };
    let (slope, intercept) = regression(&window.at, &window.value, window.now);
    Ok(Some(slope * ahead + intercept))
}

pub fn double_exponential_smoothing(
    window: &Window<'_>,
    scalars: &[f64],
) -> Result<Option<f64>, PromqlError> {
    let &[smoothing, trend] = scalars else { return Ok(None) };
    for factor in [smoothing, trend] {
        if !(factor > 0.0 && factor < 1.0) {
            return Err(PromqlError::BadParameter(format!("the factor `{factor}` is not between 0 and 1")));
        }
    }
    let &[first, second, ..] = window.value.as_ref() else { return Ok(None) };
    let (mut before, mut level, mut slope) = (0.0, first, second - first);
    for (index, value) in window.value.iter().skip(1).enumerate() {
        if index > 0 {
            slope = trend * (level - before) + (1.0 - trend) * slope;
        }
        let next = smoothing * value + (1.0 - smoothing) * (level + slope);
        before = level;
        level = next;
    }
    Ok(Some(level))
}
