//! What a plugin may import: the contract, and `wasi:*` as long as it does not call it.

use sluice_runner::ports::plugins::{PluginFailure, PluginKind};

use crate::bench::{Bench, assert_failure};
use crate::guest::{Guest, health_check};

const CLI: &str = "package wasi:cli@0.2.6;
    interface environment {
        resource variable { name: func() -> string; }
        record pair { key: string, value: string }
        exit: func(code: u32);
        get: func() -> list<pair>;
        find: func(name: string) -> option<variable>;
    }";

const NETWORK: &str = "package evil:net@1.0.0; interface socket { open: func(port: u32); }";

#[test]
fn wasi_may_be_imported() {
    let bench = Bench::new();
    bench.judge(&with_wasi("")).unwrap();
}

#[test]
fn wasi_may_not_be_called() {
    let error = Bench::new().failure(&with_wasi("(call $exit (i32.const 0))"));
    let text = "plugin `guest` trapped: it called `wasi:cli/environment@0.2.6#exit`, \
        and plugins are pure: that is not there";
    assert_failure(&error, PluginFailure::Trap, text);
}

#[test]
fn nothing_else_may_be_imported() {
    let mut guest = importing("evil:net/socket@1.0.0", NETWORK)
        .with(r#"(import "evil:net/socket@1.0.0" "open" (func $open (param i32)))"#);
    guest = guest.doing("(call $open (i32.const 22))");
    let error = Bench::new().refusal(PluginKind::HealthCheck, &guest.component());
    let text = "plugin `./guest.wasm` imports `evil:net/socket@1.0.0`, which no plugin may have";
    assert_failure(&error, PluginFailure::ForbiddenImport, text);
}

#[test]
fn an_interface_that_the_contract_does_not_have_yet_is_a_matter_of_version() {
    let mut guest = health_check();
    guest.wit =
        guest.wit.replace("    export health-check-api;", "    import clock;\n    export health-check-api;");
    guest.wit.push_str("interface clock { now: func() -> u64; }");
    let guest = guest
        .with(r#"(import "sluice:plugin/clock@0.1.0" "now" (func $now (result i64)))"#)
        .doing("(drop (call $now))");
    let error = Bench::new().refusal(PluginKind::HealthCheck, &guest.component());
    let text = "plugin `./guest.wasm` speaks `sluice:plugin/clock@0.1.0`, \
        and this host speaks `sluice:plugin@0.1.0`";
    assert_failure(&error, PluginFailure::WrongVersion, text);
}

#[test]
fn a_function_that_an_interface_does_not_have_yet_is_a_matter_of_version() {
    let mut guest = health_check();
    guest.wit = guest.wit.replace("interface log {", "interface log {\n    flush: func();");
    let guest =
        guest.with(r#"(import "sluice:plugin/log@0.1.0" "flush" (func $flush))"#).doing("(call $flush)");
    let error = Bench::new().refusal(PluginKind::HealthCheck, &guest.component());
    assert_eq!(error.code, PluginFailure::WrongVersion, "{error}");
    assert!(error.to_string().contains("flush"), "{error}");
}

fn importing(interface: &str, package: &'static str) -> Guest {
    let mut guest = health_check();
    let import = format!("    import {interface};\n    export health-check-api;");
    guest.wit = guest.wit.replace("    export health-check-api;", &import);
    guest.others.push(package);
    guest
}

fn with_wasi(body: &str) -> Guest {
    let imports = r#"
        (import "wasi:cli/environment@0.2.6" "exit" (func $exit (param i32)))
        (import "wasi:cli/environment@0.2.6" "get" (func $get (param i32)))
        (import "wasi:cli/environment@0.2.6" "[method]variable.name" (func $name (param i32 i32)))
        (import "wasi:cli/environment@0.2.6" "find" (func $find (param i32 i32 i32)))"#;
    importing("wasi:cli/environment@0.2.6", CLI).with(imports).doing(body)
}
