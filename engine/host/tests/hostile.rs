//! Plugins that mean harm, or might as well. Each is stopped, told apart, and leaves the host as it was.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sluice_core::model::observation::{Observation, Query};
use sluice_runner::ports::plugins::{Call, Further, PluginFailure, PluginKind};

use crate::bench::{Bench, assert_failure, call};
use crate::guest::{LOG, QUERY, health_check};

#[test]
fn an_endless_loop_in_the_call_runs_out_of_fuel() {
    let error = Bench::new().failure(&health_check().doing("(loop $again (br $again))"));
    let text = "plugin `guest` ran out of fuel (50000000 units)";
    assert_failure(&error, PluginFailure::OutOfFuel, text);
}

#[test]
fn an_endless_loop_in_start_runs_out_of_fuel_when_it_is_loaded() {
    let guest = health_check().starting("(loop $again (br $again))");
    let error = Bench::new().refusal(PluginKind::HealthCheck, &guest.component());
    let text = "plugin `./guest.wasm` ran out of fuel (50000000 units)";
    assert_failure(&error, PluginFailure::OutOfFuel, text);
}

#[test]
fn a_call_that_outlasts_real_time_tells_of_the_host() {
    let bench = Bench::with(|config| {
        config.limits.fuel = u64::MAX / 2;
        config.limits.deadline = Duration::ZERO;
    });
    let error = bench.load_check(&health_check().starting("(loop $again (br $again))")).unwrap_err();
    let text = "plugin `./guest.wasm` was stopped after 0 ms: the host is overloaded";
    assert_failure(&error, PluginFailure::TimeOut, text);
}

#[test]
fn a_memory_bomb_that_gives_up_is_out_of_memory() {
    let bomb = "(loop $again
        (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
        unreachable";
    let error = Bench::new().failure(&health_check().doing(bomb));
    assert_failure(
        &error,
        PluginFailure::OutOfMemory,
        "plugin `guest` asked for more than 33554432 bytes of memory",
    );
}

#[test]
fn a_memory_bomb_that_does_not_give_up_runs_out_of_fuel() {
    let bomb = "(loop $again (drop (memory.grow (i32.const 1))) (br $again))";
    let error = Bench::new().failure(&health_check().doing(bomb));
    assert_eq!(error.code, PluginFailure::OutOfFuel);
}

#[test]
fn a_guest_that_is_refused_memory_and_carries_on_may_answer() {
    let bench = Bench::new();
    let answered = bench.judge(&health_check().doing("(drop (memory.grow (i32.const 10000)))")).unwrap();
    assert_eq!(answered.answer.reason, "all is well");
}

#[test]
fn deep_recursion_ends_at_the_stack_s_end() {
    let error = Bench::new().failure(&health_check().doing("(drop (call $call (local.get $input)))"));
    let text = "plugin `guest` called functions too deeply: its stack is used up";
    assert_failure(&error, PluginFailure::Trap, text);
}

#[test]
fn a_log_flood_keeps_the_first_lines_and_counts_the_rest() {
    let flood = "(local $left i32) (local.set $left (i32.const 1000))
        (loop $again
            (call $log (i32.const 1) (i32.const 200000) (i32.const 20))
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br_if $again (local.get $left)))";
    let bench = Bench::new();
    let answered = bench.judge(&health_check().with(LOG).doing(flood)).unwrap();
    assert_eq!(answered.log.len(), 65);
    assert_eq!(answered.log[64], "(936 more lines were dropped)");
    assert!(answered.log[0].starts_with("info: \u{fffd}"), "what moves a cursor is replaced");
}

#[test]
fn long_log_lines_are_bounded_in_bytes() {
    let long = "(call $log (i32.const 2) (i32.const 200000) (i32.const 3))
        (call $log (i32.const 2) (i32.const 200000) (i32.const 60000))";
    let answered = Bench::new().judge(&health_check().with(LOG).doing(long)).unwrap();
    assert_eq!(answered.log.len(), 2);
    assert_eq!(answered.log[1], "(1 more lines were dropped)");
}

