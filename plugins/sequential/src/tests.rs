//! Rounds of counters: the same, worse, too few, absent, reset.

use insta::assert_snapshot;
use sluice_sdk::testing::{Given, Tester, missing, problems, value};
use sluice_sdk::{Judged, Quality, Role, Shape, Verdict, Weight};

use crate::Sequential;

const ERRORS: &str = r#"{"ratios": [
    {"name": "errors", "bad": "bad{role=\"$role\"}", "all": "all{role=\"$role\"}", "times": 1.5}]}"#;
const LIMIT: &str = r#"{"ratios": [
    {"name": "errors", "bad": "bad{role=\"$role\"}", "all": "all{role=\"$role\"}", "limit": 0.02}]}"#;
const SLOW: &str = r#"{"latencies": [{"name": "slow", "histogram": "seconds", "above": 1}]}"#;

/// A tenth of the traffic on the candidate.
fn given() -> Given {
    let tenth = Weight::percent(10.0).unwrap();
    Given::new().shape(Shape::new().with(Role::Stable, 2, tenth.rest()).with(Role::Candidate, 1, tenth))
}

/// Counters of candidate and stable: bad and all of each.
fn counted(candidate: (f64, f64), stable: (f64, f64)) -> Given {
    let both = [("candidate", candidate), ("stable", stable)];
    both.into_iter().fold(given(), |given, (role, (bad, all))| {
        let given = given.observed(value(&format!("errors.all.{role}"), all));
        given.observed(value(&format!("errors.bad.{role}"), bad))
    })
}

/// So many rounds at these rates, from the tenth of them on.
fn rounds(config: &str, count: u32, candidate: (f64, f64), stable: (f64, f64)) -> Judged {
    let mut tester = Tester::<Sequential>::new(config).expect("a good config");
    let at = |rate: (f64, f64), round: u32| (rate.0 * f64::from(round), rate.1 * f64::from(round));
    let judged =
        (10..=10 + count).map(|round| tester.judge(&counted(at(candidate, round), at(stable, round))));
    judged.last().expect("a round").expect("a verdict")
}

fn told(judged: &Judged) -> String {
    let measured = &judged.measurements[0];
    let value = measured.value.map(|value| format!("{value:.3}"));
    format!("{:?}: {} [{value:?} {}]", judged.verdict, judged.reason, measured.bound)
}

