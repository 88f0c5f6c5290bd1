//! The threshold check on answers good, bad, thin and absent.

use insta::assert_snapshot;
use sluice_sdk::testing::{Given, Tester, labelled, missing, problems, value};
use sluice_sdk::{Attr, Judged, Observation, Quality, Query, Verdict};

use crate::Threshold;

const TWO: &str = r#"{"queries": [
    {"name": "error-ratio", "expr": "errors / total", "max": 0.05, "warn-max": 0.01},
    {"name": "p99", "expr": "p99", "max": 0.5}]}"#;
const COUNTED: &str = r#"{"queries": [
    {"name": "error-ratio", "expr": "a[$window]", "max": 0.05, "events": "b[$window]", "min-events": 100,
     "window": "1m", "max-window": "15m"}]}"#;

fn judge(config: &str, observations: &[Observation]) -> Judged {
    let given = observations.iter().cloned().fold(Given::new(), Given::observed);
    Tester::<Threshold>::new(config).expect("a good config").judge(&given).expect("a verdict")
}

fn told(judged: &Judged) -> String {
    let mut text = format!("{:?}: {}\n", judged.verdict, judged.reason);
    for one in &judged.measurements {
        let value = one.value.map_or("-".into(), |value| value.to_string());
        text += &format!("{} {value} {} {} {:?}\n", one.name, one.bound, one.quality.name(), one.verdict);
    }
    text
}

fn wrong(config: &str) -> String {
    problems::<Threshold>(config).iter().map(|one| format!("{}: {}\n", one.path, one.message)).collect()
}

