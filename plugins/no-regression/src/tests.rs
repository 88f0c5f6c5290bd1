//! Looks at several metrics: none worse, one worse, too few, and the budget of later looks.

use insta::assert_snapshot;
use sluice_sdk::testing::{Given, NOW, Tester, column, missing, problems, value};
use sluice_sdk::{Duration, Judged, Quality, Role, Shape, Weight};

use crate::NoRegression;

const CONFIG: &str = r#"{"every": "5m", "values": [{"name": "p99", "expr": "p99{role=\"$role\"}"}],
    "shares": [{"name": "errors", "bad": "bad{role=\"$role\"}", "all": "all{role=\"$role\"}"}]}"#;

/// A tenth of the traffic on the candidate.
fn given() -> Given {
    let tenth = Weight::percent(10.0).unwrap();
    Given::new().shape(Shape::new().with(Role::Stable, 2, tenth.rest()).with(Role::Candidate, 1, tenth))
}

/// Two revisions so many minutes after the first round: p99, bad and all events of each.
fn after(minutes: u64, candidate: (f64, f64, f64), stable: (f64, f64, f64)) -> Given {
    let given = given().at(NOW + Duration::minutes(minutes).as_millis());
    [("candidate", candidate), ("stable", stable)].into_iter().fold(
        given,
        |given, (role, (p99, bad, all))| {
            let samples: Vec<f64> = (0..20).map(|n| p99 * (1.0 + 0.01 * f64::from((n * 7) % 20))).collect();
            let given = given.observed(column(&format!("p99.{role}"), Duration::seconds(15), &samples));
            let given = given.observed(value(&format!("errors.bad.{role}"), bad));
            given.observed(value(&format!("errors.all.{role}"), all))
        },
    )
}

fn told(judged: &Judged) -> String {
    format!("{:?}: {}", judged.verdict, judged.reason)
}

#[test]
fn a_look_is_taken_once_in_a_while_and_its_verdict_stands() {
    let mut tester = Tester::<NoRegression>::new(CONFIG).unwrap();
    let mut judge = |minutes, errors| {
        told(
            &tester
                .judge(&after(
                    minutes,
                    (0.3, errors, 100.0 * minutes as f64),
                    (0.3, 9.0 * minutes as f64, 900.0 * minutes as f64),
                ))
                .unwrap(),
        )
    };
    assert_snapshot!(judge(0, 0.0), @"Inconclusive: the first look is taken after 5m");
    assert_snapshot!(judge(5, 5.0), @"Pass: none of 2 metrics regressed, in look 1 at a budget of 0.025; the nearest: p99 is level with stable's 0.329 (p 0.505, 20 and 20 samples)");
    assert_snapshot!(judge(7, 200.0), @"Pass: none of 2 metrics regressed, in look 1 at a budget of 0.025; the nearest: p99 is level with stable's 0.329 (p 0.505, 20 and 20 samples)");
    assert_snapshot!(judge(10, 300.0), @"Fail: 1 of 2 metrics regressed, in look 2 at a budget of 0.00833: errors: 295 of 500 (59 %) against 45 of 4500 (1 %) of stable (p 8.75e-285)");
}

#[test]
fn one_metric_among_several_is_corrected_for_their_number() {
    let mut tester = Tester::<NoRegression>::new(CONFIG).unwrap();
    tester.judge(&after(0, (0.3, 0.0, 0.0), (0.3, 0.0, 0.0))).unwrap();
    let slow = tester.judge(&after(5, (0.6, 5.0, 500.0), (0.3, 45.0, 4500.0))).unwrap();
    assert_snapshot!(told(&slow), @"Fail: 1 of 2 metrics regressed, in look 1 at a budget of 0.025: p99 is 0.329 above stable's 0.329 (p 3.4e-8, 20 and 20 samples)");
}

#[test]
fn what_can_not_be_compared_never_passes() {
    let mut tester = Tester::<NoRegression>::new(CONFIG).unwrap();
    tester.judge(&after(0, (0.3, 0.0, 0.0), (0.3, 0.0, 0.0))).unwrap();
    let few = tester.judge(&after(5, (0.3, 0.0, 20.0), (0.3, 0.0, 900.0))).unwrap();
    assert_snapshot!(told(&few), @"Inconclusive: errors can not be compared: 20 of 50 events since the last look");
    let gone = given().at(NOW + 600_000).observed(missing("p99.candidate", Quality::Stale, "gone"));
    assert_snapshot!(told(&tester.judge(&gone).unwrap()), @"Inconclusive: p99 can not be compared: of candidate: gone; errors can not be compared: of candidate: there is no answer to `errors.all.candidate`");
    let alone = Given::new().shape(Shape::new().with(Role::Candidate, 2, Weight::ALL));
    assert_snapshot!(told(&tester.judge(&alone).unwrap()), @"Inconclusive: neither baseline nor stable serves anybody in this step: there is nothing to compare with, name other checks for it");
}

#[test]
fn tells_what_is_wrong_in_the_config() {
    let wrong = r#"{"every": "1m", "values": [{"name": "a", "expr": "p99", "slack": -1}],
        "shares": [{"name": "a", "bad": "b", "all": "c{role=\"$role\"}"}]}"#;
    let wrong: Vec<_> =
        problems::<NoRegression>(wrong).iter().map(|one| format!("{}: {}", one.path, one.message)).collect();
    assert_snapshot!(wrong.join("\n"), @r#"
    /every: 1m has 4 samples, one every 15s, and 10 are needed
    /shares/0/name: there is another `a`
    /values/0/expr: does not say whose it is: write `{role="$role"}` in its selectors
    /values/0/slack: `-1` is below 0
    /shares/0/bad: does not say whose it is: write `{role="$role"}` in its selectors
    "#);
}
