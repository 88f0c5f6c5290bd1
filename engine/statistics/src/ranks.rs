//! Mann-Whitney's U, with Hodges and Lehmann's estimate of the shift. Assumes independent values and nothing
//! of their distribution; ties are allowed for.

use super::{Alternative, Interval, StatisticsError, normal_p, normal_reach};

/// The estimate looks at all pairs, and they are kept to be sorted: 32 MB at most.
const MAX_PAIRS: usize = 4_000_000;
/// Up to this size of the smaller sample the exact distribution is used, where there are no ties.
const EXACT_SIZE: usize = 8;
/// And up to this many pairs, as the distribution has as many values.
const EXACT_PAIRS: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankTest {
    /// In how many pairs the first sample's value is the greater; ties count half.
    pub u: f64,
    pub p: f64,
    /// How much the first sample lies above the second: the median of all differences.
    pub shift: f64,
    /// Of the shift; infinite where there are too few values for the confidence.
    pub interval: Interval,
}

pub fn mann_whitney(
    first: &[f64],
    second: &[f64],
    alternative: Alternative,
    confidence: f64,
) -> Result<RankTest, StatisticsError> {
    let found = first.len().min(second.len());
    if found == 0 {
        return Err(StatisticsError::TooFew { needed: 1, found });
    }
    if !first.iter().chain(second).all(|value| value.is_finite()) {
        return Err(StatisticsError::NotFinite);
    }
    let pairs = first.len().saturating_mul(second.len());
    if pairs > MAX_PAIRS {
        return Err(StatisticsError::TooMany { pairs, limit: MAX_PAIRS });
    }
    let reach = normal_reach(confidence)?;
    let (u, ties) = rank(first, second);
    let p = if ties == 0.0 && found <= EXACT_SIZE && pairs <= EXACT_PAIRS {
        exact_p(u, first.len(), second.len(), alternative)
    } else {
        asymptotic_p(u, (first.len() as f64, second.len() as f64), ties, alternative)
    };
    let (shift, interval) = shift(first, second, reach);
    Ok(RankTest { u, p, shift, interval })
}

/// U, and the sum of `t³ - t` over the groups of equal values.
fn rank(first: &[f64], second: &[f64]) -> (f64, f64) {
    let own = first.iter().map(|value| (*value, true));
    let mut all: Vec<(f64, bool)> = own.chain(second.iter().map(|value| (*value, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut rank_sum, mut ties, mut before) = (0.0, 0.0, 0.0);
    // Zero and minus zero are equal, though `total_cmp` tells them apart.
    for group in all.chunk_by(|a, b| a.0 == b.0) {
        let size = group.len() as f64;
        let own = group.iter().filter(|(_, is_first)| *is_first).count() as f64;
        rank_sum += own * (before + (size + 1.0) / 2.0);
        ties += size * size * size - size;
        before += size;
    }
    let count = first.len() as f64;
    (rank_sum - count * (count + 1.0) / 2.0, ties)
}

/// By the normal distribution, corrected for ties and for continuity.
fn asymptotic_p(u: f64, (n, m): (f64, f64), ties: f64, alternative: Alternative) -> f64 {
    let all = n + m;
    let deviation = (n * m / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)))).sqrt();
    let distance = match alternative {
        Alternative::Greater => u - n * m / 2.0,
        Alternative::Less => n * m / 2.0 - u,
        Alternative::Different => (u - n * m / 2.0).abs(),
    };
    let z = (distance - 0.5) / deviation;
    // With all values equal there is no deviation, and nothing remarkable.
    let above = if z.is_nan() || deviation == 0.0 { 1.0 } else { normal_p(z, Alternative::Greater) };
    if alternative == Alternative::Different { (2.0 * above).min(1.0) } else { above }
}

fn exact_p(u: f64, n: usize, m: usize, alternative: Alternative) -> f64 {
    let counts = arrangements(n, m);
    let all: f64 = counts.iter().sum();
    let highest = (n * m) as f64;
    let at_least = |u: f64| counts.iter().skip(u as usize).sum::<f64>() / all;
    match alternative {
        Alternative::Greater => at_least(u),
        Alternative::Less => at_least(highest - u),
        Alternative::Different => (2.0 * at_least(u.max(highest - u))).min(1.0),
    }
}

/// In how many arrangements of the two samples U has each of its values: the coefficients of the Gaussian
/// binomial, as a product of polynomials.
fn arrangements(n: usize, m: usize) -> Vec<f64> {
    let (small, large) = (n.min(m), n.max(m));
    let mut counts = vec![0.0; n * m + 1];
    counts[0] = 1.0;
    for step in 1..=small {
        for at in (large + step..counts.len()).rev() {
            counts[at] -= counts[at - large - step];
        }
        for at in step..counts.len() {
            counts[at] += counts[at - step];
        }
    }
    counts
}

fn shift(first: &[f64], second: &[f64], reach: f64) -> (f64, Interval) {
    let mut differences: Vec<f64> =
        first.iter().flat_map(|one| second.iter().map(move |other| one - other)).collect();
    differences.sort_by(f64::total_cmp);
    let (n, m) = (first.len() as f64, second.len() as f64);
    let place = (n * m / 2.0 - reach * (n * m * (n + m + 1.0) / 12.0).sqrt()).floor();
    let interval = if place < 1.0 {
        Interval { low: f64::NEG_INFINITY, high: f64::INFINITY }
    } else {
        let place = place as usize;
        Interval { low: differences[place - 1], high: differences[differences.len() - place] }
    };
    let middle = differences.len() / 2;
    let shift = if differences.len() % 2 == 1 {
        differences[middle]
    } else {
        f64::midpoint(differences[middle - 1], differences[middle])
    };
    (shift, interval)
}
