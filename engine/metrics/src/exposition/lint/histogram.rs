//! The buckets of one metric, which only grow and end with `+Inf`.

use super::family::Family;
use super::{Lint, named};

#[derive(Debug, Default)]
pub struct Buckets {
    /// Bound, count, and where the count is.
    of: Vec<(f64, f64, usize)>,
    count: Option<(f64, usize)>,
    sum: Option<usize>,
}

impl Buckets {
    pub fn bucket(&mut self, bound: f64, count: f64, at: usize) {
        self.of.push((bound, count, at));
    }

    pub fn count(&mut self, count: f64, at: usize) {
        self.count = Some((count, at));
    }

    pub fn sum(&mut self, at: usize) {
        self.sum = Some(at);
    }

    /// Looks at them as a whole.
    pub fn end(self, family: &Family, lint: &mut Lint<'_, '_>) {
        let Some((last, total, at)) = self.of.last().copied() else {
            return self.without(family, lint);
        };
        for pair in self.of.windows(2) {
            let [(bound, count, _), (next_bound, next_count, next_at)] = pair else { continue };
            if next_bound <= bound {
                let told = format!(
                    "a bucket of `{}` comes after one with a higher bound, or twice",
                    named(&family.name)
                );
                lint.error(*next_at, "bucket-order", told, "write buckets by rising `le`");
            } else if next_count < count {
                let told = format!(
                    "a bucket of `{}` has {next_count}, fewer than the one before it",
                    named(&family.name)
                );
                lint.error(
                    *next_at,
                    "bucket-falls",
                    told,
                    "a bucket counts all that is at or below its bound",
                );
            }
        }
        if last != f64::INFINITY {
            let told = format!("the last bucket of `{}` is not `+Inf`", named(&family.name));
            lint.error(at, "bucket-infinite", told, "write a bucket with `le=\"+Inf\"`, which is the count");
        } else if let Some((count, count_at)) = self.count.filter(|(count, _)| *count != total) {
            let told = format!("`{}` counts {count}, and {total} in its last bucket", named(&family.name));
            lint.error(count_at, "bucket-count", told, "the bucket `+Inf` is the count");
        }
        if let (None, Some(sum_at)) = (self.count, self.sum) {
            let told = format!("`{}` has a sum and no count", named(&family.name));
            lint.error(sum_at, "sum-alone", told, "write both or none");
        }
    }

    fn without(&self, family: &Family, lint: &mut Lint<'_, '_>) {
        use crate::exposition::MetricType::{GaugeHistogram, Histogram};
        let at = self.count.map(|(_, at)| at).or(self.sum);
        if let (Histogram | GaugeHistogram, Some(at)) = (family.kind, at) {
            let told = format!("the histogram `{}` has no bucket", named(&family.name));
            lint.error(at, "bucket-infinite", told, "write a bucket with `le=\"+Inf\"`, which is the count");
        }
    }
}
