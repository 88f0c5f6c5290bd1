//! Any text as a query: evaluated over a few series or refused, and never for long.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use sluice_metrics::exposition::{Format, Limits, decode};
use sluice_metrics::promql::{Options, check, instant, range};
use sluice_metrics::store::{Scrape, Store};

static STORE: OnceLock<Store> = OnceLock::new();

fuzz_target!(|text: &str| {
    let Ok(query) = check(text) else { return };
    let options = Options { max_samples: 10_000, max_steps: 20, ..Options::default() };
    let store = STORE.get_or_init(store);
    let _ = instant(&query, store, 60_000, &options);
    let _ = range(&query, store, (0, 60_000, 10_000), &options);
});

fn store() -> Store {
    let mut store = Store::default();
    for round in 0..6 {
        let page = format!(
            "# TYPE m counter\nm{{job=\"a\"}} {round}\nm{{job=\"b\"}} NaN\n# TYPE h histogram\n\
             h_bucket{{le=\"1\"}} {round}\nh_bucket{{le=\"+Inf\"}} 7\nh_sum 3\nh_count 7\n"
        );
        if let Ok(page) = decode(page.as_bytes(), Format::PrometheusText, &Limits::default()) {
            let _ = store.ingest(&Scrape { endpoint: "a", labels: &[], named: &Default::default(), at_ms: round * 10_000, page: &page });
        }
    }
    store
}
