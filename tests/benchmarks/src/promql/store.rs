//! A store as a large service fills it: counters by code, buckets of latency and gauges, of two revisions.

use std::fmt::Write;

use sluice_metrics::exposition::{Format, Limits, decode};
use sluice_metrics::store::{Scrape, Store};

/// When the last scrape was.
pub const END_MS: i64 = ROUNDS * EVERY_MS;

const ROUNDS: i64 = 360;
const EVERY_MS: i64 = 5000;
const CODES: [&str; 4] = ["200", "204", "404", "500"];
const BOUNDS: [&str; 4] = ["0.01", "0.1", "1.0", "+Inf"];
/// Series of one route of one revision.
const EACH: usize = CODES.len() + BOUNDS.len() + 2;

/// A store with so many series, after half an hour of scrapes.
pub fn filled(series: usize) -> Result<Store, crate::figure::Failure> {
    let mut store = Store::default();
    for round in 1..=ROUNDS {
        let text = page(series, round);
        let page = decode(text.as_bytes(), Format::PrometheusText, &Limits::default())?;
        store.ingest(&Scrape {
            endpoint: "shop",
            labels: &[],
            named: &Default::default(),
            at_ms: round * EVERY_MS,
            page: &page,
        })?;
    }
    if store.stats().series != series {
        return Err(format!("the store has {} series, not {series}", store.stats().series).into());
    }
    Ok(store)
}

pub fn bytes_a_sample(store: &Store) -> f64 {
    store.stats().bytes as f64 / store.stats().samples as f64
}

fn page(series: usize, round: i64) -> String {
    let routes = series / EACH / 2;
    let of = |each: &mut dyn FnMut(&str, usize)| {
        for revision in ["v1", "v2"] {
            (0..routes).for_each(|route| each(revision, route));
        }
    };
    // Writing to a string does not fail.
    let mut text = String::from("# TYPE requests_total counter\n");
    of(&mut |revision, route| {
        for (position, code) in CODES.iter().enumerate() {
            let count = round * (route + position + 1) as i64;
            let _ = writeln!(
                text,
                "requests_total{{revision=\"{revision}\",route=\"/{route}\",code=\"{code}\"}} {count}"
            );
        }
    });
    text += "# TYPE took_seconds histogram\n";
    of(&mut |revision, route| {
        for (position, bound) in BOUNDS.iter().enumerate() {
            let count = round * (route + 1) as i64 * (position + 1) as i64;
            let _ = writeln!(
                text,
                "took_seconds_bucket{{revision=\"{revision}\",route=\"/{route}\",le=\"{bound}\"}} {count}"
            );
        }
        let _ = writeln!(text, "took_seconds_sum{{revision=\"{revision}\",route=\"/{route}\"}} {round}.5");
    });
    text += "# TYPE in_flight gauge\n";
    of(&mut |revision, route| {
        let _ = writeln!(text, "in_flight{{revision=\"{revision}\",route=\"/{route}\"}} {}", round % 7);
    });
    text
}
