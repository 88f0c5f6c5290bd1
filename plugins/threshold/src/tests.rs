//! The threshold check on answers good, bad, thin and absent.

use insta::assert_snapshot;
use sluice_sdk::testing::{Given, Tester, labelled, missing, problems, value};
use sluice_sdk::{Judged, Observation, Quality, Verdict};

use crate::Threshold;

const TWO: &str = r#"{"queries": [
    {"name": "error-ratio", "expr": "errors / total", "max": 0.05, "warn-max": 0.01},
    {"name": "p99", "expr": "p99", "max": 0.5}]}"#;
const COUNTED: &str = r#"{"queries": [
    {"name": "error-ratio", "expr": "a / b", "max": 0.05, "events": "b", "min-events": 100}]}"#;

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

#[test]
fn few_events_say_nothing() {
    let count = |count| [value("error-ratio", 0.5), value("error-ratio.events", count)];
    assert_snapshot!(told(&judge(COUNTED, &count(12.0))), @"
    Inconclusive: error-ratio is 0.5 but rests on 12 of 100 events
    error-ratio 0.5 <= 0.05 insufficient Inconclusive
    ");
    assert_eq!(judge(COUNTED, &count(100.0)).verdict, Verdict::Fail);
    assert_eq!(judge(COUNTED, &count(f64::NAN)).verdict, Verdict::Inconclusive);
    let unknown =
        [value("error-ratio", 0.5), missing("error-ratio.events", Quality::Stale, "the source is gone")];
    assert_snapshot!(told(&judge(COUNTED, &unknown)), @"
    Inconclusive: error-ratio is 0.5 but its events could not be counted: the source is gone
    error-ratio 0.5 <= 0.05 stale Inconclusive
    ");
    let several = labelled("error-ratio.events", &[(&[("pod", "a")], 60.0), (&[("pod", "b")], 60.0)]);
    assert_eq!(judge(COUNTED, &[value("error-ratio", 0.01), several]).verdict, Verdict::Pass);
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
fn declares_the_values_and_their_events() {
    let description = Tester::<Threshold>::new(COUNTED).unwrap().describe().unwrap();
    let queries: Vec<_> =
        description.queries.iter().map(|one| (one.name.as_str(), one.expr.as_str())).collect();
    assert_eq!(queries, [("error-ratio", "a / b"), ("error-ratio.events", "b")]);
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
        {"name": "i", "expr": "x", "max": 1, "range": {"window": "1h", "step": "0s"}}]}"#), @"
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
    ");
    assert_snapshot!(wrong(r#"{"queries": []}"#), @"/queries: a threshold check needs at least one query");
    assert_snapshot!(wrong(r#"{"queries": [{"name": "a", "expr": "x", "when-missing": "pass", "max": 1}]}"#), @"/queries/0/when-missing: unknown variant `pass`, expected `inconclusive` or `fail`");
}
