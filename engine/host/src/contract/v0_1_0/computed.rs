//! The host functions of the interface `statistics`. Each is paid for before it is done, by the size of what it was
//! given; the sizes themselves are bounded by the statistics and by what may cross at once.

use sluice_statistics::{
    self as computed, Alternative, Buckets, Interval, Moments, RateRatio, Share, StatisticsError,
};
use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

use super::bindings::statistics as host;
use super::offered::charge;
use crate::sandbox::Sandbox;

type Given<'a> = StoreContextMut<'a, Sandbox>;
type Told<T> = wasmtime::Result<(Result<T, String>,)>;

/// One call, of whatever.
const CALL: u64 = 5_000;
/// A call that adds up a special function.
const FUNCTION: u64 = 50_000;
/// One value, moved and looked at a few times.
const VALUE: u64 = 100;
/// One pair of values: all pairs are kept and sorted.
const PAIR: u64 = 60;
/// One table that Fisher's test looks at.
const TABLE: u64 = 40;

pub(super) fn define(linker: &mut Linker<Sandbox>) -> wasmtime::Result<()> {
    let mut offered = linker.instance("sluice:plugin/statistics@0.1.0")?;
    offered.func_wrap("mann-whitney", mann_whitney)?;
    offered.func_wrap("welch", welch)?;
    offered.func_wrap("fisher", fisher)?;
    offered.func_wrap("two-proportion", two_proportion)?;
    offered.func_wrap("wilson", wilson)?;
    offered.func_wrap("quantile-interval", quantile_interval)?;
    offered.func_wrap("compare-quantiles", compare_quantiles)?;
    offered.func_wrap("rate-ratio", rate_ratio)?;
    offered.func_wrap("ratio-evidence", ratio_evidence)?;
    offered.func_wrap("confidence-sequence", confidence_sequence)?;
    offered.func_wrap("burn-rate", burn_rate)?;
    offered.func_wrap("holm", holm)
}

fn mann_whitney(
    mut store: Given<'_>,
    (first, second, alternative, confidence): (Vec<f64>, Vec<f64>, host::Alternative, f64),
) -> Told<host::RankTest> {
    let (n, m) = (first.len() as u64, second.len() as u64);
    charge(&mut store, CALL + VALUE * (n + m) + PAIR.saturating_mul(n * m))?;
    let test = computed::mann_whitney(&first, &second, side(alternative), confidence);
    told(test, |test| host::RankTest {
        u: test.u,
        p: test.p,
        shift: test.shift,
        interval: interval(test.interval),
    })
}

fn welch(
    mut store: Given<'_>,
    (first, second, alternative, confidence): (Vec<f64>, Vec<f64>, host::Alternative, f64),
) -> Told<host::MeanTest> {
    charge(&mut store, FUNCTION + VALUE * (first.len() + second.len()) as u64)?;
    let test = Moments::of(&first)
        .and_then(|first| computed::welch(&first, &Moments::of(&second)?, side(alternative), confidence));
    told(test, |test| host::MeanTest {
        t: test.t,
        freedom: test.freedom,
        p: test.p,
        difference: test.difference,
        interval: interval(test.interval),
    })
}

fn fisher(
    mut store: Given<'_>,
    (first, second, alternative): (host::Share, host::Share, host::Alternative),
) -> Told<f64> {
    // Tables that are likely at all: some tens of standard deviations to either side.
    let widest = first.hits.saturating_add(second.hits).min(first.total).min(second.total);
    let tables = (100.0 * (widest as f64).sqrt()).min(widest as f64) as u64;
    charge(&mut store, CALL + TABLE * tables)?;
    told(computed::fisher(share(first), share(second), side(alternative)), |p| p)
}

fn two_proportion(
    mut store: Given<'_>,
    (first, second, alternative, confidence): (host::Share, host::Share, host::Alternative, f64),
) -> Told<host::Proportions> {
    charge(&mut store, FUNCTION)?;
    let test = computed::two_proportion(share(first), share(second), side(alternative), confidence);
    told(test, |test| host::Proportions {
        z: test.z,
        p: test.p,
        difference: test.difference,
        interval: interval(test.interval),
    })
}

