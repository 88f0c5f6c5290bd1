//! Pages that Prometheus takes in, and what the rules say of them.

use super::{Grade, lint};
use crate::exposition::{Format, Limits, decode};

fn told(page: &str, format: Format) -> String {
    let remarks = lint(page.as_bytes(), format, &Limits::default());
    let lines: Vec<String> = remarks
        .iter()
        .map(|one| {
            let grade = if one.grade == Grade::Error { "" } else { " (warning)" };
            format!("{}:{} {}{grade}: {}", one.line, one.column, one.rule, one.message)
        })
        .collect();
    lines.join("\n")
}

fn open(lines: &str) -> String {
    let page = format!("{lines}# EOF\n");
    assert!(
        decode(page.as_bytes(), Format::OpenMetrics, &Limits::default()).is_ok(),
        "Prometheus takes it in"
    );
    told(&page, Format::OpenMetrics)
}

#[test]
fn a_page_that_holds_to_all_rules_has_no_remark() {
    let page = r#"# TYPE hits counter
# HELP hits Answers.
hits_total{path="/"} 3 10.5 # {trace="a"} 1
hits_created{path="/"} 1
hits_total{path="/a"} 3
# TYPE lag_seconds histogram
# UNIT lag_seconds seconds
lag_seconds_bucket{le="0.5"} 1 # {trace="a"} 0.25
lag_seconds_bucket{le="+Inf"} 2
lag_seconds_count 2
lag_seconds_sum 1.5
# TYPE depth gaugehistogram
depth_bucket{le="1.0"} 4
depth_bucket{le="+Inf"} 4
depth_gcount 4
depth_gsum -1
# TYPE sizes summary
sizes{quantile="0.5"} 3
sizes_count 1
sizes_sum 3
# TYPE mode stateset
mode{mode="a"} 1
mode{mode="b"} 0
# TYPE build info
build_info{version="1"} 1
# TYPE heat gauge
heat 1 1
heat 2 2
# TYPE other unknown
other NaN
"#;
    assert_eq!(open(page), "");
}

