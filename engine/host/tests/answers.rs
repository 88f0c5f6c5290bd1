//! Answers that the contract does not allow are errors that say what was wrong; those that it allows arrive whole.

use sluice_core::model::shape::{Role, Shape};
use sluice_core::model::verdict::Verdict;
use sluice_core::release::event::{Proposal, RollbackAnswer};
use sluice_runner::ports::plugins::{PluginFailure, PluginKind};

use crate::bench::{Bench, assert_failure, call};
use crate::guest::{Guest, health_check, rollback, strategy};
use crate::image::{BASE, Image, pass, refusal, step};

#[test]
fn a_whole_judgement_arrives() {
    let measurement = Image::of(64).byte(8, 1).float(16, 0.25).byte(24, 0).byte(44, 1);
    let output = pass("so so").byte(8, 1).list(48, &measurement, 1).text(56, "state");
    let judged = Bench::new().judge(&health_check().answering(output)).unwrap().answer;
    assert_eq!((judged.verdict, judged.score, judged.reason.as_str()), (Verdict::Warn, Some(0.5), "so so"));
    assert_eq!((judged.measurements[0].value, judged.measurements[0].verdict), (Some(0.25), Verdict::Warn));
    assert_eq!(judged.state, b"state");
}

#[test]
fn a_whole_step_arrives() {
    let bench = Bench::new();
    let plugin = bench.load(PluginKind::Strategy, &strategy().component()).unwrap();
    let answered = call(|call| plugin.next(call)).unwrap();
    let Proposal::Step(step) = answered.answer.answer else { panic!("{answered:?}") };
    assert_eq!((step.name.as_str(), step.gate.deadline_ms), ("first", 60_000));
    assert_eq!(step.shape, Shape::only(Role::Candidate, 2));
}

#[test]
fn a_rollback_arrives() {
    let bench = Bench::new();
    let plugin = bench.load(PluginKind::Rollback, &rollback().component()).unwrap();
    let answered = call(|call| plugin.decide(call)).unwrap();
    let expected = RollbackAnswer::RollBack { reason: "enough".to_owned(), by: Vec::new() };
    assert_eq!(answered.answer.answer, expected);
}

#[test]
fn a_score_that_is_not_a_number_is_a_bad_output() {
    let text = "plugin `guest` returned the score NaN, which is not between 0 and 1";
    bad(health_check().answering(pass("").float(32, f64::NAN)), text);
}

#[test]
fn a_score_without_end_is_a_bad_output() {
    let text = "plugin `guest` returned the score inf, which is not between 0 and 1";
    bad(health_check().answering(pass("").float(32, f64::INFINITY)), text);
}

#[test]
fn a_verdict_of_a_later_contract_is_a_bad_output() {
    let text =
        "plugin `guest` returned the verdict `perhaps`, which this version of the contract does not have";
    bad(health_check().answering(pass("").byte(8, 4).text(12, "perhaps")), text);
}

#[test]
fn a_quality_of_a_later_contract_is_a_bad_output() {
    let measurement = Image::of(64).byte(24, 4);
    let text = "plugin `guest` returned the quality ``, which this version of the contract does not have";
    bad(health_check().answering(pass("").list(48, &measurement, 1)), text);
}

#[test]
fn a_case_that_does_not_exist_is_a_bad_output() {
    let error = Bench::new().failure(&health_check().answering(pass("").byte(8, 99)));
    assert_eq!(error.code, PluginFailure::BadOutput, "{error}");
}

#[test]
fn an_oversized_state_is_refused() {
    let state = Image::of(0);
    let output = pass("").list(56, &state, 65_537);
    let error = Bench::new().failure(&health_check().answering(output));
    let text = "plugin `guest` returned a state of 65537 bytes, more than the limit of 65536";
    assert_failure(&error, PluginFailure::Oversized, text);
}

#[test]
fn a_long_reason_is_a_bad_output() {
    let text = "plugin `guest` returned a reason of 5000 bytes, more than the limit of 4096";
    bad(health_check().answering(pass(&"x".repeat(5000))), text);
}

#[test]
fn too_many_measurements_are_a_bad_output() {
    let many = Image::of(64 * 129);
    let text = "plugin `guest` returned 129 measurements, more than the limit of 128";
    bad(health_check().answering(pass("").list(48, &many, 129)), text);
}

