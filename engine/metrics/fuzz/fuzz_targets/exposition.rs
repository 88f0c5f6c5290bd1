//! Any bytes as a page of each format: read or refused, and what is read is taken in by a store or refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sluice_metrics::exposition::{Format, Limits, decode};
use sluice_metrics::promql::{Options, check, instant};
use sluice_metrics::store::{Scrape, Store};

fuzz_target!(|bytes: &[u8]| {
    for format in [Format::PrometheusText, Format::OpenMetrics, Format::Protobuf] {
        let Ok(page) = decode(bytes, format, &Limits::default()) else { continue };
        let mut store = Store::default();
        for at_ms in [1000, 2000] {
            let _ = store.ingest(&Scrape { endpoint: "a", labels: &[("instance", "a")], named: &Default::default(), at_ms, page: &page });
        }
        if let Ok(query) = check("histogram_quantile(0.9, sum(rate({instance=\"a\"}[1m])))") {
            let _ = instant(&query, &store, 2000, &Options::default());
        }
    }
});
