//! What the service measures of itself, and its page in the Prometheus text format 0.0.4.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Upper bounds of the duration buckets in seconds.
const BOUNDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];

/// The content type of the page.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Counts of one process.
#[derive(Debug)]
pub struct Metrics {
    ok: AtomicU64,
    failed: AtomicU64,
    /// Not cumulative; the last one counts what is above every bound.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    sum_micros: AtomicU64,
    started: Duration,
}

impl Metrics {
    pub fn new() -> Self {
        Self {
            ok: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            buckets: Default::default(),
            sum_micros: AtomicU64::new(0),
            started: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
        }
    }

    /// Counts one answered request to `/`.
    pub fn answered(&self, failed: bool, took: Duration) {
        let counter = if failed { &self.failed } else { &self.ok };
        counter.fetch_add(1, Ordering::Relaxed);
        let bucket = BOUNDS.iter().filter(|bound| took.as_secs_f64() > **bound).count();
        if let Some(bucket) = self.buckets.get(bucket) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.sum_micros.fetch_add(took.as_micros() as u64, Ordering::Relaxed);
    }

    pub fn page(&self, version: &str) -> String {
        let mut page = String::from(
            "# HELP http_requests_total Requests answered.\n# TYPE http_requests_total counter\n",
        );
        for (code, counter) in [("200", &self.ok), ("500", &self.failed)] {
            let count = counter.load(Ordering::Relaxed);
            let _ = writeln!(page, "http_requests_total{{version=\"{version}\",code=\"{code}\"}} {count}");
        }
        self.histogram(&mut page, version);
        let _ = write!(
            page,
            "# HELP process_start_time_seconds When the process started, since 1970.\n\
             # TYPE process_start_time_seconds gauge\n\
             process_start_time_seconds {:.3}\n",
            self.started.as_secs_f64()
        );
        page
    }

    fn histogram(&self, page: &mut String, version: &str) {
        let name = "http_request_duration_seconds";
        let _ = writeln!(page, "# HELP {name} How long answers took.\n# TYPE {name} histogram");
        let mut total = 0;
        for (place, bucket) in self.buckets.iter().enumerate() {
            total += bucket.load(Ordering::Relaxed);
            let bound = BOUNDS.get(place).map_or_else(|| "+Inf".to_owned(), f64::to_string);
            let _ = writeln!(page, "{name}_bucket{{version=\"{version}\",le=\"{bound}\"}} {total}");
        }
        let sum = self.sum_micros.load(Ordering::Relaxed) as f64 / 1e6;
        let _ = writeln!(page, "{name}_sum{{version=\"{version}\"}} {sum}");
        let _ = writeln!(page, "{name}_count{{version=\"{version}\"}} {total}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_counts_by_code_and_by_duration() {
        let metrics = Metrics::new();
        metrics.answered(false, Duration::from_micros(500));
        metrics.answered(false, Duration::from_millis(1));
        metrics.answered(true, Duration::from_secs(3));
        let page = metrics.page("v2");
        for line in [
            "http_requests_total{version=\"v2\",code=\"200\"} 2",
            "http_requests_total{version=\"v2\",code=\"500\"} 1",
            "http_request_duration_seconds_bucket{version=\"v2\",le=\"0.001\"} 2",
            "http_request_duration_seconds_bucket{version=\"v2\",le=\"1\"} 2",
            "http_request_duration_seconds_bucket{version=\"v2\",le=\"+Inf\"} 3",
            "http_request_duration_seconds_sum{version=\"v2\"} 3.0015",
            "http_request_duration_seconds_count{version=\"v2\"} 3",
        ] {
            assert!(page.lines().any(|found| found == line), "no `{line}` in\n{page}");
        }
    }

    #[test]
    fn both_codes_are_there_before_the_first_request() {
        let page = Metrics::new().page("v1");
        assert!(page.contains("code=\"200\"} 0\n") && page.contains("code=\"500\"} 0\n"), "{page}");
    }
}
