//! Whether a counter was reset between two of its histograms.

use super::{Layout, NativeHistogram, ResetHint};

impl NativeHistogram {
    /// Whether the histogram before this one belongs to an earlier run: any count went down, or the
    /// buckets became finer, which can not come of the same observations.
    pub fn was_reset_since(&self, earlier: &Self) -> bool {
        match self.reset {
            ResetHint::Reset => return true,
            ResetHint::NotReset => return false,
            ResetHint::Unknown | ResetHint::Gauge => {}
        }
        if self.count < earlier.count {
            return true;
        }
        match (&self.layout, &earlier.layout) {
            (Layout::Exponential { .. }, Layout::Exponential { .. }) => self.fell_since(earlier),
            (Layout::Custom { .. }, Layout::Custom { .. }) => {
                // Only what both have bounds for can be compared.
                let Some(layout) = Self::common_layout([self, earlier].into_iter()) else { return true };
                fell(&self.in_layout(&layout).positive, &earlier.in_layout(&layout).positive)
            }
            _ => true,
        }
    }

    fn fell_since(&self, earlier: &Self) -> bool {
        let (
            Layout::Exponential { schema, zero_threshold },
            Layout::Exponential { schema: earlier_schema, zero_threshold: earlier_threshold },
        ) = (&self.layout, &earlier.layout)
        else {
            return true;
        };
        if schema > earlier_schema || zero_threshold < earlier_threshold {
            return true;
        }
        let (zero_count, threshold) = earlier.zero_at_least(*zero_threshold);
        if threshold != *zero_threshold || self.zero_count < zero_count {
            return true;
        }
        let earlier = earlier.in_layout(&self.layout);
        fell(&self.positive, &earlier.positive) || fell(&self.negative, &earlier.negative)
    }
}

/// Whether any bucket counts less than it did.
fn fell(now: &[(i32, f64)], before: &[(i32, f64)]) -> bool {
    before.iter().any(|(index, count)| {
        let found = now.binary_search_by_key(index, |(index, _)| *index);
        found.ok().and_then(|at| now.get(at)).map_or(0.0, |(_, count)| *count) < *count
    })
}
