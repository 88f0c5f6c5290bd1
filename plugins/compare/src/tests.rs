//! Better, worse, within the tolerance, too few and absent.

use insta::assert_snapshot;
use sluice_sdk::testing::{Given, Tester, column, missing, problems};
use sluice_sdk::{Duration, Judged, Quality, Role, Shape, Weight};

use crate::Compare;

const TWO: &str = r#"{"metrics": [
    {"name": "p99", "expr": "p99{role=\"$role\"}", "weight": 3, "tolerance": 0.05},
    {"name": "hits", "expr": "hits{role=\"$role\"}", "worse": "lower"}]}"#;

/// A tenth of the traffic on the candidate.
fn given() -> Given {
    let tenth = Weight::percent(10.0).unwrap();
    Given::new().shape(Shape::new().with(Role::Stable, 2, tenth.rest()).with(Role::Candidate, 1, tenth))
}

/// Twenty samples around a middle, a little further apart with each.
fn around(middle: f64) -> Vec<f64> {
    (0..20).map(|n| middle * (1.0 + 0.01 * f64::from((n * 7) % 20))).collect()
}

fn with(given: Given, metric: &str, candidate: f64, stable: f64) -> Given {
    let step = Duration::seconds(15);
    let given = given.observed(column(&format!("{metric}.candidate"), step, &around(candidate)));
    given.observed(column(&format!("{metric}.stable"), step, &around(stable)))
}

fn judge(config: &str, given: &Given) -> Judged {
    Tester::<Compare>::new(config).expect("a good config").judge(given).expect("a verdict")
}

fn told(judged: &Judged) -> String {
    format!("{:?} {:?}: {}", judged.verdict, judged.score, judged.reason)
}

#[test]
fn what_is_no_worse_passes() {
    let same = with(with(given(), "p99", 0.3, 0.3), "hits", 1.0, 1.0);
    assert_snapshot!(told(&judge(TWO, &same)), @"Pass Some(1.0): score 1 against stable: p99 is level with stable's 0.329 (0 %; p 0.995, effect 0; 20 and 20 samples); hits is level with stable's 1.1 (0 %; p 0.505, effect 0; 20 and 20 samples)");
    let better = with(with(given(), "p99", 0.2, 0.3), "hits", 1.5, 1.0);
    assert_eq!(judge(TWO, &better).score, Some(1.0));
    let within = with(with(given(), "p99", 0.31, 0.3), "hits", 1.0, 1.0);
    assert_eq!(judge(TWO, &within).score, Some(1.0));
}

#[test]
fn a_regression_takes_its_weight_from_the_score() {
    let slow = with(with(given(), "p99", 0.45, 0.3), "hits", 1.0, 1.0);
    assert_snapshot!(told(&judge(TWO, &slow)), @"Fail Some(0.25): score 0.25, below 0.75: p99 is 0.164 above stable's 0.329 (50 %; p 3.4e-8, effect 1; 20 and 20 samples)");
    let cold = with(with(given(), "p99", 0.3, 0.3), "hits", 0.5, 1.0);
    assert_snapshot!(told(&judge(TWO, &cold)), @"Warn Some(0.75): score 0.75, below 0.95: hits is 0.548 below stable's 1.1 (-50 %; p 3.4e-8, effect -1; 20 and 20 samples)");
}

#[test]
fn a_critical_regression_fails_whatever_the_score() {
    let config = TWO.replace("\"worse\": \"lower\"", "\"worse\": \"lower\", \"critical\": true");
    let cold = with(with(given(), "p99", 0.3, 0.3), "hits", 0.5, 1.0);
    assert_snapshot!(told(&judge(&config, &cold)), @"Fail Some(0.75): hits is 0.548 below stable's 1.1 (-50 %; p 3.4e-8, effect -1; 20 and 20 samples), and it is critical; score 0.75");
}

