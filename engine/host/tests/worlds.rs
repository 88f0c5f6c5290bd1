//! Components that are no plugin, not of this kind, or not of this version.

use sluice_runner::ports::plugins::{PluginFailure, PluginKind, Plugins};

use crate::bench::{Bench, assert_failure};
use crate::guest::{health_check, strategy};

#[test]
fn a_plugin_of_another_kind_is_told_apart() {
    let error = Bench::new().refusal(PluginKind::HealthCheck, &strategy().component());
    let text = "plugin `./guest.wasm` is a strategy, and a health check is needed here";
    assert_failure(&error, PluginFailure::WrongWorld, text);
}

#[test]
fn the_kinds_of_a_file_are_told() {
    let bench = Bench::new();
    bench.place("guest.wasm", &strategy().component());
    assert_eq!(bench.host.kinds("./guest.wasm", bench.dir.path()).unwrap(), [PluginKind::Strategy]);
}

#[test]
fn a_component_of_no_world_is_told_apart() {
    let bench = Bench::new();
    let component = b"\0asm\x0d\0\x01\0";
    let text = "plugin `./guest.wasm` exports no interface of `sluice:plugin`";
    assert_failure(&bench.refusal(PluginKind::Strategy, component), PluginFailure::WrongWorld, text);
    let kinds = bench.host.kinds("./guest.wasm", bench.dir.path());
    assert_failure(&kinds.unwrap_err(), PluginFailure::WrongWorld, text);
}

#[test]
fn a_version_that_is_not_known_is_told() {
    let mut guest = health_check();
    guest.wit = guest.wit.replacen("@0.1.0", "@0.9.0", 1);
    let error = Bench::new().refusal(PluginKind::HealthCheck, &guest.component());
    let text = "plugin `./guest.wasm` speaks `sluice:plugin/health-check-api@0.9.0`, \
        and this host speaks `sluice:plugin@0.1.0`";
    assert_failure(&error, PluginFailure::WrongVersion, text);
}

#[test]
fn a_contract_that_was_changed_under_its_own_version_is_told() {
    let mut guest = health_check();
    guest.wit = guest.wit.replace(
        "score: option<f64>,\n        reason: string,\n        meas",
        "score: option<f64>,\n        meas",
    );
    let error = Bench::new().refusal(PluginKind::HealthCheck, &guest.component());
    assert_eq!(error.code, PluginFailure::WrongVersion, "{error}");
    assert!(
        error.to_string().starts_with("plugin `./guest.wasm` does not keep to the contract that it names: ")
    );
}

#[test]
fn an_empty_file_is_no_component() {
    not_a_component(b"", "the file is empty");
}

#[test]
fn a_text_is_no_component() {
    not_a_component(b"#!/bin/sh\n", "its first bytes are not those of WebAssembly");
}

#[test]
fn a_core_module_is_no_component() {
    not_a_component(&wat::parse_str("(module)").unwrap(), "it is a core module");
}

#[test]
fn a_component_that_is_cut_short_does_not_compile() {
    let whole = health_check().component();
    let error = Bench::new().refusal(PluginKind::HealthCheck, &whole[..whole.len() / 2]);
    assert_eq!(error.code, PluginFailure::DoesNotCompile, "{error}");
}

#[test]
fn a_file_that_is_not_there_is_told_with_its_path() {
    let bench = Bench::new();
    let error = bench.host.load(PluginKind::Strategy, "./none.wasm", bench.dir.path()).unwrap_err();
    assert_eq!(error.code, PluginFailure::NotFound);
    assert!(error.to_string().contains("none.wasm`: No such file"), "{error}");
}

#[test]
fn a_directory_is_not_read() {
    let bench = Bench::new();
    let error = bench.host.load(PluginKind::Strategy, "./cache", bench.dir.path()).unwrap_err();
    assert!(error.to_string().ends_with("it is not a regular file"), "{error}");
}

#[test]
fn a_file_over_the_limit_is_not_read() {
    let bench = Bench::with(|config| config.limits.component = 100_000);
    let error = bench.refusal(PluginKind::Strategy, &vec![0; 100_001]);
    let text = "plugin `./guest.wasm` is a file of more than 100000 bytes";
    assert_failure(&error, PluginFailure::Oversized, text);
}

#[test]
fn a_bare_word_names_a_bundled_plugin() {
    let bench = Bench::new();
    let error = bench.host.load(PluginKind::Strategy, "canray", bench.dir.path()).unwrap_err();
    assert_failure(&error, PluginFailure::NotFound, "plugin `canray` is not among the bundled ones ()");
}

fn not_a_component(bytes: &[u8], what: &str) {
    let error = Bench::new().refusal(PluginKind::HealthCheck, bytes);
    let text = format!("plugin `./guest.wasm` is not a WebAssembly component: {what}");
    assert_failure(&error, PluginFailure::DoesNotCompile, &text);
}
