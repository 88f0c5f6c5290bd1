//! The samples of one series: two columns, at most about 20 bytes for each sample that is kept.

/// How much is added at a time, as a share of what there is; also the share that may be over the
/// retention before it is dropped. An eighth of each, on 16 bytes, makes 20.
const SLACK: usize = 8;

#[derive(Debug, Default)]
pub struct Samples {
    at: Vec<i64>,
    value: Vec<f64>,
}

impl Samples {
    pub fn at(&self) -> &[i64] {
        &self.at
    }

    pub fn value(&self) -> &[f64] {
        &self.value
    }

    pub fn len(&self) -> usize {
        self.at.len()
    }

    pub fn bytes(&self) -> usize {
        self.at.capacity() * size_of::<i64>() + self.value.capacity() * size_of::<f64>()
    }

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

    /// Replaces the last value, whatever it was.
    pub fn replace_last(&mut self, value: f64) {
        if let Some(last) = self.value.last_mut() {
            *last = value;
        }
    }

    fn drop_expired(&mut self, oldest: i64) -> usize {
        let expired = self.at.partition_point(|at| *at < oldest);
        if expired == 0 || expired < self.at.len() / SLACK {
            return 0;
        }
        self.at.drain(..expired);
        self.value.drain(..expired);
        expired
    }
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
