//! Quantiles and fractions of histograms: of native ones, and of classic ones from their cumulative
//! buckets.

use std::collections::HashMap;
use std::sync::Arc;

use super::{argument, text, vector};
use crate::exposition::spell;
use crate::histogram::NativeHistogram;
use crate::promql::PromqlError;
use crate::promql::evaluate::Evaluator;
use crate::promql::program::Node;
use crate::promql::value::{Element, Point, Value};
use crate::series::Labels;

/// Up to this, relatively, a difference between buckets is taken for a rounding error.
const TOLERANCE: f64 = 1e-12;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    upper: f64,
    count: f64,
}

/// A histogram of either kind.
enum Either {
    /// Sorted, one bucket for each bound, and never falling.
    Classic(Vec<Bucket>),
    Native(Arc<NativeHistogram>),
}

pub fn quantile<'s>(
    evaluator: &mut Evaluator<'s>,
    arguments: &'s [Node],
    now: i64,
) -> Result<Value<'s>, PromqlError> {
    let phi = argument(evaluator, arguments, 0, now)?.into_scalar()?;
    let histograms = histograms(evaluator, arguments, 1, now)?;
    let one = |(element, histogram): (Element<()>, Either)| element.changed(quantile_of(&histogram, phi));
    Ok(Value::floats(histograms.into_iter().map(one).collect()))
}

/// Several quantiles, each with its own value of a label.
pub fn quantiles<'s>(
    evaluator: &mut Evaluator<'s>,
    arguments: &'s [Node],
    now: i64,
) -> Result<Value<'s>, PromqlError> {
    let label = text(arguments, 1)?;
    if label.is_empty() {
        return Err(PromqlError::BadParameter("the name of a label is empty".into()));
    }
    let phis = (2..arguments.len()).map(|index| argument(evaluator, arguments, index, now)?.into_scalar());
    let phis = phis.collect::<Result<Vec<f64>, _>>()?;
    let histograms = histograms(evaluator, arguments, 0, now)?;
    let mut elements = Vec::with_capacity(histograms.len() * phis.len());
    for (element, histogram) in &histograms {
        for phi in &phis {
            let labels = element.labels.with(&label, &spell(*phi));
            elements.push(Element { labels, value: quantile_of(histogram, *phi), drop_name: true });
        }
    }
    Ok(Value::floats(elements))
}

/// The share of observations between two bounds.
pub fn fraction<'s>(
    evaluator: &mut Evaluator<'s>,
    arguments: &'s [Node],
    now: i64,
) -> Result<Value<'s>, PromqlError> {
    let lower = argument(evaluator, arguments, 0, now)?.into_scalar()?;
    let upper = argument(evaluator, arguments, 1, now)?.into_scalar()?;
    let histograms = histograms(evaluator, arguments, 2, now)?;
    let one = |(element, histogram): (Element<()>, Either)| {
        element.changed(match histogram {
            Either::Native(histogram) => histogram.fraction(lower, upper),
            Either::Classic(buckets) => bucket_fraction(lower, upper, &buckets),
        })
    };
    Ok(Value::floats(histograms.into_iter().map(one).collect()))
}

fn quantile_of(histogram: &Either, phi: f64) -> f64 {
    match histogram {
        Either::Native(histogram) => histogram.quantile(phi),
        Either::Classic(buckets) => bucket_quantile(phi, buckets),
    }
}