#[test]
fn names_and_families() {
    insta::assert_snapshot!(open(r#"# TYPE hits_total counter
hits_total 3
# TYPE rows counter
rows 3
# TYPE lag histogram
# TYPE lag histogram
lag_bucket{le="+Inf"} 0
lag_count 0
# HELP lag Late.
# TYPE lag_count gauge
lag_count 1
bare 1
# TYPE bare gauge
# TYPE rows counter
rows_total 3
# TYPE a:b gauge
a:b 1
# TYPE x_info info
# TYPE mode_x stateset
# UNIT mode_x x
"#), @r"
    1:1 counter-family: the counter `hits_total` is declared with its `_total`
    2:1 sample-name: a sample of the counter `hits_total` ends with one of `_total`, `_created`
    4:1 sample-name: a sample of the counter `rows` ends with one of `_total`, `_created`
    6:1 metadata-twice: `lag` has its `# TYPE` twice
    9:1 metadata-late: the `# HELP` of `lag` comes after its samples
    10:1 name-clash: `lag_count` is also what a sample of `lag` is called
    12:1 no-type (warning): `bare` has no `# TYPE`
    13:1 metadata-late: the `# TYPE` of `bare` comes after its samples
    14:1 family-apart: `rows` was left before, and comes again
    16:1 colon (warning): `a:b` has a colon in it
    18:1 info-family: the info `x_info` is declared with its `_info`
    20:1 unit-of-none: `mode_x` is of a type that has no unit
    ");
}

#[test]
fn labels_values_and_times() {
    insta::assert_snapshot!(open(r#"# TYPE hits counter
hits_total{a="1",a="2"} -1
hits_total{__a="",b="1"} NaN
# TYPE heat gauge
heat{a="1"} 1 5
heat{a="2"} 1
heat{a="1"} 1 6
heat{a="3"} 1 6
heat{a="3"} 1 6
heat{a="4"} 1 6 # {trace="a"} 1
# TYPE build info
build_info 2
# TYPE mode stateset
mode{mode="a"} 0.5
mode 1
# TYPE rows counter
rows_total 1 # {trace="0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"} 1
"#), @r"
2:1 label-twice: the label `a` is there twice
2:25 count-negative: `hits_total` counts, and is -1
3:1 label-reserved: the label `__a` begins with `__`
3:1 label-empty (warning): the label `__a` is empty
3:26 count-negative: `hits_total` counts, and is NaN
7:1 metric-apart: this metric of `heat` was left before, and comes again
9:1 sample-twice: this sample of `heat` is there twice
10:1 exemplar-place: `heat` has an exemplar
12:12 info-value: the info `build_info` is 2
14:16 state-value: a state of `mode` is 0.5
15:1 state-label: a state of `mode` has no label of that name
17:1 exemplar-length: the exemplar's labels have 135 characters
");
}

#[test]
fn buckets_and_quantiles() {
    insta::assert_snapshot!(open(r#"# TYPE a histogram
a_bucket{le="1"} 5
a_bucket{le="2"} 4
a_bucket{le="+Inf"} 6
a_count 7
# TYPE b histogram
b_bucket{le="2"} 5
b_bucket{le="1"} 5
# TYPE c histogram
c_bucket{le="x"} 1
c_bucket{le="+Inf"} -1
c_sum 3
# TYPE d histogram
d_count 3
# TYPE e summary
e{quantile="1.5"} 3
e 3
"#), @r"
3:18 bucket-falls: a bucket of `a` has 4, fewer than the one before it
5:9 bucket-count: `a` counts 7, and 6 in its last bucket
8:18 bucket-order: a bucket of `b` comes after one with a higher bound, or twice
8:18 bucket-infinite: the last bucket of `b` is not `+Inf`
10:1 bucket-bound: `c_bucket` is a bucket without a bound
11:21 count-negative: `c_bucket` counts, and is -1
12:7 sum-alone: `c` has a sum and no count
14:9 bucket-infinite: the histogram `d` has no bucket
16:1 quantile: `e` has no quantile from 0 to 1
17:1 quantile: `e` has no quantile from 0 to 1
");
}

#[test]
fn prometheus_text_is_held_to_what_the_formats_share() {
    let page = "# TYPE hits_total counter\nhits_total 1\n# TYPE rows counter\nrows 1\n# TYPE a histogram\n\
        a_bucket{le=\"1\"} 5\n  a_bucket{le=\"+Inf\"} 4\na_count 4\na_sum NaN\nrows 2\n";
    insta::assert_snapshot!(told(page, Format::PrometheusText), @r"
        3:1 counter-total (warning): the counter `rows` does not end with `_total`
        7:23 bucket-falls: a bucket of `a` has 4, fewer than the one before it
        10:1 family-apart: `rows` was left before, and comes again
        10:1 no-type (warning): `rows` has no `# TYPE`
        ");
    insta::assert_snapshot!(told("a 1\nb{", Format::PrometheusText), @"2:3 unreadable: expected a label name or `}`, found the end of the page");
    insta::assert_snapshot!(told("a 1\n", Format::OpenMetrics), @"2:1 unreadable: the page does not end with `# EOF`, so it may have been cut short");
}

#[test]
fn remarks_are_bounded_and_safe_to_print() {
    let page: String = (0..5000)
        .map(|_| "\"\\u001b\u{1b}[2J\" 1\n".replace("\"\\u001b", "{\"").replace("\" 1", "\"} -1"))
        .collect();
    let remarks = lint(page.as_bytes(), Format::PrometheusText, &Limits::default());
    assert_eq!(remarks.len(), 1000);
    assert!(remarks.iter().all(|one| !one.message.contains('\u{1b}')), "{}", remarks[0].message);
}