/// Sixty measurements whose names all lie over the same megabyte: small for the guest, 60 MB for the host.
#[test]
fn a_result_of_60_mb_is_stopped_before_it_is_built() {
    let mut names = Image::of(64 * 60);
    for index in 0..60 {
        names = names.word(64 * index, 0).word(64 * index + 4, 1 << 20);
    }
    let mut guest = health_check().answering(pass("").list(48, &names, 60));
    guest.pages = 32;
    let error = Bench::new().failure(&guest);
    let text = "plugin `guest` handed over more than 1048576 bytes at once";
    assert_failure(&error, PluginFailure::Oversized, text);
}

#[test]
fn a_result_that_lies_outside_the_memory_is_a_bad_output() {
    let output = pass("").word(40, 0).word(44, 60_000_000);
    let error = Bench::new().failure(&health_check().answering(output));
    assert_eq!(error.code, PluginFailure::BadOutput, "{error}");
}

#[test]
fn a_text_that_is_no_unicode_is_a_bad_output() {
    let output = pass("ab").byte(64, 0xff);
    let error = Bench::new().failure(&health_check().answering(output));
    assert_eq!(error.code, PluginFailure::BadOutput, "{error}");
}

#[test]
fn an_error_that_the_plugin_answers_with_is_passed_on() {
    let error = Bench::new().failure(&health_check().answering(refusal("no such\nseries")));
    let text = "plugin `guest` answered with an error: no such series";
    assert_failure(&error, PluginFailure::Refused, text);
}

#[test]
fn a_weight_over_a_hundred_percent_is_a_bad_output() {
    let text = "plugin `guest` returned a weight that is none: 1001 is more than 1000 tenths of a percent";
    assert_failure(&next(step(2, 1001)), PluginFailure::BadOutput, text);
}

#[test]
fn a_shape_that_can_not_be_is_a_bad_output() {
    let text = "plugin `guest` returned a shape that can not be: \
        the weights add up to 50 %, not 100 %; `candidate` gets traffic and has no instance";
    assert_failure(&next(step(0, 500)), PluginFailure::BadOutput, text);
}

#[test]
fn a_shape_that_serves_nobody_is_a_bad_output() {
    let nobody = step(2, 1000).word(24, 0).word(28, 0);
    assert_failure(
        &next(nobody),
        PluginFailure::BadOutput,
        "plugin `guest` returned a shape that serves nobody",
    );
}

#[test]
fn a_role_of_a_later_contract_is_a_bad_output() {
    let allocation = Image::of(20).byte(0, 3).word(4, BASE).word(8, 0).word(12, 1).short(16, 1000);
    let text = "plugin `guest` returned the role ``, which this version of the contract does not have";
    assert_failure(&next(step(2, 1000).list(24, &allocation, 1)), PluginFailure::BadOutput, text);
}

#[test]
fn a_proposal_of_a_later_contract_is_a_bad_output() {
    let text =
        "plugin `guest` returned the proposal `skip`, which this version of the contract does not have";
    assert_failure(&next(Image::of(152).byte(8, 4).text(16, "skip")), PluginFailure::BadOutput, text);
}

#[test]
fn a_deadline_past_all_releases_is_a_bad_output() {
    let text = "plugin `guest` returned the deadline of a gate as 18446744073709551615 ms, which is more than a year";
    assert_failure(&next(step(2, 1000).long(72 + 56, u64::MAX)), PluginFailure::BadOutput, text);
}

#[test]
fn what_its_kind_does_not_answer_is_not_asked_of_the_guest() {
    let bench = Bench::new();
    let plugin = bench.load(PluginKind::Strategy, &strategy().component()).unwrap();
    let error = call(|call| plugin.judge(call)).unwrap_err();
    assert_eq!(error.code, PluginFailure::BadOutput);
}

fn bad(guest: Guest, text: &str) {
    assert_failure(&Bench::new().failure(&guest), PluginFailure::BadOutput, text);
}

fn next(output: Image) -> sluice_runner::ports::plugins::PluginError {
    let bench = Bench::new();
    let plugin = bench.load(PluginKind::Strategy, &strategy().answering(output).component()).unwrap();
    let error = call(|call| plugin.next(call)).unwrap_err();
    bench.assert_well();
    error
}
