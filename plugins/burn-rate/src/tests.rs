//! Budgets that burn in both windows, in one, and in none.

use insta::assert_snapshot;
use sluice_sdk::testing::{Given, Tester, missing, problems, value};
use sluice_sdk::{Judged, Quality, Verdict};

use crate::BurnRate;

const CONFIG: &str = r#"{"objective": 0.99, "bad": "bad[$window]", "all": "all[$window]",
    "windows": [{"long": "10m", "short": "1m", "factor": 5}, {"long": "10m", "short": "5m", "factor": 2, "then": "warn"}]}"#;

/// Bad and all events in ten minutes, in five and in one.
fn judge(long: (f64, f64), middle: (f64, f64), short: (f64, f64)) -> Judged {
    let windows = [("10m", long), ("5m", middle), ("1m", short)];
    let given = windows.into_iter().fold(Given::new(), |given, (window, (bad, all))| {
        given.observed(value(&format!("bad.{window}"), bad)).observed(value(&format!("all.{window}"), all))
    });
    Tester::<BurnRate>::new(CONFIG).unwrap().judge(&given).unwrap()
}

fn told(judged: &Judged) -> String {
    format!("{:?} {:?}: {}", judged.verdict, judged.score.map(|score| format!("{score:.2}")), judged.reason)
}

#[test]
fn a_budget_that_lasts_passes() {
    assert_snapshot!(told(&judge((10.0, 1000.0), (5.0, 500.0), (1.0, 100.0))), @r#"Pass Some("0.50"): the budget of 99 % burns 1 times in 10m (10 of 1000, 1 %) and 1 times in 1m (1 of 100, 1 %), held to 5 times; the budget of 99 % burns 1 times in 10m (10 of 1000, 1 %) and 1 times in 5m (5 of 500, 1 %), held to 2 times"#);
}

#[test]
fn a_budget_that_burns_in_both_windows_fails() {
    assert_snapshot!(told(&judge((100.0, 1000.0), (60.0, 500.0), (20.0, 100.0))), @r#"Fail Some("0.00"): the budget of 99 % burns 10 times in 10m (100 of 1000, 10 %) and 20 times in 1m (20 of 100, 20 %), held to 5 times"#);
}

#[test]
fn what_is_over_only_warns_and_what_just_began_passes() {
    assert_eq!(judge((100.0, 1000.0), (60.0, 500.0), (0.0, 100.0)).verdict, Verdict::Warn);
    assert_eq!(judge((10.0, 1000.0), (9.0, 500.0), (9.0, 100.0)).verdict, Verdict::Pass);
    assert_eq!(judge((100.0, 1000.0), (0.0, 500.0), (0.0, 0.0)).verdict, Verdict::Pass, "nobody came");
}

#[test]
fn what_is_thin_or_absent_says_nothing() {
    assert_snapshot!(told(&judge((9.0, 90.0), (9.0, 50.0), (9.0, 10.0))), @"Inconclusive None: 10m and 1m say nothing: 90 of 100 events in 10m; 10m and 5m say nothing: 90 of 100 events in 10m");
    let stale = Given::new().observed(missing("all.10m", Quality::Stale, "the last scrape failed"));
    assert_snapshot!(told(&Tester::<BurnRate>::new(CONFIG).unwrap().judge(&stale).unwrap()), @"Inconclusive None: 10m and 1m say nothing: the last scrape failed; 10m and 5m say nothing: the last scrape failed");
}

#[test]
fn errors_that_never_were_are_none() {
    let windows = ["10m", "5m", "1m"];
    let given = windows.into_iter().fold(Given::new(), |given, window| {
        let bad = missing(&format!("bad.{window}"), Quality::NoData, "no series match");
        given.observed(bad).observed(value(&format!("all.{window}"), 500.0))
    });
    let judged = Tester::<BurnRate>::new(CONFIG).unwrap().judge(&given).unwrap();
    assert_eq!((judged.verdict, judged.score), (Verdict::Pass, Some(1.0)));
}

#[test]
fn each_window_is_asked_once() {
    let queries = Tester::<BurnRate>::new(CONFIG).unwrap().describe().unwrap().queries;
    let asked: Vec<_> = queries.iter().map(|one| format!("{} {}", one.name, one.expr)).collect();
    assert_snapshot!(asked.join("\n"), @"
    bad.10m bad[10m]
    all.10m all[10m]
    bad.1m bad[1m]
    all.1m all[1m]
    bad.5m bad[5m]
    all.5m all[5m]
    ");
}

#[test]
fn tells_what_is_wrong_in_the_config() {
    let wrong = r#"{"objective": 0.9, "bad": "bad", "all": "all[$window]",
        "windows": [{"long": "1m", "short": "5m", "factor": 20}, {"long": "5m", "short": "1m", "factor": 0}]}"#;
    let wrong: Vec<_> =
        problems::<BurnRate>(wrong).iter().map(|one| format!("{}: {}", one.path, one.message)).collect();
    assert_snapshot!(wrong.join("\n"), @"
    /bad: does not say how far it looks back: write `sum(increase(...[$window]))`
    /windows/0/short: a short window of 5m is not between 0 and its long one of 1m
    /windows/0/factor: never fires: with nothing but errors the budget burns 10.0 times as fast
    /windows/1/factor: must be above 0
    ");
}
