//! Sums, differences and multiples of histograms.

use std::collections::BTreeMap;

use super::{Layout, NativeHistogram, ResetHint};
use crate::numeric::Compensated;

impl NativeHistogram {
    /// The sum, in the layout that all share; none when exponential and custom buckets meet.
    pub fn sum<'h>(histograms: impl Iterator<Item = &'h Self> + Clone) -> Option<Self> {
        Self::combined(histograms.map(|histogram| (histogram, 1.0)))
    }

    /// What was counted since `earlier`, in the layout that both share.
    pub fn minus(&self, earlier: &Self) -> Option<Self> {
        let difference = Self::combined([(self, 1.0), (earlier, -1.0)].into_iter())?;
        Some(Self { reset: ResetHint::Gauge, ..difference })
    }

    pub fn times(&self, factor: f64) -> Self {
        let scaled =
            |buckets: &[(i32, f64)]| buckets.iter().map(|(index, count)| (*index, count * factor)).collect();
        Self {
            layout: self.layout.clone(),
            count: self.count * factor,
            sum: self.sum * factor,
            zero_count: self.zero_count * factor,
            positive: scaled(&self.positive),
            negative: scaled(&self.negative),
            reset: if factor < 0.0 { ResetHint::Gauge } else { self.reset },
        }
    }

    /// By zero no bucket is left, as none could say how many.
    pub fn divided(&self, divisor: f64) -> Self {
        let divided = |buckets: &[(i32, f64)]| match divisor {
            0.0 => Vec::new(),
            _ => buckets.iter().map(|(index, count)| (*index, count / divisor)).collect(),
        };
        Self {
            layout: self.layout.clone(),
            count: self.count / divisor,
            sum: self.sum / divisor,
            zero_count: self.zero_count / divisor,
            positive: divided(&self.positive),
            negative: divided(&self.negative),
            reset: if divisor < 0.0 { ResetHint::Gauge } else { self.reset },
        }
    }

    /// Whether both say the same, empty buckets aside. NaN is the same as NaN.
    pub fn same_as(&self, other: &Self) -> bool {
        let same = |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan());
        let populated = |buckets: &[(i32, f64)]| -> Vec<(i32, f64)> {
            buckets.iter().copied().filter(|(_, count)| *count != 0.0).collect()
        };
        self.layout == other.layout
            && same(self.count, other.count)
            && same(self.sum, other.sum)
            && same(self.zero_count, other.zero_count)
            && populated(&self.positive) == populated(&other.positive)
            && populated(&self.negative) == populated(&other.negative)
    }

    /// Without the buckets that counted nothing.
    pub fn compact(mut self) -> Self {
        self.positive.retain(|(_, count)| *count != 0.0);
        self.negative.retain(|(_, count)| *count != 0.0);
        self
    }

    /// Compensated sums throughout, so that the order of what is added does not show.
    pub(crate) fn combined<'h>(weighted: impl Iterator<Item = (&'h Self, f64)> + Clone) -> Option<Self> {
        let layout = Self::common_layout(weighted.clone().map(|(histogram, _)| histogram))?;
        let mut sum = Sum::default();
        for (histogram, weight) in weighted {
            sum.add(&histogram.in_layout(&layout), weight);
        }
        Some(sum.total(layout).compact())
    }
}

#[derive(Default)]
struct Sum {
    count: Compensated,
    sum: Compensated,
    zero_count: Compensated,
    positive: BTreeMap<i32, Compensated>,
    negative: BTreeMap<i32, Compensated>,
    reset: Option<ResetHint>,
}

impl Sum {
    fn add(&mut self, histogram: &NativeHistogram, weight: f64) {
        self.count.add(histogram.count * weight);
        self.sum.add(histogram.sum * weight);
        self.zero_count.add(histogram.zero_count * weight);
        for (sums, buckets) in
            [(&mut self.positive, &histogram.positive), (&mut self.negative, &histogram.negative)]
        {
            for (index, count) in buckets {
                sums.entry(*index).or_default().add(count * weight);
            }
        }
        self.reset = Some(match self.reset {
            None => histogram.reset,
            Some(reset) if reset == histogram.reset => reset,
            Some(ResetHint::Gauge) => ResetHint::Gauge,
            Some(_) if histogram.reset == ResetHint::Gauge => ResetHint::Gauge,
            Some(_) => ResetHint::Unknown,
        });
    }

    fn total(self, layout: Layout) -> NativeHistogram {
        let totals = |sums: BTreeMap<i32, Compensated>| {
            sums.into_iter().map(|(index, sum)| (index, sum.total())).collect()
        };
        NativeHistogram {
            layout,
            count: self.count.total(),
            sum: self.sum.total(),
            zero_count: self.zero_count.total(),
            positive: totals(self.positive),
            negative: totals(self.negative),
            reset: self.reset.unwrap_or_default(),
        }
    }
}
