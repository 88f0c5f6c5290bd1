//! The checks under comparison: each with its config, and what it is given of a minute's traffic.

use sluice_plugin_burn_rate::BurnRate;
use sluice_plugin_compare::Compare;
use sluice_plugin_no_regression::NoRegression;
use sluice_plugin_sequential::Sequential;
use sluice_plugin_threshold::Threshold;
use sluice_sdk::testing::{Given, NOW, Tester, column, missing, value};
use sluice_sdk::{Duration, HealthCheck, Quality, Role, Shape, Verdict, Weight};

use crate::traffic::{Arm, Minute, Traffic};

/// A check, and how it is run.
#[derive(Clone, Copy)]
pub struct Check {
    pub name: &'static str,
    /// Watches traffic minute by minute until it fails, and says in which minute.
    pub watch: fn(Traffic, usize) -> Option<usize>,
}

pub const CHECKS: [Check; 6] = [
    Check { name: "> 1 % a minute", watch: threshold },
    Check { name: "sequential", watch: sequential },
    Check { name: "with times: 1.5", watch: lenient },
    Check { name: "burn-rate", watch: burn_rate },
    Check { name: "compare", watch: compare },
    Check { name: "no-regression", watch: no_regression },
];

const THRESHOLD: &str = r#"{"queries": [{"name": "errors", "expr": "errors / requests", "max": 0.01}]}"#;
const SEQUENTIAL: &str = r#"{"false-alarms": 0.05,
    "ratios": [{"name": "errors", "bad": "errors{role=\"$role\"}", "all": "requests{role=\"$role\"}"}],
    "latencies": [{"name": "slow", "histogram": "seconds", "above": 0.25}]}"#;
/// The same that allows for a machine that is somewhat worse.
const LENIENT: &str = r#"{"false-alarms": 0.05,
    "ratios": [{"name": "errors", "bad": "errors{role=\"$role\"}", "all": "requests{role=\"$role\"}", "times": 1.5}],
    "latencies": [{"name": "slow", "histogram": "seconds", "above": 0.25, "times": 1.5}]}"#;
const BURN_RATE: &str = r#"{"objective": 0.99, "bad": "errors[$window]", "all": "requests[$window]", "min-events": 50,
    "windows": [{"long": "10m", "short": "2m", "factor": 3}]}"#;
const COMPARE: &str = r#"{"window": "10m", "step": "1m", "min-samples": 5, "metrics": [
    {"name": "errors", "expr": "errors{role=\"$role\"} / requests{role=\"$role\"}"},
    {"name": "p95", "expr": "p95{role=\"$role\"}"}]}"#;
const NO_REGRESSION: &str = r#"{"false-alarms": 0.05, "every": "5m", "step": "1m", "min-samples": 5,
    "values": [{"name": "p95", "expr": "p95{role=\"$role\"}"}],
    "shares": [{"name": "errors", "bad": "errors{role=\"$role\"}", "all": "requests{role=\"$role\"}"}]}"#;
const MINUTE: Duration = Duration::minutes(1);

fn watch<P: HealthCheck>(
    config: &str,
    mut traffic: Traffic,
    minutes: usize,
    see: fn(&Traffic, Given) -> Given,
) -> Option<usize> {
    let Ok(mut tester) = Tester::<P>::new(config) else { return None };
    let tenth = Weight::percent(10.0)?;
    let shape = Shape::new().with(Role::Stable, 9, tenth.rest()).with(Role::Candidate, 1, tenth);
    let look =
        |minute: usize| Given::new().shape(shape.clone()).at(NOW + MINUTE.times(minute as u64).as_millis());
    let mut judge = |given: &Given| tester.judge(given).is_ok_and(|judged| judged.verdict == Verdict::Fail);
    // Before any traffic: counters begin.
    judge(&see(&traffic, look(0)));
    (1..=minutes).find(|minute| {
        traffic.minute();
        judge(&see(&traffic, look(*minute)))
    })
}

fn threshold(traffic: Traffic, minutes: usize) -> Option<usize> {
    watch::<Threshold>(THRESHOLD, traffic, minutes, |traffic, given| {
        let ratio = traffic.candidate.last(1).iter().map(ratio).next().filter(|ratio| ratio.is_finite());
        let none = || missing("errors", Quality::NoData, "no requests");
        given.observed(ratio.map_or_else(none, |ratio| value("errors", ratio)))
    })
}

fn sequential(traffic: Traffic, minutes: usize) -> Option<usize> {
    counts(SEQUENTIAL, traffic, minutes)
}

fn lenient(traffic: Traffic, minutes: usize) -> Option<usize> {
    counts(LENIENT, traffic, minutes)
}

fn counts(config: &str, traffic: Traffic, minutes: usize) -> Option<usize> {
    watch::<Sequential>(config, traffic, minutes, |traffic, given| {
        arms(traffic).into_iter().fold(counters(traffic, given), |given, (role, arm)| {
            let all = arm.counted(|minute| minute.requests);
            let good = all - arm.counted(|minute| minute.slow);
            let given = given.observed(value(&format!("slow.all.{role}"), all));
            given.observed(value(&format!("slow.good.{role}"), good))
        })
    })
}

fn burn_rate(traffic: Traffic, minutes: usize) -> Option<usize> {
    watch::<BurnRate>(BURN_RATE, traffic, minutes, |traffic, given| {
        [("10m", 10), ("2m", 2)].into_iter().fold(given, |given, (name, minutes)| {
            let last = traffic.candidate.last(minutes);
            let (bad, all) =
                (last.iter().map(|one| one.errors).sum(), last.iter().map(|one| one.requests).sum());
            given.observed(value(&format!("bad.{name}"), bad)).observed(value(&format!("all.{name}"), all))
        })
    })
}

fn compare(traffic: Traffic, minutes: usize) -> Option<usize> {
    watch::<Compare>(COMPARE, traffic, minutes, |traffic, given| {
        columns(columns(given, traffic, "errors", 10, ratio), traffic, "p95", 10, |minute| minute.p95)
    })
}

fn no_regression(traffic: Traffic, minutes: usize) -> Option<usize> {
    watch::<NoRegression>(NO_REGRESSION, traffic, minutes, |traffic, given| {
        columns(counters(traffic, given), traffic, "p95", 5, |minute| minute.p95)
    })
}

fn arms(traffic: &Traffic) -> [(&'static str, &Arm); 2] {
    [("candidate", &traffic.candidate), ("stable", &traffic.stable)]
}

fn counters(traffic: &Traffic, given: Given) -> Given {
    arms(traffic).into_iter().fold(given, |given, (role, arm)| {
        let (bad, all) = (arm.counted(|minute| minute.errors), arm.counted(|minute| minute.requests));
        let given = given.observed(value(&format!("errors.bad.{role}"), bad));
        given.observed(value(&format!("errors.all.{role}"), all))
    })
}

fn columns(given: Given, traffic: &Traffic, name: &str, minutes: usize, of: fn(&Minute) -> f64) -> Given {
    arms(traffic).into_iter().fold(given, |given, (role, arm)| {
        let values: Vec<f64> = arm.last(minutes).iter().map(of).filter(|value| value.is_finite()).collect();
        given.observed(column(&format!("{name}.{role}"), MINUTE, &values))
    })
}

fn ratio(minute: &Minute) -> f64 {
    minute.errors / minute.requests
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
