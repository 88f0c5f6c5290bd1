//! Pages in protocol buffers, written with the messages that they are read with, and broken ones.

use proptest::prelude::*;

use super::messages::{Bucket, Quantile, Span, Value};
use super::*;
use crate::exposition::{DecodeError, Format, Limits, Page, decode};

/// A field that is itself behind its length.
fn field(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![tag << 3 | 2];
    prost::encoding::encode_varint(bytes.len() as u64, &mut field);
    field.extend_from_slice(bytes);
    field
}

fn family(name: &str, kind: u8, metrics: &[Metric]) -> Vec<u8> {
    let mut family = field(1, name.as_bytes());
    // The type may come after what it is the type of.
    for metric in metrics {
        family.extend(field(4, &metric.encode_to_vec()));
    }
    family.extend([3 << 3, kind]);
    let mut bytes = Vec::new();
    prost::encoding::encode_varint(family.len() as u64, &mut bytes);
    bytes.extend(family);
    bytes
}

fn read(bytes: &[u8]) -> Result<Page<'_>, DecodeError> {
    decode(bytes, Format::Protobuf, &Limits::default())
}

fn shown(page: &Page<'_>) -> String {
    let labels = |labels: &[crate::exposition::Label<'_>]| {
        labels.iter().map(|label| format!("{}={}", label.name, label.value)).collect::<Vec<_>>().join(",")
    };
    let samples = page.samples.iter().map(|one| {
        let more = one.timestamp.map(|at| format!(" @{at}")).unwrap_or_default();
        format!("{}{{{}}} {}{more}", one.name, labels(page.labels(one)), one.value)
    });
    let histograms = page
        .histograms
        .iter()
        .map(|one| format!("{}{{{}}} {}", one.name, labels(page.histogram_labels(one)), one.histogram));
    samples.chain(histograms).collect::<Vec<_>>().join("\n")
}

fn value(value: f64) -> Option<Value> {
    Some(Value { value, exemplar: None, start_timestamp: None })
}

fn pair(name: &str, value: &str) -> LabelPair {
    LabelPair { name: name.into(), value: value.into() }
}

fn native() -> Histogram {
    Histogram {
        sample_count: 13,
        sample_sum: 20.5,
        schema: 0,
        zero_threshold: 0.001,
        zero_count: 2,
        positive_span: vec![Span { offset: 0, length: 2 }, Span { offset: 1, length: 1 }],
        positive_delta: vec![1, 2, -1],
        negative_span: vec![Span { offset: 1, length: 1 }],
        negative_delta: vec![5],
        ..Histogram::default()
    }
}

fn with_histogram(histogram: Histogram) -> Metric {
    Metric { histogram: Some(histogram), ..Metric::default() }
}

