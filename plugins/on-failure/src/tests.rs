//! The limits, and the way back.

use insta::assert_snapshot;
use sluice_sdk::testing::{Given, Tester, problems};
use sluice_sdk::{Retreat, Role, RollbackAnswer, Shape, Verdict, Weight};

use crate::OnFailure;

fn tester(config: &str) -> Tester<OnFailure> {
    Tester::new(config).expect("a good config")
}

fn round(verdict: Verdict) -> Given {
    Given::new().judged("errors", verdict, "error-ratio is 0.081, above 0.05").judged(
        "latency",
        Verdict::Pass,
        "",
    )
}

fn answer(tester: &mut Tester<OnFailure>, given: &Given) -> String {
    match tester.decide(given).expect("an answer") {
        RollbackAnswer::Keep(reason) => format!("keep: {reason}"),
        RollbackAnswer::Hold(reason) => format!("hold: {reason}"),
        RollbackAnswer::RollBack { reason, by } => format!("roll back by {}: {reason}", by.len()),
    }
}

fn answers(config: &str, rounds: impl IntoIterator<Item = Verdict>) -> String {
    let mut tester = tester(config);
    rounds.into_iter().map(|verdict| answer(&mut tester, &round(verdict)) + "\n").collect()
}

fn retreats(config: &str, given: Given) -> Vec<Retreat> {
    match tester(config).decide(&given.judged("errors", Verdict::Fail, "")) {
        Ok(RollbackAnswer::RollBack { by, .. }) => by,
        other => panic!("no rollback: {other:?}"),
    }
}

fn at(weight: u16) -> Shape {
    let weight = Weight::per_mille(weight);
    Shape::new().with(Role::Stable, 2, weight.rest()).with(Role::Candidate, 1, weight)
}

fn weights(by: &[Retreat]) -> Vec<u16> {
    by.iter().map(|one| one.shape.weight(&Role::Candidate).get()).collect()
}

