//! What a store holds and has dropped, also as metrics of its own.

use std::fmt;

/// What a store holds, and what it dropped since it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoreStats {
    pub series: usize,
    pub samples: usize,
    pub bytes: usize,
    pub evicted_series: u64,
    /// Over the retention, or with their series.
    pub evicted_samples: u64,
    /// Scrapes that were not taken in.
    pub refused_scrapes: u64,
}

/// As a page in Prometheus text.
impl fmt::Display for StoreStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut metric = |name: &str, kind: &str, help: &str, value: u64| {
            writeln!(f, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}")
        };
        metric("sluice_store_series", "gauge", "Series that are kept.", self.series as u64)?;
        metric("sluice_store_samples", "gauge", "Samples that are kept.", self.samples as u64)?;
        metric(
            "sluice_store_bytes",
            "gauge",
            "An estimate of what is kept, labels included.",
            self.bytes as u64,
        )?;
        metric(
            "sluice_store_evicted_series_total",
            "counter",
            "Series that ended, and went to make room or for their age.",
            self.evicted_series,
        )?;
        metric(
            "sluice_store_evicted_samples_total",
            "counter",
            "Samples that went for their age, or with their series.",
            self.evicted_samples,
        )?;
        metric(
            "sluice_store_refused_scrapes_total",
            "counter",
            "Scrapes that were not taken in, as they broke a limit or contradicted what is kept.",
            self.refused_scrapes,
        )
    }
}
