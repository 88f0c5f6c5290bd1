//! Welch's test of two means. Assumes independent values, and so many that their mean is nearly normal; the
//! variances may differ.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{Alternative, Interval, StatisticsError, tail};

/// What is needed of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    pub count: f64,
    pub mean: f64,
    /// Of the sample, by `count - 1`.
    pub variance: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanTest {
    pub t: f64,
    /// Degrees of freedom.
    pub freedom: f64,
    pub p: f64,
    /// By how much the first mean is the greater.
    pub difference: f64,
    pub interval: Interval,
}

impl Moments {
    pub fn of(values: &[f64]) -> Result<Self, StatisticsError> {
        if values.len() < 2 {
            return Err(StatisticsError::TooFew { needed: 2, found: values.len() });
        }
        if !values.iter().all(|value| value.is_finite()) {
            return Err(StatisticsError::NotFinite);
        }
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
        let variance = squares / (count - 1.0);
        if !(mean.is_finite() && variance.is_finite()) {
            return Err(StatisticsError::NotFinite);
        }
        Ok(Self { count, mean, variance })
    }
}

pub fn welch(
    first: &Moments,
    second: &Moments,
    alternative: Alternative,
    confidence: f64,
) -> Result<MeanTest, StatisticsError> {
    let tail = tail(confidence)?;
    let parts = [first, second].map(|moments| moments.variance / moments.count);
    let sum = parts[0] + parts[1];
    if sum.is_nan() || sum <= 0.0 {
        return Err(StatisticsError::NoVariation);
    }
    let freedom =
        sum * sum / (parts[0] * parts[0] / (first.count - 1.0) + parts[1] * parts[1] / (second.count - 1.0));
    let difference = first.mean - second.mean;
    let t = difference / sum.sqrt();
    let student = StudentsT::new(0.0, 1.0, freedom).map_err(|_| StatisticsError::NotFinite)?;
    let p = match alternative {
        Alternative::Greater => student.sf(t),
        Alternative::Less => student.cdf(t),
        Alternative::Different => (2.0 * student.sf(t.abs())).min(1.0),
    };
    let reach = -student.inverse_cdf(tail) * sum.sqrt();
    let interval = Interval { low: difference - reach, high: difference + reach };
    Ok(MeanTest { t, freedom, p, difference, interval })
}
