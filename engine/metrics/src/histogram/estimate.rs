//! What a histogram says of the values that it counted: quantiles, shares, spread. Within a bucket
//! values are taken to be spread evenly: on a logarithmic scale where buckets are exponential, on a
//! linear one in the zero bucket and where bounds are custom.

use super::{Bucket, NativeHistogram};
use crate::numeric::Compensated;

impl NativeHistogram {
    pub fn mean(&self) -> f64 {
        self.sum / self.count
    }

    pub fn quantile(&self, phi: f64) -> f64 {
        if phi.is_nan() || (self.count == 0.0 && (0.0..=1.0).contains(&phi)) {
            return f64::NAN;
        }
        if !(0.0..=1.0).contains(&phi) {
            return if phi < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
        }
        // From the nearer end, so that less is lost to rounding. Observations of NaN are in no bucket and
        // count as the highest, so where there are some only the way up finds the rank.
        let upward = self.sum.is_nan() || phi < 0.5;
        let mut buckets = self.buckets();
        let rank = if upward { phi * self.count } else { (1.0 - phi) * self.count };
        if !upward {
            buckets.reverse();
        }
        let mut count = 0.0;
        let mut found = Bucket { lower: 0.0, upper: 0.0, count: 0.0 };
        for bucket in buckets.into_iter().filter(|bucket| bucket.count != 0.0) {
            found = bucket;
            count += bucket.count;
            if count >= rank {
                break;
            }
        }
        count = count.min(self.count);
        if count < rank && self.sum.is_nan() {
            return f64::NAN;
        }
        let into = if upward { rank - (count - found.count) } else { count - rank };
        self.within(found, into / found.count)
    }

    /// The share of the observations between two bounds.
    pub fn fraction(&self, lower: f64, upper: f64) -> f64 {
        if self.count == 0.0 || lower.is_nan() || upper.is_nan() {
            return f64::NAN;
        }
        if lower >= upper {
            return 0.0;
        }
        (self.rank_of(upper) - self.rank_of(lower)) / self.count
    }

    /// The variance of the values, each taken for the middle of its bucket.
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        let mut squares = Compensated::default();
        for Bucket { lower, upper, count } in self.buckets().into_iter().filter(|bucket| bucket.count != 0.0)
        {
            let middle = if self.is_custom() {
                (lower + upper) / 2.0
            } else if lower <= 0.0 && upper >= 0.0 {
                0.0
            } else {
                (lower * upper).sqrt().copysign(lower)
            };
            squares.add(count * (middle - mean) * (middle - mean));
        }
        squares.total() / self.count
    }

    /// The value at a share of the way through a bucket.
    fn within(&self, bucket: Bucket, share: f64) -> f64 {
        let Bucket { lower, upper, .. } = self.one_sided(bucket);
        if self.is_custom() {
            if lower == f64::NEG_INFINITY {
                return upper;
            }
            if upper == f64::INFINITY {
                return lower;
            }
        }
        if self.is_custom() || (lower <= 0.0 && upper >= 0.0) {
            return lower + (upper - lower) * share;
        }
        let (near, far) = (lower.abs().log2(), upper.abs().log2());
        if lower > 0.0 {
            (near + (far - near) * share).exp2()
        } else {
            -(far + (near - far) * (1.0 - share)).exp2()
        }
    }

    /// A bucket around zero reaches only to the side on which the histogram has values.
    fn one_sided(&self, bucket: Bucket) -> Bucket {
        let around_zero = bucket.lower <= 0.0 && bucket.upper >= 0.0;
        if self.is_custom() {
            if bucket.lower == f64::NEG_INFINITY && bucket.upper > 0.0 {
                return Bucket { lower: 0.0, ..bucket };
            }
        } else if around_zero && self.negative.is_empty() && !self.positive.is_empty() {
            return Bucket { lower: 0.0, ..bucket };
        } else if around_zero && self.positive.is_empty() && !self.negative.is_empty() {
            return Bucket { upper: 0.0, ..bucket };
        }
        bucket
    }

    /// How many observations are below a bound.
    fn rank_of(&self, bound: f64) -> f64 {
        let mut rank: f64 = 0.0;
        for raw in self.buckets() {
            let bucket = self.one_sided(raw);
            if bucket.lower >= bound {
                return rank.min(self.count);
            }
            if bucket.upper > bound {
                return (rank + self.share_below(bucket, bound)).min(self.count);
            }
            rank += bucket.count;
        }
        // Observations of NaN lie between no bounds.
        if self.sum.is_nan() { rank } else { self.count }
    }

    fn share_below(&self, bucket: Bucket, bound: f64) -> f64 {
        let Bucket { lower, upper, count } = bucket;
        if lower == f64::NEG_INFINITY {
            // There is no telling where in it they lie.
            return if bound == f64::NEG_INFINITY { 0.0 } else { count };
        }
        if self.is_custom() || (lower <= 0.0 && upper >= 0.0) {
            return count * (bound - lower) / (upper - lower);
        }
        let (near, far, at) = (lower.abs().log2(), upper.abs().log2(), bound.abs().log2());
        count * if bound > 0.0 { (at - near) / (far - near) } else { 1.0 - (at - far) / (near - far) }
    }
}
