//! Quantiles of classic histograms, from their cumulative buckets.

use std::collections::HashMap;

use super::{argument, vector};
use crate::promql::PromqlError;
use crate::promql::evaluate::Evaluator;
use crate::promql::program::Node;
use crate::promql::value::{Element, Value};
use crate::series::Labels;

/// Up to this, relatively, a difference between buckets is taken for a rounding error.
const TOLERANCE: f64 = 1e-12;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    upper: f64,
    count: f64,
}

pub fn quantile<'s>(
    evaluator: &mut Evaluator<'s>,
    arguments: &'s [Node],
    now: i64,
) -> Result<Value<'s>, PromqlError> {
    let phi = argument(evaluator, arguments, 0, now)?.into_scalar()?;
    let mut histograms: Vec<(Labels, Vec<Bucket>)> = Vec::new();
    let mut index: HashMap<Labels, usize> = HashMap::new();
    for element in vector(evaluator, arguments, 1, now)? {
        let Ok(upper) = element.labels.get("le").parse::<f64>() else { continue };
        let labels = element.labels.filtered(|name| name != "le");
        let at = *index.entry(labels).or_insert_with_key(|labels| {
            histograms.push((labels.clone(), Vec::new()));
            histograms.len() - 1
        });
        histograms[at].1.push(Bucket { upper, count: element.value });
    }
    let one = |(labels, buckets)| Element::new(labels, 0.0).changed(bucket_quantile(phi, buckets));
    Ok(Value::Vector(histograms.into_iter().map(one).collect()))
}

fn bucket_quantile(phi: f64, buckets: Vec<Bucket>) -> f64 {
    if phi.is_nan() {
        return f64::NAN;
    }
    if !(0.0..=1.0).contains(&phi) {
        return if phi < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let buckets = cumulative(buckets);
    let [.., before_last, last] = buckets.as_slice() else { return f64::NAN };
    if last.upper != f64::INFINITY || last.count == 0.0 || last.count.is_nan() {
        return f64::NAN;
    }
    let rank = phi * last.count;
    // The last bucket has no upper end to interpolate to.
    let below = &buckets[..buckets.len() - 1];
    let at = below.partition_point(|bucket| bucket.count < rank);
    let Some(bucket) = below.get(at) else { return before_last.upper };
    let lower = match at.checked_sub(1).and_then(|before| below.get(before)) {
        Some(before) => *before,
        None if bucket.upper <= 0.0 => return bucket.upper,
        None => Bucket { upper: 0.0, count: 0.0 },
    };
    lower.upper + (bucket.upper - lower.upper) * ((rank - lower.count) / (bucket.count - lower.count))
}

/// Sorted, one bucket for each bound, and never falling.
fn cumulative(mut buckets: Vec<Bucket>) -> Vec<Bucket> {
    buckets.sort_by(|a, b| a.upper.total_cmp(&b.upper));
    let mut merged: Vec<Bucket> = Vec::with_capacity(buckets.len());
    for bucket in buckets {
        match merged.last_mut() {
            Some(last) if last.upper == bucket.upper => last.count += bucket.count,
            _ => merged.push(bucket),
        }
    }
    let mut before = merged.first().map_or(0.0, |bucket| bucket.count);
    for bucket in merged.iter_mut().skip(1) {
        if bucket.count < before || almost_equal(before, bucket.count) {
            bucket.count = before;
        }
        before = bucket.count;
    }
    merged
}

fn almost_equal(a: f64, b: f64) -> bool {
    let sum = a.abs() + b.abs();
    let difference = (a - b).abs();
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < TOLERANCE * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < TOLERANCE
}
