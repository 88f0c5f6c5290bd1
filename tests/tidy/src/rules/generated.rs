//! What is made from other files matches them.

use std::process::Command;

use crate::finding::Finding;
use crate::tree::Tree;

/// The lock file says what the manifests ask for.
pub fn lock_file(tree: &Tree) -> Vec<Finding> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(tree.root())
        .args(["metadata", "--locked", "--offline", "--format-version", "1"])
        .output();
    let error = match output {
        Ok(output) if output.status.success() => return Vec::new(),
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    vec![Finding::new("Cargo.lock", 1, error, "run `cargo metadata` and commit Cargo.lock")]
}

/// No changed snapshot waits for somebody to look at it.
pub fn snapshots(tree: &Tree) -> std::io::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for pattern in ["*.snap.new", "*.pending-snap"] {
        for path in tree.ignored(pattern)?.iter().filter(|path| !path.starts_with("target")) {
            let what = "a changed snapshot waits for review";
            findings.push(Finding::new(
                path,
                1,
                what,
                "take it over with `cargo insta review`, or delete it",
            ));
        }
    }
    Ok(findings)
}
