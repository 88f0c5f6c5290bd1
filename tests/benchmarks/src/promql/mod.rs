//! The evaluator on queries that gates ask, over 10,000 series; and how it grows with series and with range.

mod store;

use std::hint::black_box;

use sluice_metrics::promql::{Checked, Options, check, instant};
use sluice_metrics::store::Store;

use crate::figure::{Failure, Figure, Row};
use crate::table::time;
use crate::times::{by_turns, times_longer};

const SERIES: usize = 10_000;
const TURNS: usize = 9;
/// What gates ask: an error ratio, a rate by revision, a latency quantile, a plain gauge, a ratio to a baseline.
const QUERIES: [(&str, &str); 5] = [
    (
        "error ratio",
        "sum(rate(requests_total{revision=\"v2\",code=~\"5..\"}[1m])) / sum(rate(requests_total{revision=\"v2\"}[1m]))",
    ),
    ("rate by revision", "sum by (revision) (rate(requests_total[1m]))"),
    (
        "latency quantile",
        "histogram_quantile(0.99, sum by (le) (rate(took_seconds_bucket{revision=\"v2\"}[1m])))",
    ),
    ("gauge", "max(in_flight{revision=\"v2\"})"),
    (
        "candidate by stable",
        "sum(rate(requests_total{revision=\"v2\"}[1m])) / on () group_left () sum(rate(requests_total{revision=\"v1\"}[1m]))",
    ),
];

pub fn measure() -> Result<Figure, Failure> {
    let (whole, tenth) = (store::filled(SERIES)?, store::filled(SERIES / 10)?);
    let mut rows = Vec::new();
    for (name, expr) in QUERIES {
        rows.push(query(name, expr, (&whole, &tenth))?);
    }
    for (longer, shorter) in [("5m", "1m"), ("30m", "5m")] {
        rows.push(range(&whole, longer, shorter)?);
    }
    Ok(Figure {
        title: format!("PromQL: queries a second over {SERIES} series, sampled every 5 s for half an hour"),
        beside: format!("the same query over {} series", SERIES / 10),
        rows,
        notes: vec![
            format!("Medians of {TURNS} turns of each. A ratio is how many times longer the larger takes."),
            format!("The store holds {:.1} bytes a sample, labels included.", store::bytes_a_sample(&whole)),
        ],
    })
}

fn query(name: &str, expr: &str, (whole, tenth): (&Store, &Store)) -> Result<Row, Failure> {
    let checked = check(expr)?;
    let mut large = || evaluate(&checked, whole);
    let mut small = || evaluate(&checked, tenth);
    let [large, small] = by_turns(TURNS, 5, [&mut large, &mut small])?;
    let a_second = |seconds: f64| format!("{:.0} /s", 1.0 / seconds);
    let values = (a_second(large.median().as_secs_f64()), a_second(small.median().as_secs_f64()));
    Ok(Row::ratio(name, values, times_longer(large.median(), small.median())))
}

fn range(whole: &Store, longer: &str, shorter: &str) -> Result<Row, Failure> {
    let expr = |range: &str| check(&format!("sum by (revision) (rate(requests_total[{range}]))"));
    let (long, short) = (expr(longer)?, expr(shorter)?);
    let [long, short] =
        by_turns(TURNS, 3, [&mut || evaluate(&long, whole), &mut || evaluate(&short, whole)])?;
    let values = (time(long.median()), time(short.median()));
    Ok(Row::ratio(
        &format!("range of {longer}, by {shorter}"),
        values,
        times_longer(long.median(), short.median()),
    ))
}

fn evaluate(checked: &Checked, store: &Store) -> Result<(), Failure> {
    let (answer, _) = instant(checked, store, store::END_MS, &Options::default())?;
    if answer.series.is_empty() {
        return Err(format!("`{}` has no answer", checked.text()).into());
    }
    black_box(answer);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_has_an_answer() {
        let store = store::filled(400).unwrap();
        for (_, expr) in QUERIES {
            evaluate(&check(expr).unwrap(), &store).unwrap();
        }
    }
}
