//! What the decoder reads, what it refuses and how it says so, and that nothing makes it panic.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;

fn prometheus(text: &str) -> Result<Page<'_>, String> {
    decode(text.as_bytes(), Format::PrometheusText, &Limits::default()).map_err(|error| error.to_string())
}

fn openmetrics(text: &str) -> Result<Page<'_>, String> {
    decode(text.as_bytes(), Format::OpenMetrics, &Limits::default()).map_err(|error| error.to_string())
}

/// One line a sample: name, labels, value, timestamp, `+` when cumulative, exemplar.
fn listing(page: &Page<'_>) -> String {
    let mut lines = String::new();
    for sample in &page.samples {
        lines += &format!("{} {}", sample.name, braced(page.labels(sample)));
        lines +=
            &format!(" {} {:?}{}", sample.value, sample.timestamp, if sample.cumulative { " +" } else { "" });
        if let Some((exemplar, labels)) = page.exemplar(sample) {
            lines += &format!(" # {} {} {:?}", braced(labels), exemplar.value, exemplar.timestamp);
        }
        lines.push('\n');
    }
    lines
}

fn braced(labels: &[Label<'_>]) -> String {
    let pairs: Vec<_> = labels.iter().map(|label| format!("{}={:?}", label.name, label.value)).collect();
    format!("{{{}}}", pairs.join(","))
}

#[test]
fn reads_a_prometheus_page() {
    let page = prometheus(concat!(
        "# a comment\n#another\n\n# HELP http_requests_total How \\\\ many\\nthere were.\n",
        "# TYPE http_requests_total counter\nhttp_requests_total{code=\"200\",path=\"/{id}\"} 1027 1395066363000\n",
        "http_requests_total { code = \"5\\\"00\" , } 3\n# TYPE lat histogram\nlat_bucket{le=\"1\"} 2\n",
        "lat_bucket{le=\"+Inf\"} 3\nlat_sum 2.5e0\nlat_count 3\nlat_max NaN\n",
        "{\"new.name\",\"a b\"=\"ü\"} -Inf\n\tup 1"
    ))
    .unwrap();
    assert_snapshot!(listing(&page), @r#"
    http_requests_total {code="200",path="/{id}"} 1027 Some(1395066363000) +
    http_requests_total {code="5\"00"} 3 None +
    lat_bucket {le="1.0"} 2 None +
    lat_bucket {le="+Inf"} 3 None +
    lat_sum {} 2.5 None +
    lat_count {} 3 None +
    lat_max {} NaN None
    new.name {a b="ü"} -inf None
    up {} 1 None
    "#);
    assert_eq!(page.families[0].help, "How \\ many\nthere were.");
    assert_eq!(page.families[0].kind, Some(MetricType::Counter));
}

#[test]
fn reads_an_openmetrics_page() {
    let page = openmetrics(concat!(
        "# TYPE lat_seconds gaugehistogram\n# UNIT lat_seconds seconds\nlat_seconds_bucket{le=\"1\"} 2\n",
        "# TYPE hits counter\n# HELP hits \nhits_total{a=\"b\"} 17.0 1520879607.789 # {trace=\"x\\ny\",} 5 1.5\n",
        "hits_created{a=\"b\"} 1520872607.123\n# TYPE ver info\nver_info{v=\"1\"} 1\n# TYPE st stateset\n",
        "st{st=\"on\"} 1 # {} 1\n# EOF\n"
    ))
    .unwrap();
    assert_snapshot!(listing(&page), @r#"
    lat_seconds_bucket {le="1"} 2 None
    hits_total {a="b"} 17 Some(1520879607789) + # {trace="x\ny"} 5 Some(1500)
    hits_created {a="b"} 1520872607.123 None
    ver_info {v="1"} 1 None
    st {st="on"} 1 None # {} 1 None
    "#);
    assert_eq!(page.families[0].unit, "seconds");
}

#[test]
fn says_what_is_wrong_and_where() {
    let faults: Vec<_> = [
        "a 1\nb{c='d'} 1\n",
        "a{b=\"c} 1\n",
        "a{b \"c\"} 1",
        "a 1_000",
        "a 1 1.5",
        "# TYPE a meh\n",
        "# HELP \n",
        "{a=\"b\"} 1",
        "a{\"b\"} 1",
        "\"a\" 1",
        "a",
        "a 1 2 3",
        "a\0 1",
        "\0",
        "# x\n#\0",
        "{\"\"} 1",
        "a{\"\"=\"b\"} 1",
        "a{b=\"\\\n\"} 1",
        "{\"a\0\"} 1",
        "a 1 99999999999999999999",
    ]
    .into_iter()
    .map(|text| prometheus(text).unwrap_err())
    .collect();
    assert_snapshot!(faults.join("\n"), @r#"
    line 2, column 5: expected a quoted label value, found `'d'`
    line 1, column 5: the quoted string does not end
    line 1, column 5: expected `=` after the label name, found `"`
    line 1, column 3: `1_000` is not a number
    line 1, column 6: expected the end of the line, found `.5`
    line 1, column 9: `meh` is not a metric type of this format
    line 1, column 8: expected a metric name, found the end of the line
    line 1, column 9: the sample has no metric name
    line 1, column 6: the sample has two metric names
    line 1, column 1: expected a metric name, found `"`
    line 1, column 2: expected a value, found the end of the page
    line 1, column 7: expected the end of the line, found `3`
    line 1, column 2: expected a value, found `\u{0}`
    line 1, column 1: a NUL byte does not belong here
    line 2, column 2: a NUL byte does not belong here
    line 1, column 7: the metric name is empty
    line 1, column 9: the label name is empty
    line 1, column 7: a line break byte does not belong in this string
    line 1, column 4: a NUL byte does not belong in this string
    line 1, column 5: `99999999999999999999` is not a timestamp
    "#);
}

#[test]
fn says_what_is_wrong_with_openmetrics() {
    let faults: Vec<_> = [
        "a 1\n",
        "a 1",
        "",
        "# EOF\n\n",
        "a 1\n# EOF\nb 1",
        "\n# EOF",
        "# comment\n# EOF",
        "a  1\n# EOF",
        "a 1 \n# EOF",
        "a{b=\"c\", d=\"e\"} 1\n# EOF",
        "a 1 inf\n# EOF",
        "# UNIT a_s seconds\n# EOF",
        "# TYPE a untyped\n# EOF",
        "a 1 # {b} 1\n# EOF",
        "a 1 # {\"b\"} 1\n# EOF",
        "a 1 # {b=\"\0\"} 1\n# EOF",
        "a 1 # {}\n# EOF",
        "# HELP a\n# EOF",
        "a\t1\n# EOF",
    ]
    .into_iter()
    .map(|text| openmetrics(text).unwrap_err())
    .collect();
    assert_snapshot!(faults.join("\n"), @r"
    line 2, column 1: the page does not end with `# EOF`, so it may have been cut short
    line 1, column 4: the page does not end with `# EOF`, so it may have been cut short
    line 1, column 1: the page does not end with `# EOF`, so it may have been cut short
    line 2, column 1: there is text after `# EOF`
    line 3, column 1: there is text after `# EOF`
    line 1, column 1: expected a metric name, found the end of the line
    line 1, column 2: expected ` HELP `, ` TYPE `, ` UNIT ` or ` EOF`, found ` `
    line 1, column 3: expected a value, found ` `
    line 1, column 5: expected a timestamp in seconds, found the end of the line
    line 1, column 9: expected a label name or `}`, found ` `
    line 1, column 5: `inf` is not a timestamp
    line 1, column 12: the unit `seconds` is not the last word of the metric name `a_s`
    line 1, column 10: `untyped` is not a metric type of this format
    line 1, column 9: expected `=` after the label name, found `}`
    line 1, column 11: expected `=` after the label name, found `}`
    line 1, column 11: a NUL byte does not belong in this string
    line 1, column 9: expected one space and a value, found the end of the line
    line 1, column 9: expected one space and a text, found the end of the line
    line 1, column 2: expected one space and a value, found `\t`
    ");
}

#[test]
fn invalid_utf8_is_refused_in_names_and_values_only() {
    let decode = |bytes: &'static [u8]| decode(bytes, Format::PrometheusText, &Limits::default());
    assert_eq!(decode(b"# \xff\na{b=\"\xc3\xbc\"} 1").unwrap().samples.len(), 1);
    assert_eq!(decode(b"a{b=\"\xff\"} 1").unwrap_err().fault, Fault::NotUtf8("label value"));
    assert_eq!(decode(b"{\"\xff\"} 1").unwrap_err().fault, Fault::NotUtf8("name"));
    assert_eq!(decode(b"# HELP a \xff").unwrap_err().fault, Fault::NotUtf8("help text"));
}

#[test]
fn a_broken_limit_refuses_the_page() {
    let text = "aa{bb=\"cc\",dd=\"ee\"} 1\naa{bb=\"c\"} 2\n";
    let fits =
        Limits { bytes: text.len(), line_bytes: 21, labels: 2, label_bytes: 4, samples: 2, buckets: 0 };
    let refusal =
        |limits: Limits| decode(text.as_bytes(), Format::PrometheusText, &limits).unwrap_err().to_string();
    assert!(decode(text.as_bytes(), Format::PrometheusText, &fits).is_ok());
    let refusals = [
        refusal(Limits { bytes: 30, ..fits.clone() }),
        refusal(Limits { line_bytes: 20, ..fits.clone() }),
        refusal(Limits { labels: 1, ..fits.clone() }),
        refusal(Limits { label_bytes: 3, ..fits.clone() }),
        refusal(Limits { samples: 1, ..fits }),
    ];
    assert_snapshot!(refusals.join("\n"), @"
    line 2, column 9: the page is longer than 30 bytes
    line 1, column 22: the line is longer than 20 bytes
    line 1, column 19: there are more than 1 labels
    line 1, column 11: the name or label is longer than 3 bytes
    line 2, column 13: there are more than 1 samples
    ");
}

#[test]
fn content_types() {
    assert_eq!(Format::from_content_type("text/plain; version=0.0.4"), Some(Format::PrometheusText));
    let openmetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(Format::from_content_type(openmetrics), Some(Format::OpenMetrics));
    assert_eq!(Format::from_content_type("text/html"), None);
}

const PIECES: &[&str] = &[
    "a",
    "le",
    "{",
    "}",
    "\"",
    "\\",
    "\n",
    "=",
    ",",
    " ",
    "\t",
    "#",
    " # {",
    "1",
    ".5",
    "e9",
    "NaN",
    "\0",
    "ü",
    "# EOF",
    "# TYPE a histogram\n",
    "# HELP a ",
    "# UNIT a_b b\n",
    "a{b=\"c\"} 1\n",
    "{\"a\",b=\"c\"} 1 2\n",
];

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes, Format::PrometheusText, &Limits::default());
        let _ = decode(&bytes, Format::OpenMetrics, &Limits::default());
    }

    #[test]
    fn arbitrary_tokens_never_panic(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
        let text = pieces.concat();
        let _ = prometheus(&text);
        let _ = openmetrics(&text);
    }

    #[test]
    fn an_openmetrics_page_cut_anywhere_is_refused(cut in 0usize..1000) {
        let page = "# TYPE a counter\na_total{b=\"c\",d=\"ü\\n\"} 1 2.5 # {e=\"f\"} 3 4\na_total{b=\"g\"} 1\n# EOF";
        let cut = cut % page.len();
        prop_assert!(decode(&page.as_bytes()[..cut], Format::OpenMetrics, &Limits::default()).is_err());
    }
}
