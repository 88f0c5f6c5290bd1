//! Which pages are taken, for forms at the edge that the suites of Prometheus and OpenMetrics do not show: each with
//! the verdict that Prometheus' lexers come to.

use super::*;

const PROMETHEUS: &[(&str, bool)] = &[
    ("# TYPE a untyped\n", true),
    ("# TYPE a unknown\n", false),
    ("# TYPE a info\n", false),
    ("# TYPE a gaugehistogram\n", false),
    ("# TYPE a  counter\n", false),
    ("# TYPE a\tcounter\n", true),
    ("#\tTYPE\ta counter\n", true),
    ("# TYPE \"a b\" counter\n", true),
    ("# TYPE 1a counter\n", false),
    ("# TYPES a nothing\n", true),
    ("# HELP a\n", true),
    ("# UNIT a whatever\n", true),
    ("# EOF\na 1", true),
    ("a 1\r\n", false),
    ("a 1 -1\n", false),
    ("a 1 +1\n", false),
    ("a 1 1.5\n", false),
    ("a 1 99999999999999999999\n", false),
    ("a 0 1_2\n", false),
    ("a 1 2 3\n", false),
    ("a 1 2 # {b=\"c\"} 1\n", false),
    ("a\t1\t2\t\n", true),
    ("a{,b=\"c\"} 1\n", false),
    ("a{b=\"c\",,d=\"e\"} 1\n", false),
    ("a{b=\"c\" d=\"e\"} 1\n", true),
    ("a{b=\"c\",} 1\n", true),
    ("a{} 1\n", true),
    ("{\"a\"} 1\n", true),
    ("{\"a\",\"b\"} 1\n", false),
    ("a{\"b\"} 1\n", false),
    ("{b=\"c\",\"a\"} 1\n", true),
    ("{\"a\",\"b = \"c\"}\n", false),
    ("{} 1\n", false),
    ("a{b:c=\"d\"} 1\n", false),
    ("a:b{c=\"d\"} 1\n", true),
    ("a{b=\"line\nbreak\"} 1\n", true),
    ("a{b=\"\\x\"} 1\n", true),
    ("a{b=\"\\\\\"} 1\n", true),
    ("a{b=\"\\\"} 1\n", false),
    ("something{problem=\"", false),
    ("ä 1\n", false),
    ("a 1e1000\n", false),
    ("a -infinity\n", true),
    ("a +nan\n", false),
    ("a .5e-3\n", true),
    ("a 1{}\n", false),
    ("a{b=\"c\"}1\n", true),
    ("a{b=\"c\"}{d=\"e\"} 1\n", false),
];

const OPENMETRICS: &[(&str, bool)] = &[
    ("# EOF", true),
    ("# EOF\n\n", false),
    ("# EOF \n", false),
    ("# TYPE a stateset\n# EOF\n", true),
    ("# TYPE a untyped\n# EOF\n", false),
    ("# TYPE \"a b\" info\n# EOF\n", true),
    ("# HELP a \n# EOF\n", true),
    ("# UNIT a_b \n# EOF\n", true),
    ("# UNIT a_b b\n# EOF\n", true),
    ("# UNIT b b\n# EOF\n", false),
    ("# comment\n# EOF\n", false),
    ("a 1\r\n# EOF\n", false),
    ("a 1 -1.5\n# EOF\n", true),
    ("a 1 1e3\n# EOF\n", true),
    ("a{b=\"c\",} 1\n# EOF\n", true),
    ("a{b=\"line\nbreak\"} 1\n# EOF\n", false),
    ("{\"a\"} 1\n# EOF\n", true),
    ("{\"a\",\"b.c\"=\"d\"} 1\n# EOF\n", true),
    ("a{\"b\"} 1\n# EOF\n", false),
    ("a{b=\"c\"}1\n# EOF\n", false),
    ("a 1 # {} 1\n# EOF\n", true),
    ("a 1 # {a=\"b\"} 1 2\n# EOF\n", true),
    ("a 1 # {\"a.b\"=\"c\"} 1\n# EOF\n", true),
    ("a 1 # {a=\"b\"} 1 # {a=\"b\"} 1\n# EOF\n", false),
    ("a 1 # {a=\"b\"}\n# EOF\n", false),
    ("a 1\n\n# EOF\n", false),
    ("a 1", false),
];

fn is_taken(bytes: &[u8], format: Format) -> bool {
    decode(bytes, format, &Limits::default()).is_ok()
}

#[test]
fn prometheus_pages() {
    for (text, taken) in PROMETHEUS {
        assert_eq!(is_taken(text.as_bytes(), Format::PrometheusText), *taken, "{text:?}");
    }
}

#[test]
fn openmetrics_pages() {
    for (text, taken) in OPENMETRICS {
        assert_eq!(is_taken(text.as_bytes(), Format::OpenMetrics), *taken, "{text:?}");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_refused() {
    for text in [&b"a{b=\"\xff\"} 1\n"[..], b"a{\xff=\"b\"} 1\n", b"\xff 1\n", b"{\"\xff\"} 1\n"] {
        assert!(!is_taken(text, Format::PrometheusText), "{text:?}");
        assert!(!is_taken(&[text, b"# EOF\n"].concat(), Format::OpenMetrics), "{text:?}");
    }
}