#[test]
fn an_effect_below_the_least_does_not_count() {
    let config = TWO.replace("\"worse\": \"lower\"", "\"worse\": \"lower\", \"effect\": 1");
    let cold = with(with(given(), "p99", 0.3, 0.3), "hits", 0.93, 1.0);
    assert_eq!(judge(&config, &cold).score, Some(1.0));
    assert_eq!(judge(TWO, &cold).score, Some(0.75));
}

#[test]
fn what_can_not_be_compared_never_passes() {
    let stale = with(given(), "p99", 0.3, 0.3)
        .observed(column("hits.candidate", Duration::seconds(15), &around(1.0)))
        .observed(missing("hits.stable", Quality::Stale, "the last scrape failed"));
    assert_snapshot!(told(&judge(TWO, &stale)), @"Inconclusive None: hits can not be compared: of stable: the last scrape failed");
    let few = with(given(), "p99", 0.3, 0.3)
        .observed(column("hits.candidate", Duration::seconds(15), &[1.0; 4]))
        .observed(column("hits.stable", Duration::seconds(15), &[1.0; 20]));
    assert_snapshot!(told(&judge(TWO, &few)), @"Inconclusive None: hits can not be compared: of candidate: 4 of 10 samples");
    let alone = Given::new().shape(Shape::new().with(Role::Candidate, 2, Weight::ALL));
    assert_snapshot!(told(&judge(TWO, &with(alone, "p99", 0.3, 0.3))), @"Inconclusive None: neither baseline nor stable serves anybody in this step: there is nothing to compare with, name other checks for it");
}

#[test]
fn what_is_missing_hides_no_failure() {
    let slow = with(given(), "p99", 0.45, 0.3);
    assert_snapshot!(told(&judge(TWO, &slow)), @"Fail Some(0.25): score 0.25, below 0.75: p99 is 0.164 above stable's 0.329 (50 %; p 3.4e-8, effect 1; 20 and 20 samples)");
}

#[test]
fn tells_what_is_wrong_in_the_config() {
    let wrong = r#"{"metrics": [{"name": "a b", "expr": "p99", "tolerance": -1, "effect": 2, "weight": 0}],
        "window": "1m", "pass": 0.5, "marginal": 0.8, "confidence": 1}"#;
    let wrong: Vec<_> =
        problems::<Compare>(wrong).iter().map(|one| format!("{}: {}", one.path, one.message)).collect();
    assert_snapshot!(wrong.join("\n"), @r#"
    /confidence: `1` is not between 0 and 1
    /marginal: 0.8 is above the `pass` of 0.5
    /window: a window of 1m has 4 samples, one every 15s, and 10 are needed
    /metrics/0/name: `a b` is not a name: letters, digits, `-` and `_`, at most 63
    /metrics/0/expr: does not say whose it is: write `{role="$role"}` in its selectors
    /metrics/0/tolerance: `-1` is below 0
    /metrics/0/effect: `2` is not between 0 and 1
    /metrics: no metric has a weight, so there is no score
    "#);
}

#[test]
fn what_could_never_fail_is_refused_and_few_samples_say_nothing() {
    let sure = r#"{"metrics": [{"name": "p99", "expr": "p99{role=\"$role\"}"}], "window": "5s", "step": "1s",
        "min-samples": 4, "confidence": 0.999}"#;
    let refused = problems::<Compare>(sure);
    assert_snapshot!(refused[0].message, @"5 and 5 samples can not show any difference at p < 0.001, however large it is: a longer `window`, a shorter `step` or a smaller `confidence` would let the check fail");
    assert_eq!((refused.len(), refused[0].path.as_str()), (1, "/confidence"));
    let config = sure.replace("\"5s\"", "\"20s\"");
    let few = |count: usize| {
        let step = Duration::seconds(1);
        let of = |role, middle| column(&format!("p99.{role}"), step, &around(middle)[..count]);
        judge(&config, &given().observed(of("candidate", 0.6)).observed(of("stable", 0.3)))
    };
    assert_snapshot!(told(&few(5)), @"Inconclusive None: p99 can not be compared: 5 and 5 samples can not show any difference at p < 0.001, however large it is");
    assert_eq!(few(12).verdict, sluice_sdk::Verdict::Fail);
}
