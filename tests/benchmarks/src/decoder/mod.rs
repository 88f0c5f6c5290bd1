//! The exposition decoder beside `prometheus-parse`, on the same page.

mod page;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::BufRead;

use prometheus_parse::{Scrape, Value};
use sluice_metrics::exposition::{Format, Limits, Page, decode};

use crate::figure::{Bar, Failure, Figure, Row};
use crate::times::{Times, by_turns, times_longer};

const TURNS: usize = 15;
/// The bar, in times the throughput of `prometheus-parse`.
const LEAST: f64 = 5.0;
/// Megabytes a second: a page of this size is read in a sixtieth of a second.
const LEAST_RATE: f64 = 300.0;

type Sample = (String, BTreeMap<String, String>, u64);

pub fn measure() -> Result<Figure, Failure> {
    let page = page::generate();
    same_samples(&ours(&page)?, &theirs(&page)?)?;
    let mut decoded = || {
        black_box(ours(&page)?);
        Ok(())
    };
    let mut parsed = || {
        black_box(theirs(&page)?);
        Ok(())
    };
    let times = by_turns(TURNS, 1, [&mut decoded, &mut parsed])?;
    Ok(figure(page.len(), ours(&page)?.allocated(), &times))
}

fn figure(bytes: usize, allocated: usize, [ours, theirs]: &[Times; 2]) -> Figure {
    let megabytes = bytes as f64 / 1e6;
    let rate = |times: &Times| megabytes / times.median().as_secs_f64();
    let shown = |value: f64, unit: &str| format!("{value:.1} {unit}");
    let faster = times_longer(theirs.median(), ours.median());
    let sample = |times: &Times| times.median().as_secs_f64() * 1e9 / page::SAMPLES as f64;
    let (each, their_each) = (sample(ours), sample(theirs));
    Figure {
        title: format!("metrics decoder: a page of {megabytes:.2} MB with {} samples", page::SAMPLES),
        beside: "`prometheus-parse`, which takes malformed pages for good, on the same plain page".to_owned(),
        rows: vec![
            Row::ratio("throughput", (shown(rate(ours), "MB/s"), shown(rate(theirs), "MB/s")), faster)
                .with(Bar::at_least(LEAST, faster, "x")),
            Row { ratio: None, ..Row::ratio("on one core", (shown(rate(ours), "MB/s"), String::new()), 0.0) }
                .with(Bar::at_least(LEAST_RATE, rate(ours), " MB/s")),
            Row {
                ratio: None,
                ..Row::ratio(
                    "allocated a sample",
                    (shown(allocated as f64 / page::SAMPLES as f64, "bytes"), String::new()),
                    0.0,
                )
            },
            Row::ratio(
                "time a sample",
                (shown(each, "ns"), shown(their_each, "ns")),
                times_longer(ours.median(), theirs.median()),
            ),
        ],
        notes: vec![format!(
            "Medians of {TURNS} pages of each by turns. Both were seen to read the same samples."
        )],
    }
}

fn ours(page: &str) -> Result<Page<'_>, Failure> {
    Ok(decode(page.as_bytes(), Format::PrometheusText, &Limits::default())?)
}

/// As its documentation feeds it.
fn theirs(page: &str) -> Result<Scrape, Failure> {
    Ok(Scrape::parse(page.as_bytes().lines())?)
}

/// A faster decoder that reads something else would be worth nothing.
fn same_samples(ours: &Page<'_>, theirs: &Scrape) -> Result<(), Failure> {
    let one: Vec<Sample> = ours.samples.iter().map(|sample| our_sample(ours, sample)).collect();
    let other: Vec<Sample> =
        theirs.samples.iter().map(their_sample).collect::<Option<_>>().unwrap_or_default();
    if one == other && one.len() == page::SAMPLES {
        return Ok(());
    }
    Err(format!("the decoders disagree: {} and {} samples", one.len(), other.len()).into())
}

fn our_sample(page: &Page<'_>, sample: &sluice_metrics::exposition::Sample<'_>) -> Sample {
    let labels = page.labels(sample).iter();
    let labels = labels.map(|label| (label.name.to_string(), label.value.to_string())).collect();
    (sample.name.to_string(), labels, sample.value.to_bits())
}

fn their_sample(sample: &prometheus_parse::Sample) -> Option<Sample> {
    let labels = sample.labels.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let (Value::Counter(value) | Value::Gauge(value)) = sample.value else { return None };
    Some((sample.metric.clone(), labels, value.to_bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_read_the_page_alike() {
        let page = page::generate();
        same_samples(&ours(&page).unwrap(), &theirs(&page).unwrap()).unwrap();
    }

    #[test]
    fn a_difference_is_noticed() {
        let page = page::generate();
        let other = page.replacen("GET", "PUT", 1);
        assert!(same_samples(&ours(&page).unwrap(), &theirs(&other).unwrap()).is_err());
    }
}