#[test]
fn an_endless_log_flood_runs_out_of_fuel() {
    let flood = "(loop $again (call $log (i32.const 1) (i32.const 196608) (i32.const 65536)) (br $again))";
    let error = Bench::new().failure(&health_check().with(LOG).doing(flood));
    assert_eq!(error.code, PluginFailure::OutOfFuel);
}

#[test]
fn a_flood_of_queries_is_refused_and_then_runs_out_of_fuel() {
    let error =
        Bench::new().failure(&health_check().with(QUERY).doing(&format!("(loop $again {ASK} (br $again))")));
    assert_eq!(error.code, PluginFailure::OutOfFuel);
}

#[test]
fn a_call_asks_so_many_further_queries_and_no_more() {
    let ask = ASK.repeat(40);
    let answered = Bench::new().judge(&health_check().with(QUERY).doing(&ask)).unwrap();
    assert_eq!(answered.further.len(), 32);
    assert_eq!(answered.further[0].reason, "nothing to measure");
}

/// With every failure counted, an engine that can not answer is asked no more often than one that can.
#[test]
fn queries_that_fail_count_too() {
    let bench = Bench::new();
    let plugin = bench.load_check(&health_check().with(QUERY).doing(&ASK.repeat(40))).unwrap();
    let broken = Arc::new(Broken::default());
    let metrics: Arc<dyn Further> = broken.clone();
    let answered = call(|call| plugin.judge(Call { metrics: &metrics, ..call })).unwrap();
    assert!(answered.further.is_empty());
    assert_eq!(broken.0.load(Ordering::Relaxed), 32);
}

#[test]
fn host_calls_are_paid_in_fuel() {
    let bench = Bench::new();
    let quiet = bench.judge(&health_check()).unwrap().fuel;
    let loud = bench
        .judge(&health_check().with(LOG).doing("(call $log (i32.const 0) (i32.const 0) (i32.const 1000))"));
    assert!(loud.unwrap().fuel >= quiet + 6_000);
}

#[test]
fn a_message_too_large_for_one_crossing_is_stopped() {
    let mut guest =
        health_check().with(LOG).doing("(call $log (i32.const 1) (i32.const 0) (i32.const 2000000))");
    guest.pages = 64;
    let error = Bench::new().failure(&guest);
    let text = "plugin `guest` handed over more than 1048576 bytes at once";
    assert_failure(&error, PluginFailure::Oversized, text);
}

#[test]
fn a_panic_is_told_as_its_message_and_place() {
    let guest = health_check()
        .with(LOG)
        .with(r#"(data (i32.const 8) "index out of bounds, src/lib.rs:3:5")"#)
        .doing("(call $log (i32.const 4) (i32.const 8) (i32.const 35)) unreachable");
    let error = Bench::new().failure(&guest);
    let text = "plugin `guest` panicked: index out of bounds, src/lib.rs:3:5";
    assert_failure(&error, PluginFailure::Panic, text);
}

#[test]
fn a_trap_without_a_word_is_told_as_a_trap() {
    let error = Bench::new().failure(&health_check().doing("(drop (i32.div_s (i32.const 1) (i32.const 0)))"));
    assert_failure(&error, PluginFailure::Trap, "plugin `guest` trapped: integer divide by zero");
}

#[test]
fn more_memory_at_the_start_than_there_may_be_is_refused_when_loaded() {
    let mut guest = health_check();
    guest.pages = 1024;
    let error = Bench::new().refusal(PluginKind::HealthCheck, &guest.component());
    assert_eq!(error.code, PluginFailure::OutOfMemory, "{error}");
}

/// Counts how often it is asked, and has no answer.
#[derive(Debug, Default)]
struct Broken(AtomicUsize);

impl Further for Broken {
    fn query(&self, _: &Query) -> Result<Observation, String> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Err("the source is gone".to_owned())
    }
}

/// One further query with an empty text; its result is not read.
const ASK: &str = "(call $query (i32.const 8) (i32.const 1) (i32.const 8) (i32.const 1)
    (i32.const 0) (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 4096))";
