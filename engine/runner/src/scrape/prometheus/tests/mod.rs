//! Answers good and bad, over real sockets, and those of a real Prometheus.

mod bad;
mod good;
mod real;
mod server;

use sluice_core::model::observation::{Observation, Query, Range};
use sluice_core::plan::PrometheusPlan;

use super::Prometheus;

/// When every question is asked.
const NOW: u64 = 1_700_000_000_000;

fn plan(url: &str) -> PrometheusPlan {
    PrometheusPlan {
        url: url.to_owned(),
        timeout_ms: 5_000,
        stale_after_ms: 60_000,
        retries: 0,
        auth: None,
        ca: None,
    }
}

fn query(expr: &str, range: Option<Range>) -> Query {
    Query { range, ..Query::instant("q", expr) }
}

async fn asked(plan: &PrometheusPlan, expr: &str) -> Observation {
    Prometheus::new(plan).unwrap().answer(plan, &query(expr, None), (NOW, NOW)).await
}