#[test]
fn the_same_rates_pass() {
    assert_snapshot!(told(&rounds(ERRORS, 10, (1.0, 100.0), (9.0, 900.0))), @r#"Pass: errors: 10 of 1000 (1 %) against 90 of 9000 (1 %) (1.5 times tolerated): evidence 0.0133 of 20 [Some("0.013") evidence < 20]"#);
}

#[test]
fn more_errors_than_tolerated_fail_and_stay_failed() {
    let worse = rounds(ERRORS, 3, (10.0, 100.0), (9.0, 900.0));
    assert_snapshot!(told(&worse), @r#"Fail: errors: 30 of 300 (10 %) against 27 of 2700 (1 %) (1.5 times tolerated): evidence over a million, which fails at 20 [Some("1000000.000") evidence < 20]"#);
    assert_eq!(worse.score, Some(0.0));
    let mut tester = Tester::<Sequential>::new(ERRORS).unwrap();
    tester.judge(&counted((0.0, 0.0), (0.0, 0.0))).unwrap();
    assert_eq!(tester.judge(&counted((90.0, 500.0), (9.0, 900.0))).unwrap().verdict, Verdict::Fail);
    let gone = given().observed(missing("errors.all.candidate", Quality::Stale, "gone"));
    assert_eq!(tester.judge(&gone).unwrap().verdict, Verdict::Fail, "what was seen was seen");
}

#[test]
fn errors_within_what_is_tolerated_pass() {
    assert_eq!(rounds(ERRORS, 30, (14.0, 1000.0), (90.0, 9000.0)).verdict, Verdict::Pass);
}

#[test]
fn a_limit_needs_nothing_to_compare_with() {
    assert_snapshot!(told(&rounds(LIMIT, 10, (1.0, 100.0), (0.0, 0.0))), @r#"Pass: errors: 10 of 1000 (1 %), where 2 % may be: evidence 0.00186 of 20 [Some("0.002") evidence < 20]"#);
    assert_snapshot!(told(&rounds(LIMIT, 3, (10.0, 100.0), (0.0, 0.0))), @r#"Fail: errors: 30 of 300 (10 %), where 2 % may be: evidence over a million, which fails at 20 [Some("1000000.000") evidence < 20]"#);
}

#[test]
fn little_traffic_says_nothing() {
    assert_snapshot!(told(&rounds(ERRORS, 3, (0.0, 10.0), (0.0, 900.0))), @r#"Inconclusive: errors says nothing: 30 of 100 events of the candidate so far [Some("1.000") evidence < 20]"#);
    let first =
        Tester::<Sequential>::new(ERRORS).unwrap().judge(&counted((5.0, 500.0), (5.0, 500.0))).unwrap();
    assert_snapshot!(told(&first), @"Inconclusive: errors says nothing: 0 of 100 events of the candidate so far [None evidence < 20]");
}

#[test]
fn what_is_missing_says_nothing() {
    let stale = given().observed(missing("errors.all.candidate", Quality::Stale, "the last scrape failed"));
    assert_snapshot!(told(&Tester::<Sequential>::new(ERRORS).unwrap().judge(&stale).unwrap()), @"Inconclusive: errors says nothing: of candidate: the last scrape failed [None evidence < 20]");
    let alone = Given::new().shape(Shape::new().with(Role::Candidate, 2, Weight::ALL));
    let alone = alone.observed(value("errors.all.candidate", 1000.0));
    assert_snapshot!(told(&Tester::<Sequential>::new(ERRORS).unwrap().judge(&alone).unwrap()), @"Inconclusive: errors says nothing: neither baseline nor stable serves anybody in this step: there is nothing to compare with, name other checks for it [None evidence < 20]");
}

#[test]
fn absent_errors_are_zero_errors() {
    let mut tester = Tester::<Sequential>::new(ERRORS).unwrap();
    let round = |all: f64| {
        let absent = |role: &str| missing(&format!("errors.bad.{role}"), Quality::NoData, "no series match");
        let given = given().observed(value("errors.all.candidate", all)).observed(absent("candidate"));
        given.observed(value("errors.all.stable", all)).observed(absent("stable"))
    };
    tester.judge(&round(0.0)).unwrap();
    assert_eq!(tester.judge(&round(500.0)).unwrap().verdict, Verdict::Pass);
}

#[test]
fn slow_requests_are_those_that_no_bucket_has() {
    let mut tester = Tester::<Sequential>::new(SLOW).unwrap();
    assert_eq!(
        tester.describe().unwrap().queries[0].expr,
        r#"sum(seconds_bucket{role="candidate",le=~"1|1.0"})"#
    );
    let round = |good: f64, all: f64| {
        ["candidate", "stable"].into_iter().fold(given(), |given, role| {
            let good = if role == "stable" { all } else { good };
            let given = given.observed(value(&format!("slow.all.{role}"), all));
            given.observed(value(&format!("slow.good.{role}"), good))
        })
    };
    tester.judge(&round(0.0, 0.0)).unwrap();
    assert_snapshot!(told(&tester.judge(&round(150.0, 200.0)).unwrap()), @r#"Fail: slow: 50 of 200 (25 %) against 0 of 200 (0 %): evidence over a million, which fails at 20 [Some("1000000.000") evidence < 20]"#);
    let without = given().observed(value("slow.all.candidate", 10.0)).observed(missing(
        "slow.good.candidate",
        Quality::NoData,
        "no series match the query",
    ));
    assert_snapshot!(told(&Tester::<Sequential>::new(SLOW).unwrap().judge(&without).unwrap()), @"Inconclusive: slow says nothing: of candidate: the histogram has no bucket that ends there (no series match the query) [None evidence < 20]");
}

#[test]
fn tells_what_is_wrong_in_the_config() {
    let wrong = r#"{"false-alarms": 0, "ratios": [{"name": "e", "bad": "bad", "all": "all{role=\"$role\"}",
        "times": 0, "limit": 2}], "latencies": [{"name": "e", "histogram": "a{}", "above": 0}]}"#;
    let wrong: Vec<_> =
        problems::<Sequential>(wrong).iter().map(|one| format!("{}: {}", one.path, one.message)).collect();
    assert_snapshot!(wrong.join("\n"), @r#"
    /false-alarms: `0` is not between 0 and 1
    /ratios/0/limit: `2` is not between 0 and 1: 2 % is 0.02
    /ratios/0/times: there is a `limit` in place of a comparison
    /ratios/0/times: `0` must be above 0
    /latencies/0/name: there is another `e`
    /ratios/0/bad: does not say whose it is: write `{role="$role"}` in its selectors
    /latencies/0/histogram: `a{}` is not a metric's name
    /latencies/0/above: must be above 0
    "#);
    assert_eq!(problems::<Sequential>("{}").len(), 1);
}
