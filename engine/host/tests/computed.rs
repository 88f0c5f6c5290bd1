//! Comparisons of the contract: the host's answer, its price, and what can not be compared.

use sluice_runner::ports::plugins::PluginFailure;

use crate::bench::{Bench, assert_failure, judge};
use crate::guest::{Guest, health_check};

/// The values lie behind everything else in memory, all zero.
const VALUES: u32 = 196_608;
const RANKS: &str = r#"(import "sluice:plugin/statistics@0.1.0" "mann-whitney"
    (func $ranks (param i32 i32 i32 i32 i32 f64 i32)))"#;
const BURN: &str = r#"(import "sluice:plugin/statistics@0.1.0" "burn-rate"
    (func $burn (param f64 f64 f64 i32)))"#;

/// Compares so many values with as many.
fn ranking(values: u32) -> Guest {
    let mut guest = health_check().with(RANKS);
    guest.pages = 5;
    guest.doing(&format!(
        "(call $ranks (i32.const {VALUES}) (i32.const {values}) (i32.const {VALUES}) (i32.const {values})
            (i32.const 0) (f64.const 0.95) (i32.const 130000))
        (if (i32.load8_u (i32.const 130000)) (then unreachable))"
    ))
}

#[test]
fn a_comparison_is_answered_and_paid_for_by_its_size() {
    let bench = Bench::new();
    let price = |values: u32| bench.judge(&ranking(values)).unwrap().fuel;
    let (few, many) = (price(10), price(500));
    assert!(many - few > 60 * (500 * 500 - 10 * 10), "{few} and {many}");
}

#[test]
fn comparisons_that_cost_more_than_there_is_run_out_of_fuel() {
    let error = Bench::new().failure(&ranking(2000));
    let text = "plugin `guest` ran out of fuel (50000000 units)";
    assert_failure(&error, PluginFailure::OutOfFuel, text);
}

#[test]
fn the_largest_comparison_fits_in_a_call() {
    let bench = Bench::with(|config| config.limits = Default::default());
    let answered = judge(&*bench.load_check(&ranking(2000)).unwrap()).unwrap();
    assert!(answered.fuel < 300_000_000, "{}", answered.fuel);
}

#[test]
fn what_can_not_be_compared_is_an_error_in_words() {
    let told = health_check().with(BURN).doing(
        "(call $burn (f64.const 1) (f64.const 0) (f64.const 0.99) (i32.const 130000))
        (if (i32.ne (i32.load8_u (i32.const 130000)) (i32.const 1)) (then unreachable))
        ;; the length of `there are no events`
        (if (i32.ne (i32.load (i32.const 130012)) (i32.const 19)) (then unreachable))",
    );
    Bench::new().judge(&told).unwrap();
}