/// The native histograms, and the classic ones by the labels other than `le`. A series that is both is left
/// out: there is no telling which is meant.
fn histograms<'s>(
    evaluator: &mut Evaluator<'s>,
    arguments: &'s [Node],
    index: usize,
    now: i64,
) -> Result<Vec<(Element<()>, Either)>, PromqlError> {
    let mut classic: Vec<(Element<()>, Vec<Bucket>)> = Vec::new();
    let mut places: HashMap<Labels, usize> = HashMap::new();
    let mut native = Vec::new();
    for element in vector(evaluator, arguments, index, now)? {
        let Element { labels, value, drop_name } = element;
        let count = match value {
            Point::Float(count) => count,
            Point::Histogram(histogram) => {
                native.push((Element { labels, value: (), drop_name }, Either::Native(histogram)));
                continue;
            }
        };
        let Ok(upper) = labels.get("le").parse::<f64>() else {
            evaluator.note_omission("a bucket has no `le` label that is a number");
            continue;
        };
        let labels = labels.filtered(|name| name != "le");
        let at = *places.entry(labels).or_insert_with_key(|labels| {
            classic.push((Element { labels: labels.clone(), value: (), drop_name }, Vec::new()));
            classic.len() - 1
        });
        classic[at].1.push(Bucket { upper, count });
    }
    let both: Vec<Labels> = native
        .iter()
        .map(|(element, _)| element.labels.without_metric_name())
        .filter(|labels| classic.iter().any(|(other, _)| other.labels.without_metric_name() == *labels))
        .collect();
    if !both.is_empty() {
        evaluator.note_omission("a series is a classic and a native histogram at once");
    }
    let mut repaired = Vec::with_capacity(classic.len());
    for (element, buckets) in classic {
        let (buckets, distorted) = cumulative(buckets);
        if distorted {
            evaluator.note_distortion(
                "the buckets of a histogram fall or are below 0, so that what is made of them means nothing",
            );
        }
        repaired.push((element, Either::Classic(buckets)));
    }
    let mut all: Vec<_> = repaired.into_iter().chain(native).collect();
    all.retain(|(element, _)| !both.contains(&element.labels.without_metric_name()));
    Ok(all)
}

fn bucket_quantile(phi: f64, buckets: &[Bucket]) -> f64 {
    if phi.is_nan() {
        return f64::NAN;
    }
    if !(0.0..=1.0).contains(&phi) {
        return if phi < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let [.., before_last, last] = buckets else { return f64::NAN };
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

fn bucket_fraction(lower: f64, upper: f64, buckets: &[Bucket]) -> f64 {
    let Some(last) = buckets.last() else { return f64::NAN };
    if last.upper != f64::INFINITY
        || last.count == 0.0
        || last.count.is_nan()
        || lower.is_nan()
        || upper.is_nan()
    {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    (rank_of(upper, buckets) - rank_of(lower, buckets)) / last.count
}

/// How many observations are at or below a bound, by interpolation within its bucket.
fn rank_of(bound: f64, buckets: &[Bucket]) -> f64 {
    let at = buckets.partition_point(|bucket| bucket.upper <= bound);
    let below = at.checked_sub(1).and_then(|before| buckets.get(before)).copied();
    let count = below.map_or(0.0, |below| below.count);
    let Some(bucket) = buckets.get(at) else { return count };
    // The first bucket begins at zero when it can, else there is no telling where.
    let start = match below {
        Some(below) => below.upper,
        None if bucket.upper > 0.0 => 0.0,
        None => return 0.0,
    };
    if bucket.upper == f64::INFINITY || bound <= start {
        return count;
    }
    count + (bucket.count - count) * ((bound - start) / (bucket.upper - start))
}

/// Sorted, one bucket for each bound, and never falling; and whether that is otherwise than it was by more than a
/// rounding error.
fn cumulative(mut buckets: Vec<Bucket>) -> (Vec<Bucket>, bool) {
    buckets.sort_by(|a, b| a.upper.total_cmp(&b.upper));
    let mut merged: Vec<Bucket> = Vec::with_capacity(buckets.len());
    for bucket in buckets {
        match merged.last_mut() {
            Some(last) if last.upper == bucket.upper => last.count += bucket.count,
            _ => merged.push(bucket),
        }
    }
    let mut before = merged.first().map_or(0.0, |bucket| bucket.count);
    let mut distorted = before < 0.0;
    for bucket in merged.iter_mut().skip(1) {
        let same = almost_equal(before, bucket.count);
        if bucket.count < before || same {
            distorted |= !same;
            bucket.count = before;
        }
        before = bucket.count;
    }
    (merged, distorted)
}

fn almost_equal(a: f64, b: f64) -> bool {
    let sum = a.abs() + b.abs();
    let difference = (a - b).abs();
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < TOLERANCE * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < TOLERANCE
}
