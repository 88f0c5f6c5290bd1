//! The samples of one series: two columns, at most about 20 bytes for each sample that is kept.

use std::sync::Arc;

use crate::histogram::NativeHistogram;
use crate::series::{HistogramSample, is_stale};

/// How much is added at a time, as a share of what there is; also the share that may be over the
/// retention before it is dropped. An eighth of each, on 16 bytes, makes 20.
const SLACK: usize = 8;

#[derive(Debug, Default)]
pub struct Samples {
    at: Vec<i64>,
    value: Vec<f64>,
    histograms: Vec<HistogramSample>,
    histogram_bytes: usize,
}

impl Samples {
    pub fn at(&self) -> &[i64] {
        &self.at
    }

    pub fn value(&self) -> &[f64] {
        &self.value
    }

    pub fn histograms(&self) -> &[HistogramSample] {
        &self.histograms
    }

    pub fn len(&self) -> usize {
        self.at.len() + self.histograms().len()
    }

    pub fn bytes(&self) -> usize {
        self.at.capacity() * size_of::<i64>()
            + self.value.capacity() * size_of::<f64>()
            + self.histograms.capacity() * size_of::<HistogramSample>()
            + self.histogram_bytes
    }

    /// When the last sample was taken, of either kind.
    pub fn last_at(&self) -> Option<i64> {
        self.at.last().copied().max(self.histograms().last().map(|(at, _)| *at))
    }

    /// Whether the last sample is a staleness marker, or there is none.
    pub fn has_ended(&self) -> bool {
        match (self.last(), self.histograms().last()) {
            (Some((at, value)), Some((histogram_at, _))) if at > *histogram_at => is_stale(value),
            (_, Some(_)) => false,
            (Some((_, value)), None) => is_stale(value),
            (None, None) => true,
        }
    }

    /// The last number.
    pub fn last(&self) -> Option<(i64, f64)> {
        Some((*self.at.last()?, *self.value.last()?))
    }

    /// Adds a sample; its time must be later than the last one's. Returns how many were dropped for it.
    pub fn push(&mut self, at: i64, value: f64, retention_ms: i64) -> usize {
        let dropped = self.drop_expired(at.saturating_sub(retention_ms));
        if self.at.len() == self.at.capacity() {
            let more = (self.at.len() / SLACK).max(4);
            self.at.reserve_exact(more);
            self.value.reserve_exact(more);
        }
        self.at.push(at);
        self.value.push(value);
        dropped
    }

    /// Adds a histogram, as `push` adds a number.
    pub fn push_histogram(&mut self, at: i64, histogram: Arc<NativeHistogram>, retention_ms: i64) -> usize {
        let dropped = self.drop_expired(at.saturating_sub(retention_ms));
        self.histogram_bytes += histogram.bytes();
        self.histograms.push((at, histogram));
        dropped
    }

    /// Drops the marker at the end, for a sample of its very time.
    pub fn drop_marker(&mut self) {
        self.at.pop();
        self.value.pop();
    }

    /// Whether the last sample is lower than the one before, markers aside.
    pub fn was_reset(&self) -> bool {
        if let [.., (_, before), (_, now)] = self.histograms() {
            return now.was_reset_since(before);
        }
        let mut values = self.value.iter().rev().filter(|value| !is_stale(**value));
        matches!((values.next(), values.next()), (Some(now), Some(before)) if now < before)
    }

    fn drop_expired(&mut self, oldest: i64) -> usize {
        let floats = overdue(self.at.partition_point(|at| *at < oldest), self.at.len());
        self.at.drain(..floats);
        self.value.drain(..floats);
        let expired = self.histograms.partition_point(|(at, _)| *at < oldest);
        let histograms = overdue(expired, self.histograms.len());
        let freed: usize = self.histograms.drain(..histograms).map(|(_, one)| one.bytes()).sum();
        self.histogram_bytes -= freed;
        floats + histograms
    }
}

/// How many of the expired are dropped now: all, once they are worth the moving of the rest.
fn overdue(expired: usize, all: usize) -> usize {
    if expired < all / SLACK { 0 } else { expired }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounded_by_retention_and_twenty_bytes_a_sample() {
        let mut samples = Samples::default();
        let mut dropped = 0;
        for at in 0..10_000 {
            dropped += samples.push(at, 1.0, 1000);
        }
        let live = 1001;
        assert!(samples.len() >= live && samples.len() <= live + live / 7, "{}", samples.len());
        assert_eq!(dropped + samples.len(), 10_000);
        assert!(samples.bytes() <= live * 21, "{} bytes for {live}", samples.bytes());
        assert_eq!(samples.last(), Some((9999, 1.0)));
    }
}
