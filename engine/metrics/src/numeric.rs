//! Sums, means, variances and quantiles, with the same rounding as Prometheus: compensated sums
//! (Neumaier), and means that survive a sum too large for a double.

/// A sum and what rounding took from it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Compensated {
    sum: f64,
    lost: f64,
}

impl Compensated {
    pub fn of(values: impl IntoIterator<Item = f64>) -> f64 {
        let mut sum = Self::default();
        for value in values {
            sum.add(value);
        }
        sum.total()
    }

    pub fn add(&mut self, value: f64) {
        let next = self.sum + value;
        self.lost = if next.is_infinite() {
            0.0
        } else if self.sum.abs() >= value.abs() {
            self.lost + ((self.sum - next) + value)
        } else {
            self.lost + ((value - next) + self.sum)
        };
        self.sum = next;
    }

    pub fn total(self) -> f64 {
        self.sum + self.lost
    }

    fn scaled(self, factor: f64) -> Self {
        Self { sum: self.sum * factor, lost: self.lost * factor }
    }
}

/// The mean; NaN of nothing.
pub fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values = values.into_iter();
    let Some(first) = values.next() else { return f64::NAN };
    let mut state = Compensated { sum: first, lost: 0.0 };
    let mut count = 1.0;
    let mut incremental = false;
    for value in values {
        count += 1.0;
        if !incremental {
            let mut next = state;
            next.add(value);
            if !next.sum.is_infinite() {
                state = next;
                continue;
            }
            incremental = true;
            state = Compensated { sum: state.sum / (count - 1.0), lost: state.lost / (count - 1.0) };
        }
        state = state.scaled((count - 1.0) / count);
        state.add(value / count);
    }
    if incremental { state.total() } else { state.sum / count + state.lost / count }
}

/// The population variance, by Welford's method; NaN of nothing.
pub fn variance(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut count, mut mean, mut squares) = (0.0, Compensated::default(), Compensated::default());
    for value in values {
        count += 1.0;
        let delta = value - mean.total();
        mean.add(delta / count);
        squares.add(delta * (value - mean.total()));
    }
    squares.total() / count
}

/// The quantile by linear interpolation between the closest ranks. NaN counts as the least value.
pub fn quantile(phi: f64, mut values: Vec<f64>) -> f64 {
    if values.is_empty() || phi.is_nan() {
        return f64::NAN;
    }
    if !(0.0..=1.0).contains(&phi) {
        return if phi < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    values.sort_by(ascending);
    let last = values.len() - 1;
    let rank = phi * last as f64;
    let lower = (rank.floor() as usize).min(last);
    let weight = rank - rank.floor();
    values[lower] * (1.0 - weight) + values[(lower + 1).min(last)] * weight
}

/// Ascending, NaN first.
pub fn ascending(a: &f64, b: &f64) -> std::cmp::Ordering {
    match (a.is_nan(), b.is_nan()) {
        (false, false) => a.total_cmp(b),
        (a, b) => b.cmp(&a),
    }
}

/// Slope and value at `origin` of the least squares line, with times in seconds.
pub fn regression(at: &[i64], value: &[f64], origin: i64) -> (f64, f64) {
    let Some(first) = value.first() else { return (f64::NAN, f64::NAN) };
    if value.iter().all(|value| value == first) {
        return if first.is_infinite() { (f64::NAN, f64::NAN) } else { (0.0, *first) };
    }
    let count = value.len() as f64;
    let seconds = || at.iter().map(|at| (at - origin) as f64 / 1000.0);
    let pairs = || seconds().zip(value.iter().copied());
    let sum_x = Compensated::of(seconds());
    let sum_y = Compensated::of(value.iter().copied());
    let covariance = Compensated::of(pairs().map(|(x, y)| x * y)) - sum_x * sum_y / count;
    let spread = Compensated::of(seconds().map(|x| x * x)) - sum_x * sum_x / count;
    let slope = covariance / spread;
    (slope, sum_y / count - slope * sum_x / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_survive_overflow_and_infinities() {
        assert!((mean([f64::MAX, f64::MAX, f64::MAX]) / f64::MAX - 1.0).abs() < 1e-15);
        assert_eq!(mean([1.0, f64::INFINITY, 2.0]), f64::INFINITY);
        assert!(mean([f64::INFINITY, f64::NEG_INFINITY]).is_nan());
        assert_eq!(mean([1e100, 1.0, -1e100]), 1.0 / 3.0);
        assert!(mean([]).is_nan());
    }

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(0.5, vec![4.0, 1.0, 2.0]), 2.0);
        assert_eq!(quantile(0.25, vec![0.0, 1.0]), 0.25);
        assert_eq!(quantile(-0.1, vec![1.0]), f64::NEG_INFINITY);
        assert_eq!(quantile(1.1, vec![1.0]), f64::INFINITY);
        assert!(quantile(f64::NAN, vec![1.0]).is_nan());
    }

    #[test]
    fn regression_finds_the_line() {
        assert_eq!(regression(&[0, 1000, 2000], &[1.0, 3.0, 5.0], 0), (2.0, 1.0));
        assert_eq!(regression(&[0, 1000], &[4.0, 4.0], 500), (0.0, 4.0));
    }
}