#[test]
fn two_failed_rounds_in_a_row_roll_back() {
    use Verdict::{Fail, Inconclusive, Pass, Warn};
    assert_snapshot!(answers("{}", [Pass, Fail, Warn, Fail, Fail]), @"
    keep: all 2 checks passed
    hold: check errors failed in 1 round, the limit is 2: error-ratio is 0.081, above 0.05
    keep: all 2 checks passed
    hold: check errors failed in 1 round, the limit is 2: error-ratio is 0.081, above 0.05
    roll back by 0: check errors failed in 2 rounds in a row, the limit: error-ratio is 0.081, above 0.05
    ");
    // A candidate that stops answering has not recovered.
    assert_snapshot!(answers("{}", [Fail, Inconclusive, Fail]), @"
    hold: check errors failed in 1 round, the limit is 2: error-ratio is 0.081, above 0.05
    hold: check errors said nothing in 1 round: error-ratio is 0.081, above 0.05
    roll back by 0: check errors failed in 2 rounds in a row, the limit: error-ratio is 0.081, above 0.05
    ");
}

#[test]
fn failed_rounds_add_up_over_the_release() {
    use Verdict::{Fail, Pass};
    let config = r#"{"total": 3}"#;
    assert_snapshot!(answers(config, [Fail, Pass, Fail, Pass, Fail]), @"
    hold: check errors failed in 1 round, the limit is 2: error-ratio is 0.081, above 0.05
    keep: all 2 checks passed
    hold: check errors failed in 1 round, the limit is 2: error-ratio is 0.081, above 0.05
    keep: all 2 checks passed
    roll back by 0: check errors failed, the 3rd failed round in all, the limit: error-ratio is 0.081, above 0.05
    ");
}

#[test]
fn silence_holds_unless_it_has_a_limit() {
    let silent = || std::iter::repeat_n(Verdict::Inconclusive, 3);
    assert_snapshot!(answers("{}", silent()), @"
    hold: check errors said nothing in 1 round: error-ratio is 0.081, above 0.05
    hold: check errors said nothing in 2 rounds in a row: error-ratio is 0.081, above 0.05
    hold: check errors said nothing in 3 rounds in a row: error-ratio is 0.081, above 0.05
    ");
    assert_snapshot!(answers(r#"{"inconclusive": 3}"#, silent()), @"
    hold: check errors said nothing in 1 round, the limit is 3: error-ratio is 0.081, above 0.05
    hold: check errors said nothing in 2 rounds in a row, the limit is 3: error-ratio is 0.081, above 0.05
    roll back by 0: check errors said nothing in 3 rounds in a row, the limit: error-ratio is 0.081, above 0.05
    ");
    assert_snapshot!(answers(r#"{"inconclusive": 1}"#, [Verdict::Other("odd".into())]), @"roll back by 0: check errors said nothing in 1 round, the limit: error-ratio is 0.081, above 0.05");
}

#[test]
fn errors_count_as_they_are_told_to() {
    let errors = || [Verdict::error(), Verdict::error()];
    assert_snapshot!(answers("{}", errors()), @"
    hold: check errors said nothing in 1 round: error-ratio is 0.081, above 0.05
    hold: check errors said nothing in 2 rounds in a row: error-ratio is 0.081, above 0.05
    ");
    assert_snapshot!(answers(r#"{"errors": "as-failures"}"#, errors()), @"
    hold: check errors failed in 1 round, the limit is 2: error-ratio is 0.081, above 0.05
    roll back by 0: check errors failed in 2 rounds in a row, the limit: error-ratio is 0.081, above 0.05
    ");
    assert_snapshot!(answers(r#"{"inconclusive": 2}"#, errors()), @"
    hold: check errors said nothing in 1 round, the limit is 2: error-ratio is 0.081, above 0.05
    roll back by 0: check errors said nothing in 2 rounds in a row, the limit: error-ratio is 0.081, above 0.05
    ");
}

#[test]
fn names_every_check_that_does_not_pass() {
    let given = round(Verdict::Fail).judged("cpu", Verdict::Fail, "cpu is 2, above 1");
    assert_snapshot!(answer(&mut tester(r#"{"consecutive": 1}"#), &given), @"roll back by 0: checks errors, cpu failed in 1 round, the limit: error-ratio is 0.081, above 0.05; cpu is 2, above 1");
    assert_snapshot!(answer(&mut tester("{}"), &Given::new()), @"keep: there are no verdicts to answer");
}

#[test]
fn goes_back_at_once_unless_told_otherwise() {
    assert_eq!(retreats(r#"{"consecutive": 1}"#, Given::new().shape(at(500))), []);
}

#[test]
fn halves_its_way_back() {
    let config = r#"{"consecutive": 1, "how": {"stepwise": {"hold": "5s"}}}"#;
    let by = retreats(config, Given::new().shape(at(250)));
    assert_eq!(weights(&by), [125, 62, 31, 15]);
    assert!(by.iter().all(|one| one.min_time.as_millis() == 5000));
    assert_eq!(retreats(config, Given::new()), []);
}

#[test]
fn leaves_out_weights_that_are_not_below_the_one_in_effect() {
    let config = r#"{"consecutive": 1, "how": {"stepwise": {"weights": [50, 25, 5, 0]}}}"#;
    assert_eq!(weights(&retreats(config, Given::new().shape(at(250)))), [50]);
    assert_eq!(weights(&retreats(config, Given::new().shape(at(50)))), [0_u16; 0]);
}

#[test]
fn no_retreat_exposes_more_than_the_shape_in_effect() {
    let shape = at(500)
        .with(Role::Baseline, 1, Weight::per_mille(100))
        .with(Role::Stable, 2, Weight::per_mille(400))
        .cookie("beta", "1", Role::Candidate)
        .cookie("old", "1", Role::Stable)
        .mirror(Role::Candidate, Weight::ALL);
    let by = retreats(r#"{"consecutive": 1, "how": {"stepwise": {}}}"#, Given::new().shape(shape));
    assert!(!by.is_empty());
    for Retreat { shape, .. } in by {
        let sum: u16 = shape.allocations.iter().map(|one| one.weight.get()).sum();
        assert_eq!((sum, shape.weight(&Role::Baseline).get()), (1000, 100));
        assert!(shape.weight(&Role::Candidate).get() < 500);
        assert!(shape.routes.iter().all(|route| route.role == Role::Stable) && shape.mirror.is_none());
    }
}

#[test]
fn goes_back_at_once_when_stable_is_gone() {
    let config = r#"{"consecutive": 1, "how": {"stepwise": {}}}"#;
    let alone = Shape::new().with(Role::Candidate, 2, Weight::ALL);
    let gone = Given::new().shape(alone.clone()).full(&Role::Stable, 0);
    assert_eq!(retreats(config, gone), []);
    let sized = retreats(config, Given::new().shape(alone));
    assert_eq!((weights(&sized)[0], sized[0].shape.instances(&Role::Stable)), (500, 2));
}

#[test]
fn goes_back_by_batches_as_it_came() {
    let back = |how: &str, old: u32, new: u32| -> String {
        let weight = Weight::per_mille((1000 * new / (old + new)) as u16);
        let mut shape = Shape::new().with(Role::Candidate, new, weight).header("a", "b", Role::Candidate);
        if old > 0 {
            shape = shape.with(Role::Stable, old, weight.rest());
        }
        let given = Given::new().full(&Role::Stable, 6).full(&Role::Candidate, 6).shape(shape);
        let config = format!(r#"{{"consecutive": 1, "how": {{"batches": {how}}}}}"#);
        let told = |one: &Retreat| {
            assert!(one.shape.routes.is_empty());
            let of = |role| format!("{} on {}", one.shape.weight(&role), one.shape.instances(&role));
            format!("{} | {} for {}", of(Role::Stable), of(Role::Candidate), one.min_time)
        };
        retreats(&config, given).iter().map(told).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(back(r#"{"window": 2, "max-surge": 2, "hold": "10s"}"#, 0, 6), @"
    0 % on 2 | 100 % on 6 for 0s
    33.3 % on 2 | 66.7 % on 4 for 10s
    33.3 % on 4 | 66.7 % on 4 for 0s
    66.7 % on 4 | 33.3 % on 2 for 10s
    66.7 % on 6 | 33.3 % on 2 for 0s
    ");
    assert_snapshot!(back(r#"{"window": 2, "max-surge": 2}"#, 4, 2), @"66.7 % on 6 | 33.3 % on 2 for 0s");
    assert_snapshot!(back(r#"{"window": 2, "max-surge": 0, "max-unavailable": 2}"#, 2, 4), @"
    50 % on 2 | 50 % on 2 for 0s
    50 % on 4 | 50 % on 2 for 0s
    ");
}

#[test]
fn tells_each_problem_with_its_place() {
    let configs = [
        r#"{"consecutive": 0, "total": 0, "inconclusive": 0}"#,
        r#"{"consecutive": 3, "total": 2}"#,
        r#"{"how": {"stepwise": {"weights": [25, 50, 50, 5]}}}"#,
        r#"{"how": {"stepwise": {"wait": "5s"}}}"#,
        r#"{"how": "later"}"#,
        r#"{"how": {"stepwise": {"hold": 5}}}"#,
        r#"{"how": {"batches": {"window": 0, "max-surge": 0}}}"#,
        r#"{"errors": "ignore"}"#,
        r#"{"consecutive": -1}"#,
        r#"{"limit": 1}"#,
    ];
    let all = configs.iter().flat_map(|config| problems::<OnFailure>(config));
    let all: String = all.map(|one| format!("{}: {}\n", one.path, one.message)).collect();
    assert_snapshot!(all, @r#"
    /consecutive: must be at least 1
    /total: must be at least 1
    /inconclusive: must be at least 1
    /total: 2 failed rounds in all are reached before 3 in a row
    /how/stepwise/weights/1: 50 % is not below the 25 % before it
    /how/stepwise/weights/2: 50 % is not below the 50 % before it
    /how/stepwise/wait: unknown field `wait`, expected `weights` or `hold`
    /how: unknown variant `later`, expected one of `immediate`, `stepwise`, `batches`
    /how/stepwise/hold: invalid type: integer `5`, expected a duration such as "30s" or "1h30m"
    /how/batches/window: a batch must replace something
    /how/batches/max-surge: without surge and without unavailable instances nothing can be replaced
    /errors: unknown variant `ignore`, expected `as-inconclusive` or `as-failures`
    /consecutive: invalid value: integer `-1`, expected u32
    /limit: unknown field `limit`, expected one of `consecutive`, `total`, `inconclusive`, `errors`, `how`
    "#);
}

#[test]
fn a_tally_of_another_version_is_read_as_far_as_it_goes() {
    let tally: crate::Tally = serde_json::from_str(r#"{"failed": 3}"#).unwrap();
    assert_eq!((tally.failed, tally.failed_in_a_row), (3, 0));
}