#[test]
fn plain_metrics() {
    let started = Timestamp { seconds: 12, nanos: 500_000_000 };
    let counter = Value { value: 3.0, exemplar: None, start_timestamp: Some(started) };
    let counter = Metric { label: vec![pair("code", "200")], counter: Some(counter), ..Metric::default() };
    let gauge = Metric { gauge: value(-0.5), timestamp_ms: Some(1234), ..Metric::default() };
    let quantile = Quantile { quantile: 0.5, value: 7.0 };
    let summary =
        Summary { sample_count: 2, sample_sum: 14.0, quantile: vec![quantile], start_timestamp: None };
    let mut bytes = family("hits_total", 0, &[counter]);
    bytes.extend(family("load", 1, &[gauge]));
    bytes.extend(family("what", 3, &[Metric { untyped: value(1.0), ..Metric::default() }]));
    bytes.extend(family("took", 2, &[Metric { summary: Some(summary), ..Metric::default() }]));
    let page = read(&bytes).unwrap();
    insta::assert_snapshot!(shown(&page), @r"
    hits_total{code=200} 3
    load{} -0.5 @1234
    what{} 1
    took_count{} 2
    took_sum{} 14
    took{quantile=0.5} 7
    ");
    assert_eq!(page.oldest_created, Some(12.5));
    assert!(page.samples[0].cumulative && !page.samples[1].cumulative);
}

#[test]
fn a_histogram_of_both_forms_is_read_as_both() {
    let exemplar = Exemplar {
        label: vec![pair("trace", "abc")],
        value: 0.7,
        timestamp: Some(Timestamp { seconds: 1, nanos: 500_000_000 }),
    };
    let bucket = |upper_bound, cumulative_count, exemplar| Bucket {
        cumulative_count,
        upper_bound,
        exemplar,
        cumulative_count_float: 0.0,
    };
    let both = Histogram { bucket: vec![bucket(0.1, 2, None), bucket(1.0, 9, Some(exemplar))], ..native() };
    let bytes = family("took_seconds", 4, &[with_histogram(both)]);
    let page = read(&bytes).unwrap();
    insta::assert_snapshot!(shown(&page), @r"
    took_seconds_count{} 13
    took_seconds_sum{} 20.5
    took_seconds_bucket{le=0.1} 2
    took_seconds_bucket{le=1.0} 9
    took_seconds_bucket{le=+Inf} 13
    took_seconds{} {count:13, sum:20.5, [-2,-1):5, [-0.001,0.001]:2, (0.5,1]:1, (1,2]:3, (4,8]:2}
    ");
    let (exemplar, labels) = page.exemplar(&page.samples[3]).unwrap();
    assert_eq!((exemplar.value, exemplar.timestamp, labels[0].value.as_ref()), (0.7, Some(1500), "abc"));
}

#[test]
fn counts_may_be_floats_and_a_gauge_says_so() {
    let floats = Histogram {
        sample_count_float: 4.5,
        sample_sum: 1.0,
        zero_count_float: 0.5,
        positive_span: vec![Span { offset: -2, length: 2 }],
        positive_count: vec![1.5, 2.5],
        ..Histogram::default()
    };
    let bytes = family("h", 5, &[with_histogram(floats)]);
    let page = read(&bytes).unwrap();
    assert_eq!(shown(&page), "h{} {count:4.5, sum:1, [-0,0]:0.5, (0.125,0.25]:1.5, (0.25,0.5]:2.5}");
    assert_eq!(page.histograms[0].histogram.reset, crate::histogram::ResetHint::Gauge);
}

#[test]
fn what_is_wrong_is_told() {
    let told = |bytes: &[u8]| read(bytes).map(|page| shown(&page)).unwrap_or_else(|error| error.to_string());
    let good = family("up", 1, &[Metric { gauge: value(1.0), ..Metric::default() }]);
    let broken = |change: fn(&mut Histogram)| {
        let mut histogram = native();
        change(&mut histogram);
        told(&family("h", 4, &[with_histogram(histogram)]))
    };
    let told = [
        told(&good[..good.len() - 1]),
        told(&[good.as_slice(), &[200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200]].concat()),
        told(b"<html>"),
        told(&family("", 1, &[])),
        told(&family("up", 9, &[])),
        told(&family("up", 1, &[Metric { label: vec![pair("", "x")], ..Metric::default() }])),
        broken(|histogram| histogram.schema = 9),
        broken(|histogram| histogram.schema = -53),
        broken(|histogram| histogram.zero_threshold = f64::NAN),
        broken(|histogram| histogram.sample_count = 14),
        broken(|histogram| histogram.positive_delta = vec![1, -2, 12]),
        broken(|histogram| histogram.positive_delta = vec![1]),
        broken(|histogram| histogram.positive_delta = vec![i64::MAX, 1, 1]),
        broken(|histogram| histogram.positive_span[1].offset = -1),
        broken(|histogram| histogram.positive_span[0].offset = i32::MAX),
        broken(|histogram| histogram.positive_span[0].length = u32::MAX),
    ];
    insta::assert_snapshot!(told.join("\n"), @r"
    metric family at byte 0: the page was cut short
    metric family at byte 20: these are no protocol buffers of metrics: failed to decode Protobuf message: invalid varint
    metric family at byte 0: the page was cut short
    metric family at byte 0: the metric name is empty
    metric family at byte 0: `9` is not a metric type of this format
    metric family at byte 0: the label name is empty
    metric family at byte 0: a native histogram has the unknown schema 9
    metric family at byte 0: a native histogram has the unknown schema -53
    metric family at byte 0: a native histogram has a zero threshold that is negative or not a number
    metric family at byte 0: a native histogram counts 14 observations and has 13 in its buckets
    metric family at byte 0: a native histogram has a negative count
    metric family at byte 0: a native histogram has 1 counts for 3 buckets
    metric family at byte 0: a native histogram has a count out of range
    metric family at byte 0: a native histogram has spans that overlap
    metric family at byte 0: a native histogram has a bucket out of range
    metric family at byte 0: a native histogram has more than 1024 buckets
    ");
}

#[test]
fn a_small_page_that_would_be_large_in_memory_is_refused() {
    let metric = [0x0a, 0x00].repeat(40_000);
    let mut body = field(1, b"up");
    body.extend(field(4, &metric));
    let mut bytes = Vec::new();
    prost::encoding::encode_varint(body.len() as u64, &mut bytes);
    bytes.extend(body);
    assert_eq!(
        read(&bytes).unwrap_err().to_string(),
        "metric family at byte 0: the line is longer than 65536 bytes"
    );
}

proptest! {
    #[test]
    fn hostile_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
    }

    #[test]
    fn a_broken_page_does_no_harm(at in 0usize..60, byte in any::<u8>()) {
        let mut bytes = family("h", 4, &[with_histogram(native())]);
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = read(&bytes);
    }
}
