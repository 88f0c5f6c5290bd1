//! Making room: what is over the retention goes, and ended series when a limit is near.

use std::collections::{HashMap, HashSet};

use super::{IngestError, Store};
use crate::series::Standing;

/// What a scrape may add at most.
#[derive(Debug)]
pub(super) struct More {
    pub series: usize,
    pub samples: usize,
    pub bytes: usize,
}

impl Store {
    fn remove(&mut self, id: usize) {
        let Some(series) = self.series.get_mut(id).and_then(Option::take) else { return };
        let pairs: Vec<_> = series.labels.iter().collect();
        let hash = self.hash(&pairs);
        forget_id(&mut self.by_hash, &hash, id);
        if let Some(ids) = self.by_name.get_mut(series.labels.metric_name()) {
            ids.retain(|own| *own != id);
            if ids.is_empty() {
                self.by_name.remove(series.labels.metric_name());
            }
        }
        self.gaps.push(id);
        self.stats.series -= 1;
        self.stats.samples -= series.samples.len();
        self.stats.bytes -= series.cost;
        self.stats.evicted_series += 1;
        self.stats.evicted_samples += series.samples.len() as u64;
    }

    /// Drops the ended series whose last sample is over the retention, once in a while.
    pub(super) fn sweep(&mut self, now_ms: i64) {
        if now_ms.saturating_sub(self.swept_at) < self.limits.retention_ms / 8 {
            return;
        }
        self.swept_at = now_ms;
        let oldest = now_ms.saturating_sub(self.limits.retention_ms);
        let over = |(_, last): &(usize, i64)| *last < oldest;
        let over: Vec<usize> = self.ended().into_iter().filter(over).map(|(id, _)| id).collect();
        for id in over {
            self.remove(id);
        }
        self.symbols.sweep();
    }

    /// Evicts ended series other than the kept ones, oldest first, until so much more fits.
    pub(super) fn make_room(&mut self, more: &More, keep: &HashSet<usize>) -> Result<(), IngestError> {
        if self.refusal(more).is_none() {
            return Ok(());
        }
        let mut ended = self.ended();
        ended.retain(|(id, _)| !keep.contains(id));
        ended.sort_unstable_by_key(|(id, last)| (std::cmp::Reverse(*last), std::cmp::Reverse(*id)));
        loop {
            let Some(refusal) = self.refusal(more) else { return Ok(()) };
            let (id, _) = ended.pop().ok_or(refusal)?;
            self.remove(id);
        }
    }

    /// Which limit would be broken.
    fn refusal(&self, more: &More) -> Option<IngestError> {
        let (stats, limits) = (&self.stats, &self.limits);
        if stats.series + more.series > limits.series {
            Some(IngestError::TooManySeries { limit: limits.series })
        } else if stats.samples + more.samples > limits.samples {
            Some(IngestError::TooManySamples { limit: limits.samples })
        } else if stats.bytes + more.bytes > limits.bytes {
            Some(IngestError::TooManyBytes { limit: limits.bytes })
        } else {
            None
        }
    }

    fn ended(&self) -> Vec<(usize, i64)> {
        let ended = self.series.iter().enumerate().filter_map(|(id, series)| {
            let series = series.as_ref().filter(|series| series.standing != Standing::Live)?;
            Some((id, series.samples.last_at().unwrap_or(i64::MIN)))
        });
        ended.collect()
    }
}

fn forget_id(ids: &mut HashMap<u64, Vec<usize>>, hash: &u64, id: usize) {
    if let Some(same) = ids.get_mut(hash) {
        same.retain(|own| *own != id);
        if same.is_empty() {
            ids.remove(hash);
        }
    }
}
