//! The bars that the checks are held to.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use simulation::{CHECKS, Check, MINUTES, Scenario, run};

const TRIALS: u64 = 500;

fn check(name: &str) -> Check {
    CHECKS.into_iter().find(|check| check.name == name).unwrap()
}

#[test]
fn sequential_keeps_its_budget_of_false_alarms_at_any_traffic() {
    for rate in [10.0, 100.0, 1000.0] {
        let same = Scenario::at("the same", rate).unwrap();
        let alarms = run(&check("sequential"), &same, TRIALS).by(MINUTES);
        assert!(alarms <= 0.05, "{alarms} at {rate} requests a minute");
    }
}

#[test]
fn sequential_finds_ten_times_the_errors_within_three_minutes() {
    let worse = Scenario::at("errors x 10", 100.0).unwrap();
    let found = run(&check("sequential"), &worse, TRIALS).by(3);
    assert!(found >= 0.99, "{found}");
}

#[test]
fn an_allowance_keeps_the_budget_on_another_machine_and_costs_small_effects() {
    let lenient = |name| run(&check("with times: 1.5"), &Scenario::at(name, 100.0).unwrap(), TRIALS);
    assert!(lenient("the same, on another machine").by(MINUTES) <= 0.05);
    assert!(lenient("errors x 10").by(3) >= 0.99);
    assert!(lenient("errors x 1.5").by(MINUTES) <= 0.05, "it is what is allowed");
}

#[test]
fn a_plain_threshold_cries_wolf() {
    let same = Scenario::at("the same", 100.0).unwrap();
    assert!(run(&check("> 1 % a minute"), &same, 100).by(MINUTES) > 0.5);
}

#[test]
fn no_regression_keeps_its_budget_on_independent_traffic() {
    let same = Scenario::at("the same", 100.0).unwrap();
    let alarms = run(&check("no-regression"), &same, TRIALS).by(MINUTES);
    assert!(alarms <= 0.05, "{alarms}");
}
