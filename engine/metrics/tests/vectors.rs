//! Finds and reads the conformance vectors, which are kept outside the repository.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The lines of a vector file; nothing, and a word about it, when `SLUICE_VECTORS` is not set.
pub fn read(file: &str) -> Option<Vec<Value>> {
    let Some(folder) = std::env::var_os("SLUICE_VECTORS") else {
        println!("conformance {file}: not run, SLUICE_VECTORS is not set");
        return None;
    };
    let path = Path::new(&folder).join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Writes the failing ids beside the other build products, for whoever works on them.
pub fn write_failures(suite: &str, failures: &[String]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{suite}-failures.txt"));
    std::fs::write(&path, failures.join("\n")).unwrap();
    path
}

/// A float as the vectors spell it.
pub fn float(value: &Value) -> f64 {
    match value {
        Value::String(text) => text.parse().unwrap(),
        other => other.as_f64().unwrap(),
    }
}
