//! Foreign components compile in a child, which ends in time, in little memory, and with little to show.

use std::time::Duration;

use sluice_host::{Compiler, HostConfig};
use sluice_runner::ports::plugins::{PluginError, PluginFailure, PluginKind};

use crate::bench::{Bench, assert_failure, judge};
use crate::guest::{Guest, health_check};

#[test]
fn a_child_compiles_what_this_process_runs() {
    let bench = Bench::with(in_child);
    let plugin = bench.load_check(&health_check().doing("(drop (i32.const 7))")).unwrap();
    assert_eq!(judge(&*plugin).unwrap().answer.reason, "all is well");
    let mut entries = std::fs::read_dir(bench.dir.path().join("cache")).unwrap();
    assert!(entries.all(|entry| entry.unwrap().path().extension().unwrap() == "cwasm"));
}

#[test]
fn what_does_not_compile_is_told_by_the_child_as_by_this_process() {
    let whole = health_check().component();
    let half = &whole[..whole.len() / 2];
    let here = Bench::new().refusal(PluginKind::HealthCheck, half);
    let there = Bench::with(in_child).refusal(PluginKind::HealthCheck, half);
    assert_eq!(there, here);
}

#[test]
fn a_compile_bomb_is_stopped_in_time() {
    let bench = Bench::with(|config| {
        in_child(config);
        config.limits.compile_time = Duration::from_millis(400);
    });
    let error = bench.refusal(PluginKind::HealthCheck, &bomb().component());
    let text = "plugin `./guest.wasm` was stopped while compiling: it took more than 0.4 s";
    assert_failure(&error, PluginFailure::CompileLimit, text);
}

#[test]
fn a_compile_bomb_gets_so_much_memory_and_no_more() {
    let bench = Bench::with(|config| {
        in_child(config);
        config.limits.compile_memory = 48 << 20;
    });
    let error = bench.refusal(PluginKind::HealthCheck, &bomb().component());
    let text = "plugin `./guest.wasm` was stopped while compiling: it took more than 48 MiB of memory";
    assert_failure(&error, PluginFailure::CompileLimit, text);
}

#[test]
fn compiled_code_has_a_size() {
    let bench = Bench::with(|config| {
        config.limits.compiled = 400_000;
        in_child(config);
    });
    let guest = health_check().with(&filler(20_000));
    let error = bench.refusal(PluginKind::HealthCheck, &guest.component());
    let text =
        "plugin `./guest.wasm` was stopped while compiling: it took more than 400000 bytes of compiled code";
    assert_failure(&error, PluginFailure::CompileLimit, text);
}

#[test]
fn a_compiler_that_is_not_there_is_told_apart_from_a_bad_plugin() {
    let text = "plugin `./guest.wasm` could not be compiled, because the compiler did not run: \
        `/nowhere/sluice`: No such file or directory (os error 2)";
    assert_failure(&compiled_by("/nowhere/sluice"), PluginFailure::DoesNotCompile, text);
}

#[test]
fn a_program_that_is_no_compiler_is_told_apart_from_a_bad_plugin() {
    let text =
        "plugin `./guest.wasm` could not be compiled, because the compiler did not run: exit status: 1:";
    assert_failure(&compiled_by("false"), PluginFailure::DoesNotCompile, text);
}

fn compiled_by(program: &str) -> PluginError {
    let compiler = Compiler::Child { program: program.into(), args: Vec::new() };
    let bench = Bench::with(|config| config.compiler = compiler);
    bench.refusal(PluginKind::HealthCheck, &health_check().doing("(drop (i32.const 7))").component())
}

fn in_child(config: &mut HostConfig) {
    let program = env!("CARGO_BIN_EXE_compile-plugin").into();
    config.compiler = Compiler::Child { program, args: Vec::new() };
}

/// A few megabytes that take any compiler many seconds.
fn bomb() -> Guest {
    health_check().with(&filler(150_000))
}

/// A function of so many branches.
fn filler(branches: usize) -> String {
    let branch = "(if (local.get 0) (then (local.set 0 (i32.mul (local.get 0) (i32.const 3)))))\n";
    format!("(func (param i32) (result i32) {} (local.get 0))", branch.repeat(branches))
}
