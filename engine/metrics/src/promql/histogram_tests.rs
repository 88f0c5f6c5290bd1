//! Native histograms through the evaluator: rates over resets, arithmetic, aggregation, what is left out.

use std::sync::Arc;

use super::*;
use crate::histogram::{Layout, NativeHistogram, ResetHint};
use crate::series::{Selector, SeriesView, Standing};

#[derive(Default)]
struct Memory(Vec<Series>);

type Series = (Labels, Vec<i64>, Vec<f64>, Vec<HistogramSample>);

impl Memory {
    /// A series with floats and histograms, at seconds.
    fn with(
        mut self,
        name: &str,
        job: &str,
        floats: &[(i64, f64)],
        histograms: &[(i64, NativeHistogram)],
    ) -> Self {
        let labels = Labels::from_strs([("__name__", name), ("job", job)]);
        let (at, value) = floats.iter().map(|(at, value)| (at * 1000, *value)).unzip();
        let histograms = histograms.iter().map(|(at, one)| (at * 1000, Arc::new(one.clone()))).collect();
        self.0.push((labels, at, value, histograms));
        self
    }

    fn told(&self, expr: &str, at: i64) -> String {
        let (answer, reading) = instant(&check(expr).unwrap(), self, at * 1000, &Options::default()).unwrap();
        let shown = |column: &Column| match column.histograms.first() {
            Some((_, histogram)) => format!("{} {histogram}", column.labels),
            None => format!("{} {}", column.labels, column.value[0]),
        };
        let series: Vec<String> = answer.series.iter().map(shown).collect();
        series
            .into_iter()
            .chain(reading.omissions.iter().map(|why| format!("omitted: {why}")))
            .collect::<Vec<_>>()
            .join("; ")
    }
}

impl Source for Memory {
    fn select<'a>(&'a self, selector: &Selector) -> Vec<SeriesView<'a>> {
        let chosen = self.0.iter().filter(|(labels, ..)| selector.accepts(labels));
        let view = |(labels, at, value, histograms): &'a Series| SeriesView {
            labels,
            at,
            value,
            histograms,
            standing: Standing::Live,
            process: 0,
            restarts: &[],
        };
        chosen.map(view).collect()
    }
}

/// Two buckets, up to 1 and up to 2.
fn histogram(one: f64, two: f64) -> NativeHistogram {
    let layout = Layout::Exponential { schema: 0, zero_threshold: 0.001 };
    let positive = vec![(0, one), (1, two)];
    NativeHistogram { count: one + two, sum: one + 2.0 * two, positive, ..NativeHistogram::empty(layout) }
}

fn custom(count: f64) -> NativeHistogram {
    let layout = Layout::Custom { bounds: Arc::from([1.0]) };
    NativeHistogram { count, positive: vec![(0, count)], ..NativeHistogram::empty(layout) }
}

