//! Bringing histograms to one layout, so that their buckets can be added: the coarser resolution, the
//! wider zero bucket, the bounds that all have.

use std::sync::Arc;

use super::{Layout, NativeHistogram, exponential_bound};

impl NativeHistogram {
    /// The finest layout that all of them can be brought to; none when exponential and custom buckets
    /// meet, or when there are no histograms.
    pub fn common_layout<'h>(histograms: impl Iterator<Item = &'h Self> + Clone) -> Option<Layout> {
        let first = histograms.clone().next()?;
        let mut layout = first.layout.clone();
        for histogram in histograms.clone().skip(1) {
            layout = match (layout, &histogram.layout) {
                (
                    Layout::Exponential { schema, zero_threshold },
                    Layout::Exponential { schema: other, zero_threshold: threshold },
                ) => Layout::Exponential {
                    schema: schema.min(*other),
                    zero_threshold: zero_threshold.max(*threshold),
                },
                (Layout::Custom { bounds }, Layout::Custom { bounds: other }) => {
                    Layout::Custom { bounds: shared_bounds(bounds, other) }
                }
                _ => return None,
            };
        }
        if let Layout::Exponential { schema, zero_threshold } = layout {
            return Some(Layout::Exponential { schema, zero_threshold: widened(zero_threshold, histograms) });
        }
        Some(layout)
    }

    /// The same observations in a coarser layout.
    pub fn in_layout(&self, layout: &Layout) -> Self {
        if self.layout == *layout {
            return self.clone();
        }
        let mut moved = Self { layout: layout.clone(), ..self.clone() };
        match (&self.layout, layout) {
            (
                Layout::Exponential { schema: from, .. },
                Layout::Exponential { schema: to, zero_threshold },
            ) => {
                let (positive, inner) = coarser(&self.positive, (*from, *to), *zero_threshold);
                let (negative, opposite) = coarser(&self.negative, (*from, *to), *zero_threshold);
                moved.positive = positive;
                moved.negative = negative;
                moved.zero_count += inner + opposite;
            }
            (Layout::Custom { bounds: from }, Layout::Custom { bounds: to }) => {
                moved.positive = rebounded(&self.positive, from, to);
            }
            _ => {}
        }
        moved
    }

    /// The zero bucket's count were its threshold at least `threshold`, and the threshold that it then
    /// has: no bucket that counted anything is cut in two.
    pub(super) fn zero_at_least(&self, mut threshold: f64) -> (f64, f64) {
        let Layout::Exponential { schema, zero_threshold } = self.layout else {
            return (self.zero_count, threshold);
        };
        if threshold == zero_threshold {
            // A bucket that its own threshold reaches into stays as it is.
            return (self.zero_count, threshold);
        }
        loop {
            let mut count = self.zero_count;
            let before = threshold;
            for (index, more) in self.positive.iter().chain(&self.negative) {
                if exponential_bound(schema, index.saturating_sub(1)) < threshold {
                    count += more;
                    let upper = exponential_bound(schema, *index);
                    if upper > threshold && *more != 0.0 {
                        threshold = upper;
                    }
                }
            }
            if threshold == before {
                return (count, threshold);
            }
        }
    }
}

/// The threshold that cuts no populated bucket of any of the histograms.
fn widened<'h>(threshold: f64, histograms: impl Iterator<Item = &'h NativeHistogram> + Clone) -> f64 {
    let mut threshold = threshold;
    loop {
        let before = threshold;
        for histogram in histograms.clone() {
            if histogram.layout.zero_threshold() != threshold {
                threshold = histogram.zero_at_least(threshold).1;
            }
        }
        if threshold == before {
            return threshold;
        }
    }
}

/// The buckets in a coarser resolution, and the count of those that the zero bucket takes in.
fn coarser(buckets: &[(i32, f64)], (from, to): (i8, i8), zero_threshold: f64) -> (Vec<(i32, f64)>, f64) {
    let halvings = u32::try_from(from - to).unwrap_or(0);
    let mut inner = 0.0;
    let mut merged: Vec<(i32, f64)> = Vec::with_capacity(buckets.len());
    for (index, count) in buckets {
        if exponential_bound(from, *index) <= zero_threshold {
            inner += count;
            continue;
        }
        let index = (index.saturating_sub(1) >> halvings) + 1;
        match merged.last_mut() {
            Some((last, sum)) if *last == index => *sum += count,
            _ => merged.push((index, *count)),
        }
    }
    (merged, inner)
}

fn shared_bounds(ours: Arc<[f64]>, others: &Arc<[f64]>) -> Arc<[f64]> {
    if ours == *others {
        return ours;
    }
    ours.iter().copied().filter(|bound| others.contains(bound)).collect()
}

fn rebounded(buckets: &[(i32, f64)], from: &[f64], to: &[f64]) -> Vec<(i32, f64)> {
    let mut merged: Vec<(i32, f64)> = Vec::with_capacity(buckets.len());
    for (index, count) in buckets {
        let upper = usize::try_from(*index).ok().and_then(|index| from.get(index)).copied();
        let index = upper.map_or(to.len(), |upper| to.partition_point(|bound| *bound < upper)) as i32;
        match merged.last_mut() {
            Some((last, sum)) if *last == index => *sum += count,
            _ => merged.push((index, *count)),
        }
    }
    merged
}