fn wilson(mut store: Given<'_>, (one, confidence): (host::Share, f64)) -> Told<host::Interval> {
    charge(&mut store, FUNCTION)?;
    told(computed::wilson(share(one), confidence), interval)
}

fn quantile_interval(
    mut store: Given<'_>,
    (one, quantile, confidence): (host::Buckets, f64, f64),
) -> Told<host::Interval> {
    charge(&mut store, 4 * FUNCTION + VALUE * (one.upper.len() + one.counts.len()) as u64)?;
    told(computed::quantile_interval(buckets(&one), quantile, confidence), interval)
}

fn compare_quantiles(
    mut store: Given<'_>,
    (first, second, quantile, confidence): (host::Buckets, host::Buckets, f64, f64),
) -> Told<host::QuantileComparison> {
    let size = [&first.upper, &second.upper].map(Vec::len).iter().sum::<usize>()
        + first.counts.len()
        + second.counts.len();
    charge(&mut store, 8 * FUNCTION + VALUE * size as u64)?;
    let found = computed::compare_quantiles(buckets(&first), buckets(&second), quantile, confidence);
    told(found, |found| host::QuantileComparison {
        first: interval(found.first),
        second: interval(found.second),
        ratio: interval(found.ratio),
    })
}

fn rate_ratio(
    mut store: Given<'_>,
    (test, errors, traffic): (host::SequentialTest, (u64, u64), (f64, f64)),
) -> Told<host::SequentialTest> {
    charge(&mut store, CALL + VALUE * test.wagers.len() as u64)?;
    let host::SequentialTest { tolerated, wagers, evidence, highest } = test;
    let before = RateRatio { tolerated, wagers, evidence, highest };
    told(computed::rate_ratio(&before, errors, traffic), |after| host::SequentialTest {
        tolerated: after.tolerated,
        wagers: after.wagers,
        evidence: after.evidence,
        highest: after.highest,
    })
}

fn ratio_evidence(mut store: Given<'_>, (errors, total, limit): (u64, u64, f64)) -> Told<f64> {
    charge(&mut store, FUNCTION)?;
    told(computed::ratio_evidence(errors, total, limit), |evidence| evidence)
}

fn confidence_sequence(
    mut store: Given<'_>,
    (count, mean, variance, planned, confidence): (u64, f64, f64, u64, f64),
) -> Told<host::Interval> {
    charge(&mut store, CALL)?;
    told(computed::confidence_sequence(count, mean, variance, planned, confidence), interval)
}

fn burn_rate(mut store: Given<'_>, (bad, all, objective): (f64, f64, f64)) -> Told<f64> {
    charge(&mut store, CALL)?;
    told(computed::burn_rate((bad, all), objective), |rate| rate)
}

fn holm(mut store: Given<'_>, (p,): (Vec<f64>,)) -> wasmtime::Result<(Vec<f64>,)> {
    charge(&mut store, CALL + VALUE * p.len() as u64)?;
    Ok((computed::holm(&p),))
}

fn told<T, U>(result: Result<T, StatisticsError>, write: impl FnOnce(T) -> U) -> Told<U> {
    Ok((result.map(write).map_err(|error| error.to_string()),))
}

fn side(given: host::Alternative) -> Alternative {
    match given {
        host::Alternative::Different => Alternative::Different,
        host::Alternative::Less => Alternative::Less,
        host::Alternative::Greater => Alternative::Greater,
    }
}

fn share(given: host::Share) -> Share {
    Share { hits: given.hits, total: given.total }
}

fn buckets(given: &host::Buckets) -> Buckets<'_> {
    Buckets { upper: &given.upper, counts: &given.counts }
}

fn interval(one: Interval) -> host::Interval {
    host::Interval { low: one.low, high: one.high }
}
