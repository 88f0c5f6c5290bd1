//! What is embedded are components of the world that each plugin claims, and little ones.
#![allow(clippy::unwrap_used, reason = "what a test can not read fails it")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};
use sluice_plugins::{Kind, all};
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

#[path = "../build/wasm.rs"]
mod wasm;

/// What a component has at its outermost level.
#[derive(Debug, Default)]
struct Surface {
    imports: BTreeSet<String>,
    exports: BTreeSet<String>,
}

fn surface(wasm: &[u8]) -> Surface {
    let mut surface = Surface::default();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.unwrap() {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 1 => {
                surface.imports.extend(section.into_iter().map(|one| one.unwrap().name.name.to_owned()));
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                surface.exports.extend(section.into_iter().map(|one| one.unwrap().name.name.to_owned()));
            }
            _ => {}
        }
    }
    surface
}

fn api(kind: Kind) -> &'static str {
    match kind {
        Kind::Strategy => "sluice:plugin/strategy-api@0.1.0",
        Kind::HealthCheck => "sluice:plugin/health-check-api@0.1.0",
        Kind::Rollback => "sluice:plugin/rollback-api@0.1.0",
    }
}

#[test]
fn each_has_its_kind() {
    let named: Vec<_> = all().iter().map(|one| (one.name, one.kind)).collect();
    let of = |kind| named.iter().filter(|(_, of)| *of == kind).map(|(name, _)| *name).collect::<Vec<_>>();
    assert_eq!(of(Kind::Strategy), ["canary", "blue-green", "rolling", "shadow"]);
    assert_eq!(
        (of(Kind::HealthCheck), of(Kind::Rollback)),
        (
            vec!["threshold", "diff", "compare", "sequential", "burn-rate", "no-regression"],
            vec!["on-failure"],
        )
    );
}

fn assert_world(name: &str, kind: Kind, wasm: &[u8]) {
    Validator::new_with_features(WasmFeatures::default()).validate_all(wasm).unwrap();
    let Surface { imports, exports } = surface(wasm);
    assert_eq!(exports, BTreeSet::from([api(kind).to_owned()]), "{name}");
    let known = ["log", "metrics", "statistics", "types"].map(|one| format!("sluice:plugin/{one}@0.1.0"));
    let allowed = |import: &String| known.contains(import) || import.starts_with("wasi:");
    assert!(imports.iter().all(allowed), "{name}: {imports:?}");
}

#[test]
fn each_is_a_valid_component_of_its_world() {
    for plugin in all() {
        assert_world(plugin.name, plugin.kind, plugin.wasm);
    }
}

#[test]
fn the_examples_of_the_sdk_are_components_too() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let examples = [("steps", Kind::Strategy), ("headroom", Kind::HealthCheck), ("quorum", Kind::Rollback)];
    let names = examples.map(|(name, _)| name);
    let built = wasm::compile(&root, Path::new(env!("OUT_DIR")), &names).unwrap();
    for (name, kind) in examples {
        let component = fs::read(built.join(wasm::file_name(name))).unwrap();
        assert_world(name, kind, &component);
    }
}

#[test]
fn each_digest_is_that_of_the_component() {
    for plugin in all() {
        let hex: String = Sha256::digest(plugin.wasm).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(plugin.digest, format!("sha256:{hex}"));
    }
}

#[test]
fn each_is_small_and_tells_nothing_of_the_machine_that_built_it() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/");
    let root = root.trim_end_matches("plugins/bundle/");
    for plugin in all() {
        assert!(plugin.wasm.len() < 384 * 1024, "{plugin:?}");
        for place in [root, "/registry/src/"] {
            let found = plugin.wasm.windows(place.len()).any(|bytes| bytes == place.as_bytes());
            assert!(!found, "{} holds `{place}`", plugin.name);
        }
    }
}
