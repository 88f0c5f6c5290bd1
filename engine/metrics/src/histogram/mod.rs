//! Native histograms: buckets that grow exponentially, or that have bounds of their own, in one sample.

mod arithmetic;
mod estimate;
mod layout;
mod reset;
mod show;

#[cfg(test)]
mod tests;

use std::sync::Arc;

/// The resolutions that exponential buckets may have; each is twice as fine as the one below it.
pub const SCHEMAS: std::ops::RangeInclusive<i8> = -4..=8;

/// One histogram at one moment. All counts are floats, as after `rate`.
#[derive(Debug, Clone, PartialEq)]
pub struct NativeHistogram {
    pub layout: Layout,
    /// Observations, those of NaN too, which are in no bucket.
    pub count: f64,
    pub sum: f64,
    /// Observations within the zero threshold; zero where bounds are custom.
    pub zero_count: f64,
    /// By index, ascending. With custom bounds all buckets are here.
    pub positive: Vec<(i32, f64)>,
    /// By index, ascending, which goes away from zero.
    pub negative: Vec<(i32, f64)>,
    pub reset: ResetHint,
}

/// Where the bounds of the buckets are.
#[derive(Debug, Clone, PartialEq)]
pub enum Layout {
    /// Bucket `i` ends at `2^(i * 2^-schema)`.
    Exponential { schema: i8, zero_threshold: f64 },
    /// Bucket `i` ends at the bound `i`, counted from zero; one more goes on without end. Ascending.
    Custom { bounds: Arc<[f64]> },
}

/// What the source says of a reset since the sample before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResetHint {
    #[default]
    Unknown,
    Reset,
    NotReset,
    /// It is a gauge, and may go down at any time.
    Gauge,
}

/// One bucket as it is: what it counted of the values between its bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    pub lower: f64,
    pub upper: f64,
    pub count: f64,
}

impl NativeHistogram {
    pub fn empty(layout: Layout) -> Self {
        Self {
            layout,
            count: 0.0,
            sum: 0.0,
            zero_count: 0.0,
            positive: Vec::new(),
            negative: Vec::new(),
            reset: ResetHint::Unknown,
        }
    }

    pub fn is_custom(&self) -> bool {
        matches!(self.layout, Layout::Custom { .. })
    }

    /// All buckets, from the lowest values to the highest.
    pub fn buckets(&self) -> Vec<Bucket> {
        let negative = self.negative.iter().rev().map(|(index, count)| {
            let (lower, upper) = self.layout.bounds_of(*index);
            self.outside_zero(Bucket { lower: -upper, upper: -lower, count: *count })
        });
        let zero = (self.zero_count > 0.0).then(|| {
            let threshold = self.layout.zero_threshold();
            Bucket { lower: -threshold, upper: threshold, count: self.zero_count }
        });
        let positive = self.positive.iter().map(|(index, count)| {
            let (lower, upper) = self.layout.bounds_of(*index);
            self.outside_zero(Bucket { lower, upper, count: *count })
        });
        negative.chain(zero).chain(positive).collect()
    }

    /// An estimate of the memory that it takes.
    pub(crate) fn bytes(&self) -> usize {
        let own_bounds = match &self.layout {
            Layout::Custom { bounds } => size_of_val(&**bounds),
            Layout::Exponential { .. } => 0,
        };
        let buckets = self.positive.capacity() + self.negative.capacity();
        size_of::<Self>() + buckets * size_of::<(i32, f64)>() + own_bounds
    }

    /// A bucket that the zero threshold reaches into begins where that ends.
    fn outside_zero(&self, bucket: Bucket) -> Bucket {
        let threshold = self.layout.zero_threshold();
        let Bucket { lower, upper, count } = bucket;
        if upper < 0.0 && upper > -threshold {
            Bucket { lower, upper: -threshold, count }
        } else if lower > 0.0 && lower < threshold {
            Bucket { lower: threshold, upper, count }
        } else {
            bucket
        }
    }
}

impl Layout {
    pub fn zero_threshold(&self) -> f64 {
        match self {
            Self::Exponential { zero_threshold, .. } => *zero_threshold,
            Self::Custom { .. } => 0.0,
        }
    }

    /// Where a bucket begins (exclusive) and ends.
    pub fn bounds_of(&self, index: i32) -> (f64, f64) {
        match self {
            Self::Exponential { schema, .. } => {
                (exponential_bound(*schema, index.saturating_sub(1)), exponential_bound(*schema, index))
            }
            Self::Custom { bounds } => {
                let bound = |at: i32| usize::try_from(at).ok().and_then(|at| bounds.get(at)).copied();
                let lower =
                    if index == 0 { f64::NEG_INFINITY } else { bound(index - 1).unwrap_or(f64::INFINITY) };
                (lower, bound(index).unwrap_or(f64::INFINITY))
            }
        }
    }
}

/// The highest bucket of finite values ends at the greatest of them; only infinity lies beyond.
fn exponential_bound(schema: i8, index: i32) -> f64 {
    let exponent = f64::from(index) * f64::from(-schema).exp2();
    if exponent == 1024.0 { f64::MAX } else { exponent.exp2() }
}
