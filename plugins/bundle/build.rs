//! Compiles the shipped plugins to WebAssembly and writes the table that embeds them.
//!
//! It runs cargo within cargo: once for all plugins, in a target folder of its own, so that the outer build's lock
//! is not waited for and `check`, `clippy`, `build` and `doc` share one compilation.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

#[path = "build/wasm.rs"]
mod wasm;

/// Name, package and kind of each shipped plugin.
const PLUGINS: [(&str, &str, &str); 11] = [
    ("canary", "sluice-plugin-canary", "Strategy"),
    ("blue-green", "sluice-plugin-blue-green", "Strategy"),
    ("rolling", "sluice-plugin-rolling", "Strategy"),
    ("shadow", "sluice-plugin-shadow", "Strategy"),
    ("threshold", "sluice-plugin-threshold", "HealthCheck"),
    ("diff", "sluice-plugin-diff", "HealthCheck"),
    ("compare", "sluice-plugin-compare", "HealthCheck"),
    ("sequential", "sluice-plugin-sequential", "HealthCheck"),
    ("burn-rate", "sluice-plugin-burn-rate", "HealthCheck"),
    ("no-regression", "sluice-plugin-no-regression", "HealthCheck"),
    ("on-failure", "sluice-plugin-on-failure", "Rollback"),
];

/// What the components are made of.
const SOURCES: [&str; 20] = [
    "plugins/canary",
    "plugins/blue-green",
    "plugins/rolling",
    "plugins/shadow",
    "plugins/threshold",
    "plugins/diff",
    "plugins/compare",
    "plugins/sequential",
    "plugins/burn-rate",
    "plugins/no-regression",
    "plugins/on-failure",
    "plugins/ladder",
    "plugins/batches",
    "plugins/arms",
    "plugins/bundle/build",
    "engine/statistics",
    "sdk/rust",
    "sdk/wit",
    "Cargo.toml",
    "Cargo.lock",
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=build.rs");
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    let packages = PLUGINS.map(|(_, package, _)| package);
    embed(&wasm::compile(&root, &out, &packages)?, &out)
}

/// Copies the components, and writes the table of them.
fn embed(built: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut table = String::from("const BUNDLED: &[Bundled] = &[\n");
    for (name, package, kind) in PLUGINS {
        let from = built.join(wasm::file_name(package));
        let wasm = fs::read(&from).map_err(|error| format!("`{}`: {error}", from.display()))?;
        let file = format!("{name}.wasm");
        fs::write(out.join(&file), &wasm)?;
        let digest = digest(&wasm)?;
        writeln!(
            table,
            "    Bundled {{ name: {name:?}, kind: Kind::{kind}, digest: {digest:?}, \
             wasm: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{file}\")) }},"
        )?;
    }
    table.push_str("];\n");
    Ok(fs::write(out.join("bundle.rs"), table)?)
}

fn digest(bytes: &[u8]) -> Result<String, std::fmt::Error> {
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}