#[test]
fn rates_add_what_came_before_a_reset() {
    let samples = [
        (0, histogram(10.0, 10.0)),
        (10, histogram(14.0, 12.0)),
        (20, histogram(3.0, 0.0)),
        (30, histogram(5.0, 4.0)),
    ];
    let memory = Memory::default().with("h", "a", &[], &samples);
    // Within the window 4 and 2 before the reset, 5 and 4 after it; all of the window is sampled.
    assert_eq!(
        memory.told("increase(h[30s1ms])", 30).split(", sum").next().unwrap(),
        r#"{job="a"} {count:15.0005"#
    );
    assert_eq!(memory.told("histogram_count(rate(h[30s1ms])) * 30.001", 30), r#"{job="a"} 15.0005"#);
    assert_eq!(memory.told("resets(h[1m])", 30), r#"{job="a"} 1"#);
    assert_eq!(memory.told("irate(h[1m])", 30), r#"{job="a"} {count:0.6, sum:1, (0.5,1]:0.2, (1,2]:0.4}"#);
    assert_eq!(memory.told("irate(h[1m])", 20), r#"{job="a"} {count:0.3, sum:0.3, (0.5,1]:0.3}"#);
    assert_eq!(memory.told("changes(h[1m])", 30), r#"{job="a"} 3"#);
    assert_eq!(memory.told("rate(h[5s])", 30), "");
}

#[test]
fn a_reset_after_the_first_sample_may_change_the_buckets() {
    let samples = [(0, custom(9.0)), (10, histogram(1.0, 0.0)), (20, histogram(2.0, 0.0))];
    let memory = Memory::default().with("h", "a", &[], &samples);
    assert_eq!(memory.told("histogram_count(increase(h[20s1ms]))", 20), r#"{job="a"} 2.0001"#);
    let samples = [(0, histogram(1.0, 0.0)), (10, histogram(2.0, 0.0)), (20, custom(9.0))];
    let memory = Memory::default().with("h", "a", &[], &samples);
    assert_eq!(
        memory.told("increase(h[1m])", 20),
        "omitted: the buckets of the histograms in one window do not go together"
    );
}

#[test]
fn arithmetic_has_meaning_for_some_operators_only() {
    let memory = Memory::default()
        .with("h", "a", &[], &[(0, histogram(1.0, 3.0))])
        .with("g", "a", &[], &[(0, histogram(1.0, 1.0))])
        .with("f", "a", &[(0, 2.0)], &[]);
    assert_eq!(memory.told("h + g", 0), r#"{job="a"} {count:6, sum:10, (0.5,1]:2, (1,2]:4}"#);
    assert_eq!(memory.told("h - g", 0), r#"{job="a"} {count:2, sum:4, (1,2]:2}"#);
    assert_eq!(memory.told("h * f", 0), memory.told("f * h", 0));
    assert_eq!(memory.told("h / 2", 0), r#"{job="a"} {count:2, sum:3.5, (0.5,1]:0.5, (1,2]:1.5}"#);
    assert_eq!(memory.told("-h", 0), memory.told("h * -1", 0));
    assert_eq!(memory.told("h != bool g", 0), r#"{job="a"} 1"#);
    for refused in ["h + f", "f / h", "h > g", "h * g", "h + 1", "h ^ 2"] {
        assert_eq!(
            memory.told(refused, 0),
            "omitted: an operator has no meaning for the histograms that it was given",
            "{refused}"
        );
    }
    assert_eq!(memory.told("h and g", 0), r#"h{job="a"} {count:4, sum:7, (0.5,1]:1, (1,2]:3}"#);
}

#[test]
fn aggregations_take_histograms_numbers_or_either() {
    let memory = Memory::default()
        .with("h", "a", &[], &[(0, histogram(1.0, 3.0))])
        .with("h", "b", &[], &[(0, histogram(3.0, 1.0))])
        .with("h", "c", &[(0, 7.0)], &[]);
    assert_eq!(memory.told("sum(h{job!=\"c\"})", 0), "{} {count:8, sum:12, (0.5,1]:4, (1,2]:4}");
    assert_eq!(memory.told("avg(h{job!=\"c\"})", 0), "{} {count:4, sum:6, (0.5,1]:2, (1,2]:2}");
    assert_eq!(memory.told("sum(h)", 0), "omitted: numbers and histograms can not be added");
    assert_eq!(memory.told("count(h) + group(h)", 0), "{} 4");
    assert_eq!(
        memory.told("max(h)", 0),
        "{} 7; omitted: histograms are left out of an aggregation of numbers"
    );
    assert_eq!(
        memory.told("topk(3, h)", 0),
        "h{job=\"c\"} 7; omitted: histograms are left out of an aggregation of numbers"
    );
    assert_eq!(memory.told("count(limitk(2, h))", 0), "{} 2");
    assert_eq!(
        memory.told("sum(h{job=\"a\"} or vector(1))", 0),
        "omitted: numbers and histograms can not be added"
    );
    assert_eq!(
        memory.told("abs(h)", 0),
        "{job=\"c\"} 7; omitted: a function of numbers was given histograms"
    );
    assert_eq!(
        memory.told("count_values(\"v\", h{job=\"a\"})", 0),
        r#"{v="{count:4, sum:7, (0.5,1]:1, (1,2]:3}"} 1"#
    );
}

#[test]
fn windows_of_both_kinds_are_left_out_or_counted() {
    let memory = Memory::default().with(
        "m",
        "a",
        &[(0, 1.0), (10, 2.0)],
        &[(20, histogram(1.0, 0.0)), (30, histogram(2.0, 0.0))],
    );
    assert_eq!(memory.told("rate(m[1m])", 30), "omitted: a series has numbers and histograms in one window");
    assert_eq!(memory.told("sum_over_time(m[1m])", 30), "omitted: numbers and histograms can not be added");
    assert_eq!(memory.told("count_over_time(m[1m])", 30), r#"{job="a"} 4"#);
    assert_eq!(memory.told("last_over_time(m[1m])", 30), r#"m{job="a"} {count:2, sum:2, (0.5,1]:2}"#);
    assert_eq!(memory.told("first_over_time(m[1m])", 30), r#"m{job="a"} 1"#);
    assert_eq!(memory.told("max_over_time(m[1m])", 30), r#"{job="a"} 2"#);
    assert_eq!(memory.told("sum_over_time(m[15s])", 30), r#"{job="a"} {count:3, sum:3, (0.5,1]:3}"#);
    assert_eq!(memory.told("resets(m[1m]) + changes(m[1m])", 30), r#"{job="a"} 4"#);
    assert_eq!(memory.told("timestamp(m)", 30), r#"{job="a"} 30"#);
    assert_eq!(memory.told("histogram_count(sum_over_time(m[15s:5s]))", 30), r#"{job="a"} 4"#);
}

#[test]
fn a_series_that_is_both_classic_and_native_has_no_quantile() {
    let labels = |le: &str| Labels::from_strs([("__name__", "h"), ("job", "a"), ("le", le)]);
    let mut memory = Memory::default().with("h", "a", &[], &[(0, histogram(1.0, 3.0))]);
    assert_eq!(memory.told("histogram_quantile(1, h)", 0), r#"{job="a"} 2"#);
    assert_eq!(
        memory.told("histogram_quantiles(h, \"q\", 0.25, 1)", 0),
        r#"{job="a",q="0.25"} 1; {job="a",q="1.0"} 2"#
    );
    memory.0.push((labels("+Inf"), vec![0], vec![4.0], vec![]));
    assert_eq!(
        memory.told("histogram_quantile(1, h)", 0),
        "omitted: a series is a classic and a native histogram at once"
    );
}

#[test]
fn a_gauge_stays_one() {
    let gauge = NativeHistogram { reset: ResetHint::Gauge, ..histogram(5.0, 5.0) };
    let memory = Memory::default().with("h", "a", &[], &[(0, gauge), (10, histogram(1.0, 1.0))]);
    assert_eq!(memory.told("histogram_count(idelta(h[1m]))", 10), r#"{job="a"} -8"#);
    assert_eq!(memory.told("histogram_sum(delta(h[10s1ms]))", 10), r#"{job="a"} -12.0012"#);
}
