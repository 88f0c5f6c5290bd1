//! Who comes first, what is compared with, and how fast it goes.

use insta::assert_snapshot;
use sluice_sdk::testing::{Given, Tester};
use sluice_sdk::{Proposal, Role, Step, Verdict};

use super::{step, wrong};
use crate::Canary;

fn told(step: &Step) -> String {
    let of =
        |one: &sluice_sdk::Allocation| format!("{} {} on {}", one.role.name(), one.weight, one.instances);
    let arms: Vec<_> = step.shape.allocations.iter().map(of).collect();
    let routes: Vec<_> = step.shape.routes.iter().map(|route| route.name.as_str()).collect();
    format!("{}: {} {routes:?}", step.name, arms.join(", "))
}

fn eight() -> Given {
    Given::new().full(&Role::Stable, 8).full(&Role::Candidate, 8)
}

#[test]
fn a_cohort_comes_first_and_keeps_the_candidate() {
    let config = r#"{"cohort": {"header": {"name": "X-Beta", "value": "yes"}, "instances": 2, "hold": "10m",
        "checks": ["errors"]}, "steps": [5, 100]}"#;
    let first = step(config, &eight());
    assert_snapshot!(told(&first), @r#"cohort: stable 100 % on 8, candidate 0 % on 2 ["X-Beta=yes"]"#);
    assert_eq!(
        (first.gate.checks.as_slice(), first.gate.min_time.to_string().as_str()),
        (&["errors".to_owned()][..], "10m")
    );
    assert_snapshot!(told(&step(config, &eight().completed(1))), @r#"5 %: stable 95 % on 8, candidate 5 % on 2 ["X-Beta=yes"]"#);
    assert_snapshot!(told(&step(config, &eight().completed(2))), @r#"100 %: stable 0 % on 8, candidate 100 % on 8 ["X-Beta=yes"]"#);
    let mut canary = Tester::<Canary>::new(config).unwrap();
    assert!(matches!(canary.next(&eight().completed(3)), Ok(Proposal::Complete(_))));
    let Ok(Proposal::Abort(why)) = canary.next(&eight().attr("target.routes", "false")) else { panic!() };
    assert_snapshot!(why, @"the target does not route by header or cookie: leave out `cohort`, or use a target that does");
}

#[test]
fn a_baseline_has_as_much_as_the_candidate_while_there_is_room() {
    let config = r#"{"steps": [5, 30, 49.9, 50, 100], "baseline": true}"#;
    let arms: Vec<_> = (0..5).map(|done| told(&step(config, &eight().completed(done)))).collect();
    assert_snapshot!(arms.join("\n"), @"
    5 %: stable 90 % on 8, candidate 5 % on 1, baseline 5 % on 1 []
    30 %: stable 40 % on 8, candidate 30 % on 3, baseline 30 % on 3 []
    49.9 %: stable 0.2 % on 8, candidate 49.9 % on 4, baseline 49.9 % on 4 []
    50 %: stable 50 % on 8, candidate 50 % on 4 []
    100 %: stable 0 % on 8, candidate 100 % on 8 []
    ");
    let full = r#"{"steps": [5, 20], "baseline": {"instances": 3, "below": 20}}"#;
    let arms: Vec<_> = (0..2).map(|done| told(&step(full, &eight().completed(done)))).collect();
    assert_snapshot!(arms.join("\n"), @"
    5 %: stable 90 % on 8, candidate 5 % on 1, baseline 5 % on 3 []
    20 %: stable 80 % on 8, candidate 20 % on 2 []
    ");
    assert_eq!(step(r#"{"steps": [5], "baseline": false}"#, &eight()).shape.allocations.len(), 2);
}

/// Every step of a ramp, with a verdict and a score at the end of each.
fn ramp(config: &str, judged: impl Fn(usize) -> (Verdict, Option<f64>)) -> String {
    let mut canary = Tester::<Canary>::new(config).unwrap();
    let mut text = String::new();
    for done in 0..1000 {
        let mut given = eight().completed(u32::try_from(done).unwrap());
        if done > 0 {
            let (verdict, score) = judged(done);
            given = given.scored("errors", verdict, score, "as told");
        }
        match canary.next(&given).unwrap() {
            Proposal::Step(step) => text += &format!("{}: {}\n", step.name, step.reason()),
            Proposal::Complete(reason) => return text + &reason,
            other => panic!("{other:?}"),
        }
    }
    panic!("it does not end")
}

#[test]
fn a_ramp_goes_faster_while_checks_pass_and_slowly_after_a_warning() {
    let config = r#"{"ramp": {"from": 1, "least": 2, "most": 20}}"#;
    assert_snapshot!(ramp(config, |_| (Verdict::Pass, None)), @"
    1 %: the ramp begins with 1 %
    5 %: by 4 points: the check passed
    13 %: by 8 points: the check passed
    29 %: by 16 points: the check passed
    49 %: by 20 points: the check passed, the most
    69 %: by 20 points: the check passed, the most
    89 %: by 20 points: the check passed, the most
    100 %: by 11 points: the check passed, the most
    the ramp to 100 % closed
    ");
    assert_snapshot!(ramp(config, |done| {
        let verdict = if done == 4 { Verdict::Warn } else { Verdict::Pass };
        (verdict, Some(0.5))
    }), @"
    1 %: the ramp begins with 1 %
    4 %: by 3 points: the check passed, the least score is 0.50
    8.5 %: by 4.5 points: the check passed, the least score is 0.50
    15.3 %: by 6.8 points: the check passed, the least score is 0.50
    17.3 %: by 2 points: the least, as check errors warns: as told
    20.3 %: by 3 points: the check passed, the least score is 0.50
    24.8 %: by 4.5 points: the check passed, the least score is 0.50
    31.6 %: by 6.8 points: the check passed, the least score is 0.50
    41.8 %: by 10.2 points: the check passed, the least score is 0.50
    57.1 %: by 15.3 points: the check passed, the least score is 0.50
    77.1 %: by 20 points: the check passed, the least score is 0.50, the most
    97.1 %: by 20 points: the check passed, the least score is 0.50, the most
    100 %: by 2.9 points: the check passed, the least score is 0.50, the most
    the ramp to 100 % closed
    ");
}

#[test]
fn a_ramp_always_ends_within_its_bounds() {
    let config = r#"{"ramp": {"from": 0.5, "to": 50, "least": 0.5, "most": 3}}"#;
    for score in [None, Some(0.0), Some(0.3), Some(1.0)] {
        for every in 1..5 {
            let verdict = |done| if done % every == 0 { Verdict::Warn } else { Verdict::Pass };
            let steps = ramp(config, |done| (verdict(done), score));
            assert!(steps.lines().count() <= 101, "{steps}");
            assert!(steps.ends_with("the ramp to 50 % closed"));
        }
    }
}

#[test]
fn arms_that_can_not_be_are_told() {
    assert_snapshot!(wrong(r#"{"steps": [5], "ramp": {"from": 0, "to": 0, "least": 0, "most": 0},
        "cohort": {"instances": 0}, "baseline": {"below": 60, "instances": 1001}}"#), @"
    /ramp: there are `steps` already: leave one of both out
    /ramp/from: the first step must give the candidate some traffic
    /ramp/to: 0 % is not above the 0 % that it begins with
    /ramp/least: a step must be above 0
    /cohort: there must be a `header` or a `cookie`
    /cohort/instances: 0 instances are not between 1 and 1000
    /baseline/below: 60 % is not above 0 and at most 50 %: candidate and baseline have equal shares
    /baseline/instances: 1001 instances are not between 1 and 1000
    ");
    assert_snapshot!(wrong(r#"{"ramp": {"from": 1, "least": 0.1, "most": 1},
        "cohort": {"header": {"name": "a", "value": "b"}, "cookie": {"name": "a", "value": "b"}}}"#), @"
    /ramp/least: the ramp may take 990 steps of 0.1 %, more than 200
    /cohort/cookie: there is a `header` already: leave one of both out
    ");
    assert_snapshot!(wrong(r#"{"steps": [5], "baseline": 3}"#), @"/baseline: invalid type: integer `3`, expected `true`, or a baseline such as {instances: 2, below: 50}");
}
