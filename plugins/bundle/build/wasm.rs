//! Compiles packages of this workspace to components, with a cargo within cargo.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    // A tally that wraps would be a wrong decision; a trap never passes.
    ("OVERFLOW_CHECKS", "true"),
    ("INCREMENTAL", "false"),
];

/// Variables of cargo that say how to reach registries and share the machine, and nothing of what is built.
const KEPT: [&str; 7] = [
    "CARGO_HOME",
    "CARGO_MAKEFLAGS",
    "CARGO_NET_",
    "CARGO_HTTP_",
    "CARGO_REGISTR",
    "CARGO_SOURCE_",
    "CARGO_TERM_",
];

/// Flags and wrappers of the outer build.
const FORGOTTEN: [&str; 6] = [
    "RUSTFLAGS",
    "RUSTDOCFLAGS",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CLIPPY_ARGS",
    "CLIPPY_CONF_DIR",
];

/// Compiles the packages, and gives the folder with one `.wasm` for each.
pub fn compile(root: &Path, out_dir: &Path, packages: &[&str]) -> Result<PathBuf, Box<dyn Error>> {
    check_target_is_there(root)?;
    let target_dir = target_dir(out_dir);
    let mut cargo = Command::new(env::var_os("CARGO").ok_or("CARGO is not set")?);
    cargo.current_dir(root).args(["build", "--release", "--lib", "--target", TARGET, "--target-dir"]);
    cargo.arg(&target_dir).arg("--manifest-path").arg(root.join("Cargo.toml"));
    if root.join("Cargo.lock").is_file() {
        cargo.arg("--locked");
    }
    for package in packages {
        cargo.args(["--package", package]);
    }
    forget_the_outer_build(&mut cargo);
    for (name, value) in PROFILE {
        cargo.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", remapped(root));
    // Kept from the build script's stdout, where cargo would read it as instructions.
    let output = cargo.output()?;
    if output.status.success() {
        return Ok(target_dir.join(TARGET).join("release"));
    }
    Err(format!("the plugins do not compile\n{}", String::from_utf8_lossy(&output.stderr)).into())
}

/// The file of a package's component.
pub fn file_name(package: &str) -> String {
    format!("{}.wasm", package.replace('-', "_"))
}

fn check_target_is_there(root: &Path) -> Result<(), Box<dyn Error>> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut rustc = Command::new(rustc);
    rustc.args(["--print", "target-libdir", "--target", TARGET]).current_dir(root);
    let output = rustc.output()?;
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if output.status.success() && folder.is_dir() {
        return Ok(());
    }
    Err(format!("the shipped plugins need the target {TARGET}: run `rustup target add {TARGET}`").into())
}

/// One folder for all profiles, beside them: `<target>/plugins-wasm`. Cargo locks it.
fn target_dir(out_dir: &Path) -> PathBuf {
    let profile = out_dir.ancestors().find(|path| path.ends_with("build")).and_then(Path::parent);
    profile.and_then(Path::parent).unwrap_or(out_dir).join("plugins-wasm")
}

/// With clippy's wrapper nothing would be linked, and other flags would compile everything anew.
fn forget_the_outer_build(cargo: &mut Command) {
    for (name, _) in env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        let of_cargo = text.starts_with("CARGO") && !KEPT.iter().any(|kept| text.starts_with(kept));
        if of_cargo || FORGOTTEN.contains(&text) {
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
    flags.sort();
    flags.join("\u{1f}")
}