#[test]
fn passes_within_all_bounds() {
    let judged = judge(TWO, &[value("error-ratio", 0.0), value("p99", 0.5)]);
    assert_snapshot!(told(&judged), @"
    Pass: error-ratio is 0 (<= 0.05); p99 is 0.5 (<= 0.5)
    error-ratio 0 <= 0.05 value Pass
    p99 0.5 <= 0.5 value Pass
    ");
}

#[test]
fn the_worst_query_decides() {
    assert_snapshot!(told(&judge(TWO, &[value("error-ratio", 0.081), value("p99", 0.2)])), @"
    Fail: error-ratio is 0.081, above 0.05 (1 of 2 bounds fail)
    error-ratio 0.081 <= 0.05 value Fail
    p99 0.2 <= 0.5 value Pass
    ");
    assert_snapshot!(told(&judge(TWO, &[value("error-ratio", 0.02), value("p99", 0.2)])), @"
    Warn: error-ratio is 0.02, above 0.01
    error-ratio 0.02 <= 0.01 value Warn
    p99 0.2 <= 0.5 value Pass
    ");
    assert_snapshot!(told(&judge(TWO, &[value("error-ratio", 0.081), value("p99", 2.0)])), @"
    Fail: error-ratio is 0.081, above 0.05; p99 is 2, above 0.5 (2 of 2 bounds fail)
    error-ratio 0.081 <= 0.05 value Fail
    p99 2 <= 0.5 value Fail
    ");
    let failed = judge(TWO, &[missing("error-ratio", Quality::NoData, "0/0"), value("p99", 2.0)]);
    assert_eq!(failed.verdict, Verdict::Fail);
}

#[test]
fn what_is_missing_never_passes() {
    for quality in [Quality::NoData, Quality::Stale, Quality::Insufficient, Quality::Other("odd".into())] {
        let judged = judge(TWO, &[missing("error-ratio", quality.clone(), "why"), value("p99", 0.1)]);
        assert_eq!(judged.verdict, Verdict::Inconclusive, "{quality:?}");
        assert_eq!(judged.measurements[0].quality, quality);
    }
    let nan = judge(TWO, &[value("error-ratio", f64::NAN), value("p99", 0.1)]);
    assert_snapshot!(told(&nan), @"
    Inconclusive: error-ratio could not be measured: the value is not a number (1 of 2 queries say nothing)
    error-ratio - <= 0.05 no data Inconclusive
    p99 0.1 <= 0.5 value Pass
    ");
    assert_snapshot!(told(&judge(TWO, &[labelled("error-ratio", &[]), value("p99", 0.1)])), @"
    Inconclusive: error-ratio could not be measured: the answer is empty (1 of 2 queries say nothing)
    error-ratio - <= 0.05 no data Inconclusive
    p99 0.1 <= 0.5 value Pass
    ");
    assert_snapshot!(told(&judge(TWO, &[value("p99", 0.1)])), @"
    Inconclusive: error-ratio could not be measured: there is no answer (1 of 2 queries say nothing)
    error-ratio - <= 0.05 no data Inconclusive
    p99 0.1 <= 0.5 value Pass
    ");
}

#[test]
fn what_is_missing_can_be_told_to_fail() {
    let config = r#"{"queries": [{"name": "up", "expr": "up", "min": 1, "when-missing": "fail"}]}"#;
    assert_snapshot!(told(&judge(config, &[missing("up", Quality::Stale, "")])), @"
    Fail: up could not be measured: stale
    up - >= 1 stale Fail
    ");
}

/// An answer that rests on so many events, over so long a window.
fn resting(of: Observation, events: u64, window_ms: u64) -> Observation {
    let attrs = [("events", events), ("window-ms", window_ms)];
    let attrs = attrs.map(|(key, value)| Attr::new(key, value.to_string())).to_vec();
    Observation { attrs, ..of }
}

#[test]
fn few_events_say_nothing() {
    let thin = |value: Observation| Observation {
        quality: Quality::Insufficient,
        reason: "rests on 12 of 100 events in 15m, the longest window".into(),
        ..value
    };
    assert_snapshot!(told(&judge(COUNTED, &[thin(value("error-ratio", 0.5))])), @"
    Inconclusive: error-ratio is 0.5 but rests on 12 of 100 events in 15m, the longest window
    error-ratio 0.5 <= 0.05 insufficient Inconclusive
    ");
    let fails = COUNTED.replace("\"max\"", "\"when-missing\": \"fail\", \"max\"");
    assert_eq!(judge(&fails, &[thin(labelled("error-ratio", &[]))]).verdict, Verdict::Inconclusive);
    assert_eq!(judge(&fails, &[missing("error-ratio", Quality::Stale, "gone")]).verdict, Verdict::Fail);
}

#[test]
fn what_it_rests_on_is_told() {
    let judged = |of, window| judge(COUNTED, &[resting(of, 230, window)]).reason;
    assert_eq!(judged(value("error-ratio", 0.01), 60_000), "error-ratio is 0.01 of 230 events (<= 0.05)");
    let longer = judged(value("error-ratio", 0.5), 240_000);
    assert_eq!(longer, "error-ratio is 0.5 of 230 events over 4m, above 0.05");
    let noted = Observation { reason: "1 of 2 series left out".into(), ..value("error-ratio", 0.0) };
    assert_eq!(judge(COUNTED, &[noted]).reason, "error-ratio is 0 (<= 0.05) [1 of 2 series left out]");
    let restarted = Observation { attrs: vec![Attr::new("restarts", "2")], ..value("error-ratio", 0.5) };
    assert_eq!(judge(COUNTED, &[restarted]).reason, "error-ratio is 0.5 across 2 restarts, above 0.05");
}

#[test]
fn each_series_is_held_to_the_bounds() {
    let pods =
        |a, b| [labelled("error-ratio", &[(&[("pod", "a")], a), (&[("pod", "b")], b)]), value("p99", 0.1)];
    assert_snapshot!(told(&judge(TWO, &pods(0.06, 0.2))), @r#"
    Fail: error-ratio{pod="b"} is 0.2, above 0.05 (1 of 2 bounds fail)
    error-ratio 0.2 <= 0.05 value Fail
    p99 0.1 <= 0.5 value Pass
    "#);
    assert_eq!(judge(TWO, &pods(f64::NAN, 0.2)).verdict, Verdict::Fail);
    assert_snapshot!(told(&judge(TWO, &pods(0.0, f64::NAN))), @r#"
    Inconclusive: error-ratio could not be measured: {pod="b"} the value is not a number (1 of 2 queries say nothing)
    error-ratio - <= 0.05 no data Inconclusive
    p99 0.1 <= 0.5 value Pass
    "#);
}

#[test]
fn each_sample_of_a_range_is_held_to_the_bounds() {
    let config = r#"{"queries": [{"name": "depth", "expr": "queue", "min": 1, "max": 10,
        "range": {"window": "1m", "step": "15s"}}]}"#;
    let mut depth = value("depth", 5.0);
    depth.series[0].at = vec![1, 2, 3];
    depth.series[0].value = vec![5.0, 40.0, 6.0];
    assert_snapshot!(told(&judge(config, &[depth.clone()])), @"
    Fail: depth is 40, above 10 (1 of 2 bounds fail)
    depth 40 <= 10 value Fail
    ");
    depth.series[0].value = vec![5.0, 9.0, 6.0];
    assert_eq!(judge(config, &[depth.clone()]).reason, "depth is 9 (>= 1, <= 10)");
    depth.series[0].value = vec![5.0, 0.5, 6.0];
    assert_snapshot!(told(&judge(config, &[depth])), @"
    Fail: depth is 0.5, below 1 (1 of 2 bounds fail)
    depth 0.5 >= 1 value Fail
    ");
    assert_eq!(judge(config, &[value("depth", f64::INFINITY)]).verdict, Verdict::Fail);
}

#[test]
fn declares_the_values_and_what_they_rest_on() {
    let description = Tester::<Threshold>::new(COUNTED).unwrap().describe().unwrap();
    let told = |one: &Query| {
        let attrs = one.attrs.iter().map(|attr| format!(" {}={}", attr.key, attr.value));
        format!("{}: {}{}", one.name, one.expr, attrs.collect::<String>())
    };
    let queries: Vec<_> = description.queries.iter().map(told).collect();
    assert_eq!(
        queries,
        ["error-ratio: a[$window] events=b[$window] min-events=100 window-ms=60000 max-window-ms=900000"]
    );
}

#[test]
fn tells_each_problem_with_its_place() {
    assert_snapshot!(wrong(r#"{"queries": [
        {"name": "a", "expr": "x"},
        {"name": "a", "expr": " ", "max": 1, "min": 2},
        {"name": "b.c", "expr": "x", "max": 1, "warn-max": 2, "min": 0, "warn-min": -1},
        {"name": "d", "expr": "x", "warn-max": 1, "warn-min": 2, "min-events": 5},
        {"name": "e", "expr": "x", "max": 1, "events": "y"},
        {"name": "f", "expr": "x", "max": 1, "events": "y", "min-events": 0},
        {"name": "g", "expr": "x", "max": 1, "range": {"window": "1s", "step": "2s"}},
        {"name": "h", "expr": "x", "max": 1, "range": {"window": "1h", "step": "1ms"}},
        {"name": "i", "expr": "x", "max": 1, "range": {"window": "1h", "step": "0s"}},
        {"name": "j", "expr": "x[$window]", "max": 1},
        {"name": "k", "expr": "x", "max": 1, "window": "1m"},
        {"name": "l", "expr": "x[$window]", "max": 1, "events": "y", "min-events": 1, "window": "0s"},
        {"name": "m", "expr": "x[$window]", "max": 1, "events": "y[$window]", "min-events": 1, "window": "5m",
         "max-window": "1m"},
        {"name": "n", "expr": "x", "max": 1, "max-window": "1m"}]}"#), @"
        /queries/0: `a` needs a bound: max, min, warn-max or warn-min
        /queries/1/name: there is another query `a`
        /queries/1/expr: the expression is empty
        /queries/1/min: every value is below min or above max
        /queries/2/name: `b.c` is not a name: letters, digits, `-` and `_`, at most 63
        /queries/2/warn-max: a value fails above max before it warns above warn-max
        /queries/2/warn-min: a value fails below min before it warns below warn-min
        /queries/3/warn-min: every value is below warn-min or above warn-max
        /queries/3/min-events: there is no `events` expression that counts them
        /queries/4/events: there is no `min-events` that they are held to
        /queries/5/min-events: must be above 0
        /queries/6/range/window: the window of 1s is shorter than its step of 2s
        /queries/7/range: a window of 1h with a sample every 1ms has over 1000 samples
        /queries/8/range/step: must be above 0
        /queries/9/window: `$window` stands in the query: say how long it is, `window: 1m`
        /queries/10/expr: does not say where its window goes: write `[$window]`
        /queries/10/window: nothing tells when it is long enough: add `events` and `min-events`
        /queries/11/window: must be above 0
        /queries/11/events: does not say where its window goes: write `[$window]`
        /queries/12/max-window: 1m is not between the window of 5m and 30 days
        /queries/13/max-window: there is no `window` that it begins with
        ");
    assert_snapshot!(wrong(r#"{"queries": []}"#), @"/queries: a threshold check needs at least one query");
    assert_snapshot!(wrong(r#"{"queries": [{"name": "a", "expr": "x", "when-missing": "pass", "max": 1}]}"#), @"/queries/0/when-missing: unknown variant `pass`, expected `inconclusive` or `fail`");
}
