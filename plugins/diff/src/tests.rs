//! The diff check on mirrors good, bad, thin and absent.

use insta::assert_snapshot;
use sluice_sdk::testing::{Given, Tester, missing, problems, value};
use sluice_sdk::{Judged, Observation, Quality, Verdict};

use crate::Diff;

fn judge(config: &str, observations: &[Observation]) -> Judged {
    let given = observations.iter().cloned().fold(Given::new(), Given::observed);
    Tester::<Diff>::new(config).expect("a good config").judge(&given).expect("a verdict")
}

fn counts(counts: &[(&str, f64)]) -> Vec<Observation> {
    counts.iter().map(|(name, count)| value(name, *count)).collect()
}

fn told(judged: &Judged) -> String {
    let mut text = format!("{:?} {:?}: {}\n", judged.verdict, judged.score, judged.reason);
    for one in &judged.measurements {
        let value = one.value.map_or("-".into(), |value| value.to_string());
        text += &format!("{} {value} {} {} {:?}\n", one.name, one.bound, one.quality.name(), one.verdict);
    }
    text
}

#[test]
fn passes_where_nothing_differs() {
    let seen = counts(&[("compared", 500.0), ("answered", 500.0)]);
    assert_snapshot!(told(&judge("{}", &seen)), @"
    Pass Some(1.0): 0 differences in 500 compared answers
    status 0 <= 0 value Pass
    header 0 <= 0 value Pass
    body 0 <= 0 value Pass
    latency 0 <= 1 value Pass
    failed 0 <= 0.01 value Pass
    shed 0 <= 1 value Pass
    ");
}

#[test]
fn each_kind_has_its_bound() {
    let config = r#"{"max": {"status": 0.001, "body": 0.05, "latency": 0.2}, "warn": {"body": 0.01}}"#;
    let seen = |status, body| {
        counts(&[
            ("compared", 1000.0),
            ("answered", 1000.0),
            ("status", status),
            ("body", body),
            ("latency", 100.0),
        ])
    };
    assert_snapshot!(told(&judge(config, &seen(3.0, 60.2))), @"
    Fail Some(0.0): 3 of 1000 answers differ in status: 0.003, above 0.001; 60 of 1000 answers differ in body: 0.0602, above 0.05
    status 0.003 <= 0.001 value Fail
    header 0 <= 0 value Pass
    body 0.060200000000000004 <= 0.05 value Fail
    latency 0.1 <= 0.2 value Pass
    failed 0 <= 0.01 value Pass
    shed 0 <= 1 value Pass
    ");
    assert_snapshot!(judge(config, &seen(0.0, 20.0)).reason, @"20 of 1000 answers differ in body: 0.02, above 0.01");
    assert_snapshot!(judge(config, &seen(0.0, 1.0)).reason, @"101 differences in 1000 compared answers");
}

#[test]
fn what_was_not_answered_or_not_mirrored_counts_too() {
    let seen = |failed, shed| {
        counts(&[("compared", 200.0), ("answered", 200.0), ("failed", failed), ("shed", shed)])
    };
    assert_snapshot!(judge("{}", &seen(10.0, 0.0)).reason, @"10 of 210 mirrored requests were not answered: 0.0476, above 0.01");
    let shed = judge("{}", &seen(0.0, 100.0));
    assert_eq!(shed.verdict, Verdict::Warn);
    assert_snapshot!(shed.reason, @"100 of 300 requests were not mirrored, as the candidate was too slow: 0.3333, above 0.1");
}

#[test]
fn what_is_missing_never_passes() {
    assert_snapshot!(told(&judge("{}", &counts(&[("compared", 12.4)]))), @"
    Inconclusive None: 12 of 100 answers were compared
    compared -  insufficient Inconclusive
    ");
    assert_snapshot!(judge("{}", &[]).reason, @"nothing was compared: there is no answer to `compared`");
    let stale = [value("compared", 500.0), missing("body", Quality::Stale, "the page is gone")];
    let stale = judge("{}", &stale);
    assert_eq!(stale.verdict, Verdict::Inconclusive);
    assert_snapshot!(stale.reason, @"body could not be counted: the page is gone");
}

#[test]
fn asks_what_a_mirror_counts() {
    let description = Tester::<Diff>::new(r#"{"window": "2m"}"#).unwrap().describe().unwrap();
    let queries: String =
        description.queries.iter().map(|one| format!("{}: {}\n", one.name, one.expr)).collect();
    assert_snapshot!(queries, @r#"
    compared: sum(increase(sluice_gateway_mirror_compared_total{role="candidate"}[120000ms]))
    status: sum(increase(sluice_gateway_mirror_differences_total{role="candidate",kind="status"}[120000ms]))
    header: sum(increase(sluice_gateway_mirror_differences_total{role="candidate",kind="header"}[120000ms]))
    body: sum(increase(sluice_gateway_mirror_differences_total{role="candidate",kind="body"}[120000ms]))
    latency: sum(increase(sluice_gateway_mirror_differences_total{role="candidate",kind="latency"}[120000ms]))
    answered: sum(increase(sluice_gateway_mirror_requests_total{role="candidate",outcome="answered"}[120000ms]))
    failed: sum(increase(sluice_gateway_mirror_requests_total{role="candidate",outcome="failed"}[120000ms]))
    shed: sum(increase(sluice_gateway_mirror_requests_total{role="candidate",outcome="shed"}[120000ms]))
    "#);
}

#[test]
fn tells_each_problem_with_its_place() {
    let wrong = |config| -> String {
        problems::<Diff>(config).iter().map(|one| format!("{}: {}\n", one.path, one.message)).collect()
    };
    let config =
        r#"{"window": "0s", "min-compared": 0, "max": {"body": 2, "status": 0.1}, "warn": {"status": 0.2}}"#;
    assert_snapshot!(wrong(config), @"
    /window: nothing is seen in no time
    /min-compared: must be at least 1
    /warn/status: a ratio fails above 0.1 before it warns above 0.2
    /max/body: 2 is not a ratio: 0 to 1
    ");
    assert_snapshot!(wrong(r#"{"max": {"bdy": 0}}"#), @"/max/bdy: unknown field `bdy`, expected one of `status`, `header`, `body`, `latency`, `failed`, `shed`");
}

#[test]
fn a_candidate_that_answers_nothing_fails_although_nothing_was_compared() {
    let seen = counts(&[("compared", 0.0), ("answered", 0.0), ("failed", 400.0)]);
    let judged = judge("{}", &seen);
    assert_eq!(judged.verdict, Verdict::Fail);
    assert_snapshot!(judged.reason, @"400 of 400 mirrored requests were not answered: 1, above 0.01");
    let few = judge("{}", &counts(&[("compared", 0.0), ("failed", 3.0)]));
    assert_eq!(few.verdict, Verdict::Inconclusive, "{}", few.reason);
}
