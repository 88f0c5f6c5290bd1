//! Native histograms from their spans and deltas, checked as Prometheus checks them before it keeps one.

use super::messages::{Histogram, Span};
use crate::exposition::error::Fault;
use crate::histogram::{Layout, NativeHistogram, ResetHint, SCHEMAS};

/// Nothing when the histogram is a classic one only.
pub fn read(
    histogram: &Histogram,
    count: f64,
    is_gauge: bool,
    limit: usize,
) -> Result<Option<NativeHistogram>, Fault> {
    let is_native = histogram.zero_threshold > 0.0
        || histogram.zero_count > 0
        || histogram.zero_count_float > 0.0
        || !histogram.positive_span.is_empty()
        || !histogram.negative_span.is_empty();
    if !is_native {
        return Ok(None);
    }
    let schema = i8::try_from(histogram.schema).ok().filter(|schema| SCHEMAS.contains(schema));
    let schema = schema.ok_or_else(|| wrong(format!("has the unknown schema {}", histogram.schema)))?;
    if !(histogram.zero_threshold >= 0.0 && histogram.zero_threshold.is_finite()) {
        return Err(wrong("has a zero threshold that is negative or not a number".into()));
    }
    let is_float = histogram.sample_count_float > 0.0 || histogram.zero_count_float > 0.0;
    let zero_count = if is_float { histogram.zero_count_float } else { histogram.zero_count as f64 };
    let native = NativeHistogram {
        layout: Layout::Exponential { schema, zero_threshold: histogram.zero_threshold },
        count,
        sum: histogram.sample_sum,
        zero_count,
        positive: buckets(
            &histogram.positive_span,
            &counts(is_float, &histogram.positive_count, &histogram.positive_delta)?,
            limit,
        )?,
        negative: buckets(
            &histogram.negative_span,
            &counts(is_float, &histogram.negative_count, &histogram.negative_delta)?,
            limit,
        )?,
        reset: if is_gauge { ResetHint::Gauge } else { ResetHint::Unknown },
    };
    check_counts(&native, is_float)?;
    Ok(Some(native))
}

/// The counts of the buckets: as they are, or each as its difference to the one before.
fn counts(is_float: bool, counts: &[f64], deltas: &[i64]) -> Result<Vec<f64>, Fault> {
    if is_float {
        return Ok(counts.to_vec());
    }
    let mut count = 0i64;
    let counted = deltas.iter().map(|delta| {
        count = count.checked_add(*delta).ok_or_else(|| wrong("has a count out of range".into()))?;
        Ok(count as f64)
    });
    counted.collect()
}

/// The counts at the indices that the spans give them.
fn buckets(spans: &[Span], counts: &[f64], limit: usize) -> Result<Vec<(i32, f64)>, Fault> {
    let wanted = spans.iter().fold(0u64, |sum, span| sum.saturating_add(u64::from(span.length)));
    if wanted > limit as u64 {
        return Err(Fault::TooManyBuckets { limit });
    }
    if wanted != counts.len() as u64 {
        return Err(wrong(format!("has {} counts for {wanted} buckets", counts.len())));
    }
    let mut counts = counts.iter();
    let mut buckets = Vec::with_capacity(wanted as usize);
    let mut index = 0i32;
    let out_of_range = || wrong("has a bucket out of range".into());
    for (position, span) in spans.iter().enumerate() {
        if position > 0 && span.offset < 0 {
            return Err(wrong("has spans that overlap".into()));
        }
        index = index.checked_add(span.offset).ok_or_else(out_of_range)?;
        for count in counts.by_ref().take(span.length as usize) {
            buckets.push((index, *count));
            index = index.checked_add(1).ok_or_else(out_of_range)?;
        }
    }
    Ok(buckets)
}

/// No count is negative, and the buckets have as many observations as were counted; fewer where some were
/// NaN.
fn check_counts(histogram: &NativeHistogram, is_float: bool) -> Result<(), Fault> {
    let buckets = || histogram.positive.iter().chain(&histogram.negative).map(|(_, count)| *count);
    if histogram.zero_count < 0.0 || histogram.count < 0.0 || buckets().any(|count| count < 0.0) {
        return Err(wrong("has a negative count".into()));
    }
    let counted = histogram.zero_count + buckets().sum::<f64>();
    let agrees = if histogram.sum.is_nan() { counted <= histogram.count } else { counted == histogram.count };
    if agrees || is_float {
        Ok(())
    } else {
        Err(wrong(format!("counts {} observations and has {counted} in its buckets", histogram.count)))
    }
}

fn wrong(what: String) -> Fault {
    Fault::WrongHistogram(what)
}
