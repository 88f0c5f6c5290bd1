//! The shipped checks that compare and count, through the host: what they say of a candidate that is as good, of one
//! that is worse, and of nothing.

use sluice_core::model::observation::{Observation, Series};
use sluice_core::model::verdict::Verdict;
use sluice_core::snapshot::Snapshot;
use sluice_runner::ports::plugins::{Call, PluginKind};

use crate::bundled::{call, in_release, load, named, no_data, shipped};

const COMPARE: &str = r#"{ "metrics": [{ "name": "p99", "expr": "p99{role=\"$role\"}" }] }"#;
const NO_REGRESSION: &str = r#"{ "every": "5m", "values": [{ "name": "p99", "expr": "p99{role=\"$role\"}" }],
    "shares": [{ "name": "errors", "bad": "bad{role=\"$role\"}", "all": "all{role=\"$role\"}" }] }"#;
const BURN_RATE: &str = r#"{ "objective": 0.99, "bad": "b[$window]", "all": "a[$window]",
    "windows": [{ "long": "10m", "short": "1m", "factor": 3 }] }"#;

/// Twenty samples around a value.
fn column(query: &str, around: f64) -> Observation {
    let at: Vec<u64> = (0..20).map(|number| 1_699_999_700_000 + number * 15_000).collect();
    let value = (0..20).map(|number| around * (1.0 + 0.01 * f64::from((number * 7) % 20))).collect();
    let series = vec![Series { labels: Default::default(), at, value }];
    Observation { series, ..named(query, 0.0) }
}

/// What a check says to rounds some minutes apart.
fn rounds(name: &str, config: &str, rounds: &[(u64, Vec<Observation>)]) -> Vec<(Verdict, String)> {
    let plugin = load(&shipped(), PluginKind::HealthCheck, name);
    let metrics = no_data();
    let mut state = Vec::new();
    let mut told = Vec::new();
    for (minutes, observed) in rounds {
        let start = in_release();
        let snapshot = Snapshot { now: start.now + minutes * 60_000, ..start };
        let given = Call { state: &state, ..call(&snapshot, config, observed, &metrics) };
        let judged = plugin.judge(given).unwrap().answer;
        told.push((judged.verdict, judged.reason));
        state = judged.state;
    }
    told
}

fn verdicts(told: &[(Verdict, String)]) -> Vec<Verdict> {
    told.iter().map(|one| one.0).collect()
}

#[test]
fn compare_tells_a_slower_candidate_from_one_as_fast() {
    let both = |candidate, stable| vec![column("p99.candidate", candidate), column("p99.stable", stable)];
    let told = rounds("compare", COMPARE, &[(0, both(0.3, 0.3)), (1, both(0.6, 0.3)), (2, Vec::new())]);
    assert_eq!(verdicts(&told), [Verdict::Pass, Verdict::Fail, Verdict::Inconclusive]);
    assert!(told[1].1.contains("p99") && told[1].1.contains("20 and 20 samples"), "{}", told[1].1);
}

#[test]
fn no_regression_looks_when_its_time_has_come() {
    let round = |p99: f64, bad: f64, all: f64| {
        vec![
            column("p99.candidate", p99),
            column("p99.stable", 0.3),
            named("errors.bad.candidate", bad),
            named("errors.all.candidate", all),
            named("errors.bad.stable", all / 10.0),
            named("errors.all.stable", all * 10.0),
        ]
    };
    let all = [(0, round(0.3, 0.0, 0.0)), (5, round(0.3, 5.0, 500.0)), (10, round(0.6, 300.0, 1000.0))];
    let told = rounds("no-regression", NO_REGRESSION, &all);
    assert_eq!(verdicts(&told), [Verdict::Inconclusive, Verdict::Pass, Verdict::Fail]);
    assert!(told[2].1.starts_with("2 of 2 metrics regressed, in look 2"), "{}", told[2].1);
}

#[test]
fn burn_rate_fires_where_both_windows_burn() {
    let round = |long: f64, short: f64| {
        let (all, few) = (named("all.10m", 1000.0), named("all.1m", 100.0));
        vec![named("bad.10m", long), all, named("bad.1m", short), few]
    };
    let all = [(0, round(10.0, 1.0)), (1, round(50.0, 1.0)), (2, round(50.0, 5.0)), (3, Vec::new())];
    let told = rounds("burn-rate", BURN_RATE, &all);
    assert_eq!(verdicts(&told), [Verdict::Pass, Verdict::Pass, Verdict::Fail, Verdict::Inconclusive]);
}
