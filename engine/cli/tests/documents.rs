//! Bad workflows that only those who know plugins, queries and policies can tell.
//!
//! Each `bad/<case>.yaml` beside its expected `<case>.txt`; a new case is a new file.
//! `UPDATE_EXPECT=1 cargo test -p sluice-cli` writes what is told now; the difference is for review.

use std::path::PathBuf;

use super::command::{folder, sluice};

#[test]
fn every_bad_workflow_is_told_as_expected_and_exits_with_2() {
    let state = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    let cases = cases();
    assert!(cases.len() >= 20, "only {} cases were found", cases.len());
    for case in cases {
        let name = case.file_name().unwrap().to_string_lossy();
        let ended = sluice(state.path(), &["plan", "-f", &name]);
        let told = ended.err.replace(&folder().display().to_string(), "FOLDER");
        if ended.code != 2 || !ended.out.is_empty() {
            wrong.push(format!("{name} ended with {}, and printed `{}`\n{told}", ended.code, ended.out));
        }
        let expectation = case.with_extension("txt");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&expectation, &told).unwrap();
        }
        if std::fs::read_to_string(&expectation).unwrap_or_default() != told {
            wrong.push(format!("{name} is told otherwise than expected:\n{told}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_bad_workflow_leaves_nothing_behind_but_the_cache() {
    let state = tempfile::tempdir().unwrap();
    let ended = sluice(state.path(), &["run", "-f", "missing-plugin.yaml"]);
    assert_eq!(ended.code, 2);
    let left = std::fs::read_dir(state.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name != "cache" && name != "plugins").collect();
    assert!(left.is_empty(), "{left:?}");
}

fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    cases.sort();
    cases
}
