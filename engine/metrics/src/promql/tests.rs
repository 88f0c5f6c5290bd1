//! What is said of expressions that can not be, that hostile ones do no harm, and a reference model
//! for counters.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::series::{Selector, SeriesView, Standing};

struct One {
    labels: Labels,
    at: Vec<i64>,
    value: Vec<f64>,
}

impl Source for One {
    fn select<'a>(&'a self, selector: &Selector) -> Vec<SeriesView<'a>> {
        let view = SeriesView {
            labels: &self.labels,
            at: &self.at,
            value: &self.value,
            histograms: &[],
            standing: Standing::Live,
            process: 0,
            restarts: &[],
        };
        selector.accepts(&self.labels).then_some(view).into_iter().collect()
    }
}

fn one(samples: &[(i64, f64)]) -> One {
    let (at, value) = samples.iter().copied().unzip();
    One { labels: Labels::from_strs([("__name__", "m"), ("job", "a\nb")]), at, value }
}

fn value(source: &dyn Source, expr: &str, at: i64) -> Option<f64> {
    let (answer, _) = instant(&check(expr).unwrap(), source, at, &Options::default()).unwrap();
    answer.series.first().map(|series| series.value[0])
}

#[test]
fn says_what_is_wrong_with_an_expression() {
    let told = |expr: &&str| match check(expr) {
        Ok(_) => format!("{expr}: fine"),
        Err(error) => format!("{expr} @{:?}: {error}", error.offset()),
    };
    let told: Vec<String> = [
        "",
        "sum(",
        "sum(a))",
        "a{b=\"c}",
        "rat(a[5m])",
        "1 + rat(a[5m])",
        "rate(a)",
        "a[5m] + 1",
        "sum by (a",
        "a b",
        "a{b=~\"(\"}",
        "{}",
        "topk(a)",
        "label_replace(a, \"b\")",
        "info(a)",
        "limit_ratio(0.5, a)",
        "\"text\"",
        "a[0s]",
        "info(a, sum(b))",
        "start_timestamp(a)",
        "label_join(a, \"\\xff\", \"\")",
        "1 > 2",
        "a and 1",
        "a offset 5",
        "rate(a[5m:1m])",
        "a[99999999y]",
    ]
    .iter()
    .map(told)
    .collect();
    assert_snapshot!(told.join("\n"), @r#"
     @None: no expression found in input
    sum( @Some(3): `(` is not closed
    sum(a)) @Some(6): `)` closes nothing
    a{b="c} @Some(4): the quoted string does not end
    rat(a[5m]) @Some(0): there is no function `rat`
    1 + rat(a[5m]) @Some(4): there is no function `rat`
    rate(a) @None: expected type matrix in call to function `rate`, got vector
    a[5m] + 1 @None: binary expression must contain only scalar and instant vector types
    sum by (a @Some(7): `(` is not closed
    a b @None: this is not a PromQL expression
    a{b=~"("} @Some(6): `(` is not a regular expression
    {} @None: vector selector must contain at least one non-empty matcher
    topk(a) @None: wrong number of arguments for aggregate expression provided, expected 2, got 1
    label_replace(a, "b") @None: expected 5 argument(s) in call to `label_replace`, got 2
    info(a): fine
    limit_ratio(0.5, a): fine
    "text" @None: unsupported: a string as the result
    a[0s] @None: duration must be greater than 0
    info(a, sum(b)) @None: unsupported: `info` of anything but a vector and a selector
    start_timestamp(a) @None: unsupported: the function `start_timestamp`
    label_join(a, "\xff", "") @Some(15): a byte over 127 can not be written by number; write the character
    1 > 2 @None: comparisons between scalars must use BOOL modifier
    a and 1 @None: set operator `and` not allowed in binary scalar expression
    a offset 5: fine
    rate(a[5m:1m]): fine
    a[99999999y] @None: a time in the expression is over a thousand years
    "#);
}

#[test]
fn names_the_metrics_it_reads() {
    let checked =
        check("sum(rate(b_total[1m])) / ignoring(x) {__name__=\"a\", job!=\"\"} + scalar(b_total)").unwrap();
    assert_eq!(checked.metric_names(), ["a", "b_total"]);
    assert_eq!(check("{job=\"x\"}").unwrap().metric_names(), [""; 0]);
}

#[test]
fn hostile_expressions_are_refused_quickly() {
    for expr in [
        "(".repeat(100_000),
        "(".repeat(5_000) + "1" + &")".repeat(5_000),
        "-".repeat(10_000) + "1",
        "1".to_owned() + &"+1".repeat(5_000),
        "1".to_owned() + &" and 1".repeat(2_500),
        "a".repeat(100_000),
        "abs(".repeat(99) + "a" + &")".repeat(99) + &"+1".repeat(300),
    ] {
        let error = check(&expr).unwrap_err();
        assert!(matches!(error, PromqlError::TooDeep { .. } | PromqlError::TooLong { .. }), "{error}");
    }
}

#[test]
fn times_that_no_duration_holds_are_refused_before_the_parser_panics() {
    let told = |expr: &&str| match check(expr) {
        Ok(_) => format!("{expr}: fine"),
        Err(error) => format!("{expr} @{:?}: {error}", error.offset()),
    };
    let told: Vec<String> = [
        "a[1e300]",
        "a[1e+300]",
        "a[5m:1e300]",
        "a offset 1e300",
        "a offset # far\n-1e300",
        "a offset NaN",
        "a[1e11]",
        "a @ 1e300",
        "a @ 1e17",
        "a offset 1h > 1e300",
        "a{b=\"[1e300]\"} * 1e300",
    ]
    .iter()
    .map(told)
    .collect();
    assert_snapshot!(told.join("\n"), @r#"
    a[1e300] @Some(2): `1e300` is too long a time
    a[1e+300] @Some(2): `1e+300` is too long a time
    a[5m:1e300] @Some(5): `1e300` is too long a time
    a offset 1e300 @Some(9): `1e300` is too long a time
    a offset # far
    -1e300 @Some(16): `1e300` is too long a time
    a offset NaN @Some(9): `NaN` is too long a time
    a[1e11] @None: a time in the expression is over a thousand years
    a @ 1e300 @None: a time in the expression is over a thousand years
    a @ 1e17 @None: a time in the expression is over a thousand years
    a offset 1h > 1e300: fine
    a{b="[1e300]"} * 1e300: fine
    "#);
}

#[test]
fn evaluation_is_bounded() {
    let source = one(&[(0, 1.0)]);
    let checked = check("sum_over_time(sum_over_time(m[1h:1ms])[1h:1ms])").unwrap();
    let error =
        instant(&checked, &source, 0, &Options { max_samples: 10_000, ..Options::default() }).unwrap_err();
    assert_eq!(error, PromqlError::TooManySamples { limit: 10_000 });
    let steps = range(&check("m").unwrap(), &source, (0, 11_000, 1), &Options::default()).unwrap_err();
    assert_eq!(steps, PromqlError::TooManySteps { limit: 11_000 });
    assert_eq!(
        range(&check("m").unwrap(), &source, (1, 0, 1), &Options::default()),
        Err(PromqlError::BadRange)
    );
}

#[test]
fn windows_and_lookbacks_are_open_on_the_left() {
    let source = one(&[(0, 1.0), (10_000, 2.0)]);
    assert_eq!(value(&source, "count_over_time(m[10s])", 10_000), Some(1.0));
    assert_eq!(value(&source, "m", 309_999), Some(2.0));
    assert_eq!(value(&source, "m", 310_000), None);
}

#[test]
fn a_dot_matches_a_line_break() {
    let source = one(&[(0, 1.0)]);
    assert_eq!(value(&source, "m{job=~\"a.b\"}", 0), Some(1.0));
    assert_eq!(value(&source, "m{job=~\"a\"}", 0), None);
}

fn counter() -> impl Strategy<Value = Vec<(i64, f64)>> {
    proptest::collection::vec((1i64..20_000, 0u32..100, proptest::bool::weighted(0.1)), 2..30).prop_map(
        |steps| {
            let (mut at, mut count) = (0, 0.0);
            let step = |(later, more, reset): (i64, u32, bool)| {
                at += later;
                count = if reset { 0.0 } else { count + f64::from(more) };
                (at, count)
            };
            steps.into_iter().map(step).collect()
        },
    )
}

proptest! {
    #[test]
    fn an_increase_is_what_was_counted_stretched_to_the_window(samples in counter()) {
        let (first, last) = (samples[0].0, samples[samples.len() - 1].0);
        let counted: f64 = samples.windows(2).map(|two| if two[1].1 < two[0].1 { two[1].1 } else { two[1].1 - two[0].1 }).sum();
        let range = last - first + 1;
        let increase = value(&one(&samples), &format!("increase(m[{range}ms])"), last).unwrap();
        let most = counted * range as f64 / (last - first) as f64;
        prop_assert!(counted * 0.999_999 <= increase && increase <= most * 1.000_001, "{counted} {increase} {most}");
        let rate = value(&one(&samples), &format!("rate(m[{range}ms])"), last).unwrap();
        prop_assert!((rate * range as f64 / 1000.0 - increase).abs() <= 1e-9 * increase.max(1.0));
    }

    #[test]
    fn checking_never_panics(text in "[-a-z0-9(){}\\[\\]\"=~!,.:+*/%^<>@# ]{0,60}") {
        let _ = check(&text);
    }

    #[test]
    fn checked_tokens_evaluate_or_say_why(
        tokens in proptest::collection::vec(proptest::sample::select(TOKENS), 0..12),
        at in -1_000_000i64..1_000_000,
    ) {
        if let Ok(checked) = check(&tokens.concat()) {
            let options = Options { max_samples: 10_000, ..Options::default() };
            let _ = instant(&checked, &one(&[(0, 1.0), (60_000, f64::NAN), (90_000, 3.0)]), at, &options);
        }
    }
}

const TOKENS: &[&str] = &[
    "m",
    "rate(",
    "sum(",
    "topk(2,",
    "histogram_quantile(0.9,",
    "absent(",
    "abs(",
    ")",
    "[5m]",
    "[5m:1m]",
    " + ",
    " / ",
    " and ",
    " > bool ",
    " by (job) ",
    "1",
    "-1",
    "1e300",
    " offset 1m",
    " @ 5",
    "{job=\"x\"}",
    "(",
    "quantile_over_time(2,",
    "label_replace(m, \"a\", \"$1\", \"job\", \"(.*)\")",
    " on(job) group_left() ",
    "vector(",
    "scalar(",
    "time()",
    "-",
];

#[test]
fn selectors_and_quotients_are_written_as_another_reads_them() {
    let written = |text: &str| check(text).unwrap().selectors()[0].to_promql().concat();
    let once = written(r#"rate(a_total{b!="x\"\\y",c=~"d|e",f!~"g"}[5m])"#);
    assert_eq!(once, r#"{__name__="a_total",b!="x\"\\y",c=~"(?s)^(?:d|e)$",f!~"(?s)^(?:g)$"}"#);
    assert!(check(&once).is_ok());
    let sides = quotient("((sum(rate(a[1m]))) / c)").unwrap();
    assert_eq!((sides.0.as_str(), sides.1.as_str()), ("(sum(rate(a[1m])))", "c"));
    for text in ["a * b", "a /", "a / on (b) c"] {
        assert_eq!(quotient(text), None, "{text}");
    }
}
