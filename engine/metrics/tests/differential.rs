//! Against `prometheus-parse`, over the plain pages that it reads right: no escapes, no braces or colons, no
//! histograms or summaries (which it folds), no timestamps (which it would fill in).

use std::collections::BTreeMap;

use proptest::prelude::*;
use sluice_metrics::exposition::{Format, Limits, decode};

type Sample = (String, BTreeMap<String, String>, u64);

fn sample() -> impl Strategy<Value = (String, BTreeMap<String, String>, f64)> {
    let labels = proptest::collection::btree_map("[a-z_][a-z0-9_]{0,6}", "[a-zA-Z0-9/:._-]{0,8}", 0..4);
    ("[a-z_][a-z0-9_]{0,10}", labels, any::<f64>().prop_filter("a plain number", |value| value.is_finite()))
}

fn page(samples: &[(String, BTreeMap<String, String>, f64)]) -> String {
    let mut text = String::new();
    for (name, labels, value) in samples {
        let pairs: Vec<_> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        let braced = if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) };
        text += &format!("{name}{braced} {value:e}\n");
    }
    text
}

fn theirs(text: &str) -> Vec<Sample> {
    let scrape = prometheus_parse::Scrape::parse(text.lines().map(|line| Ok(line.to_owned()))).unwrap();
    let samples = scrape.samples.into_iter().map(|sample| {
        let labels = sample.labels.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let prometheus_parse::Value::Untyped(value) = sample.value else { panic!("a typed value") };
        (sample.metric, labels, value.to_bits())
    });
    samples.collect()
}

fn ours(text: &str) -> Vec<Sample> {
    let page = decode(text.as_bytes(), Format::PrometheusText, &Limits::default()).unwrap();
    let samples = page.samples.iter().map(|sample| {
        let labels = page.labels(sample).iter();
        let labels = labels.map(|label| (label.name.to_string(), label.value.to_string())).collect();
        (sample.name.to_string(), labels, sample.value.to_bits())
    });
    samples.collect()
}

proptest! {
    #[test]
    fn plain_pages_read_alike(samples in proptest::collection::vec(sample(), 0..20)) {
        let text = page(&samples);
        prop_assert_eq!(ours(&text), theirs(&text));
    }
}
