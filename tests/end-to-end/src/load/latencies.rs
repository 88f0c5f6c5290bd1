//! How long answers took, in buckets that are at most 3 % wide, so that a run of any length has a fixed size.

use std::time::Duration;

/// Buckets for each doubling.
const STEPS: u64 = 32;
const STEP_BITS: u32 = STEPS.trailing_zeros();

/// A histogram of microseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Latencies {
    buckets: Vec<u64>,
    count: u64,
}

impl Latencies {
    pub fn record(&mut self, took: Duration) {
        let bucket = bucket(took.as_micros().min(u128::from(u64::MAX)) as u64);
        if self.buckets.len() <= bucket {
            self.buckets.resize(bucket + 1, 0);
        }
        self.buckets[bucket] += 1;
        self.count += 1;
    }

    pub fn add(&mut self, other: &Self) {
        if self.buckets.len() < other.buckets.len() {
            self.buckets.resize(other.buckets.len(), 0);
        }
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *mine += theirs;
        }
        self.count += other.count;
    }

    /// The time that this share of the answers (0 to 1) did not exceed; none when nothing was recorded.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let wanted = ((share * self.count as f64).ceil() as u64).max(1);
        let mut seen = 0;
        self.buckets.iter().enumerate().find_map(|(bucket, count)| {
            seen += count;
            (seen >= wanted).then(|| Duration::from_micros(upper(bucket as u64)))
        })
    }
}

/// Exact below 32, then 32 buckets for each doubling.
fn bucket(micros: u64) -> usize {
    if micros < STEPS {
        return micros as usize;
    }
    let doubling = micros.ilog2() - STEP_BITS;
    let step = (micros >> doubling) - STEPS;
    ((u64::from(doubling) + 1) * STEPS + step) as usize
}

/// The largest value that falls into the bucket.
fn upper(bucket: u64) -> u64 {
    if bucket < STEPS {
        return bucket;
    }
    let doubling = bucket / STEPS - 1;
    let step = bucket % STEPS;
    ((STEPS + step + 1) << doubling) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_falls_into_the_bucket_that_holds_it() {
        for micros in (0..2_000).chain([10_000, 65_535, 65_536, 1_000_000, 30_000_000]) {
            let bound = upper(bucket(micros) as u64);
            assert!(bound >= micros && bound as f64 <= micros as f64 * 1.033, "{micros} is shown as {bound}");
        }
    }

    #[test]
    fn quantiles_are_read_off() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.quantile(0.5), None);
        (1..=20).for_each(|micros| latencies.record(Duration::from_micros(micros)));
        assert_eq!(latencies.quantile(0.5), Some(Duration::from_micros(10)));
        assert_eq!(latencies.quantile(1.0), Some(Duration::from_micros(20)));
        let mut twice = latencies.clone();
        twice.add(&latencies);
        assert_eq!(twice.quantile(0.5), latencies.quantile(0.5));
    }
}
