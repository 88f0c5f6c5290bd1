//! Compiles the shipped plugins to WebAssembly and writes the table that embeds them.
//!
//! It runs cargo within cargo: once for all plugins, in a target folder of its own, so that the outer build's lock
//! is not waited for and `check`, `clippy`, `build` and `doc` share one compilation.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

/// Name, package and kind of each shipped plugin.
const PLUGINS: [(&str, &str, &str); 3] = [
    ("canary", "sluice-plugin-canary", "Strategy"),
    ("threshold", "sluice-plugin-threshold", "HealthCheck"),
    ("on-failure", "sluice-plugin-on-failure", "Rollback"),
];

const TARGET: &str = "wasm32-wasip2";

/// Small components compile quickly in the host, and are called a few times a minute.
const PROFILE: [(&str, &str); 9] = [
    ("OPT_LEVEL", "z"),
    ("LTO", "fat"),
    ("CODEGEN_UNITS", "1"),
    ("PANIC", "abort"),
    ("STRIP", "symbols"),
    ("DEBUG", "none"),
    ("DEBUG_ASSERTIONS", "false"),
    // A weight or a tally that wraps would be a wrong decision: better a trap, which never passes.
    ("OVERFLOW_CHECKS", "true"),
    ("INCREMENTAL", "false"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    let out = PathBuf::from(variable("OUT_DIR")?);
    for path in ["plugins/canary", "plugins/threshold", "plugins/on-failure", "sdk/rust", "sdk/wit"] {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    for path in ["Cargo.toml", "Cargo.lock", "plugins/bundle/build.rs"] {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    check_target_is_there(&root)?;
    let target_dir = target_dir(&out);
    compile(&root, &target_dir)?;
    embed(&target_dir.join(TARGET).join("release"), &out)
}

fn variable(name: &str) -> Result<String, Box<dyn Error>> {
    env::var(name).map_err(|error| format!("{name}: {error}").into())
}

fn check_target_is_there(root: &Path) -> Result<(), Box<dyn Error>> {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(root)
        .output()?;
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if output.status.success() && folder.is_dir() {
        return Ok(());
    }
    Err(format!("the shipped plugins need the target {TARGET}: run `rustup target add {TARGET}`").into())
}

/// One folder for all profiles, beside them: `<target>/plugins-wasm`.
fn target_dir(out: &Path) -> PathBuf {
    let profile = out.ancestors().find(|path| path.ends_with("build")).and_then(Path::parent);
    match profile.and_then(Path::parent) {
        Some(target) => target.join("plugins-wasm"),
        None => out.join("plugins-wasm"),
    }
}

fn compile(root: &Path, target_dir: &Path) -> Result<(), Box<dyn Error>> {
    let mut cargo = Command::new(variable("CARGO")?);
    cargo.current_dir(root).args(["build", "--release", "--lib", "--target", TARGET, "--target-dir"]);
    cargo.arg(target_dir).arg("--manifest-path").arg(root.join("Cargo.toml"));
    if root.join("Cargo.lock").is_file() {
        cargo.arg("--locked");
    }
    for (_, package, _) in PLUGINS {
        cargo.args(["--package", package]);
    }
    forget_the_outer_build(&mut cargo);
    for (name, value) in PROFILE {
        cargo.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", remapped(root));
    // What cargo says on its way would otherwise be read as instructions of this script.
    let output = cargo.output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("the plugins do not compile\n{}", String::from_utf8_lossy(&output.stderr)).into())
}

/// Flags and wrappers of the outer build are about another target: with clippy's wrapper nothing would be linked.
fn forget_the_outer_build(cargo: &mut Command) {
    const WRAPPERS: [&str; 6] = [
        "RUSTFLAGS",
        "RUSTDOCFLAGS",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "CLIPPY_ARGS",
        "CLIPPY_CONF_DIR",
    ];
    const KEPT: [&str; 9] = [
        "CARGO_HOME",
        "CARGO_MAKEFLAGS",
        "CARGO_NET_",
        "CARGO_HTTP_",
        "CARGO_REGISTR",
        "CARGO_SOURCE_",
        "CARGO_TERM_",
        "CARGO_HTTPS_PROXY",
        "CARGO_CACHE_",
    ];
    for (name, _) in env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        let of_cargo = text.starts_with("CARGO") && !KEPT.iter().any(|kept| text.starts_with(kept));
        if of_cargo || WRAPPERS.contains(&text) {
            cargo.env_remove(&name);
        }
    }
}

/// A panic tells its place, and the place must not depend on the machine that compiled it.
fn remapped(root: &Path) -> String {
    let mut flags = vec![format!("--remap-path-prefix={}=.", root.display())];
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let sources = home.and_then(|home| fs::read_dir(home.join("registry/src")).ok());
    for registry in sources.into_iter().flatten().flatten() {
        flags.push(format!("--remap-path-prefix={}=crates", registry.path().display()));
    }
    flags.join("\u{1f}")
}

/// Copies the components, and writes the table of them.
fn embed(built: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut table = String::from("const BUNDLED: &[Bundled] = &[\n");
    for (name, package, kind) in PLUGINS {
        let from = built.join(format!("{}.wasm", package.replace('-', "_")));
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
