//! Bad documents: each `bad/<case>.yaml` beside its expected `<case>.txt`. A new case is a new file.
//!
//! `UPDATE_EXPECT=1 cargo test -p sluice-core` writes what is told now; the difference is for review.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{read, rendered};

#[test]
fn every_bad_document_is_told_as_expected() {
    let mut wrong = Vec::new();
    let cases = files("yaml");
    assert!(cases.len() >= 35, "only {} cases were found", cases.len());
    for case in &cases {
        let name = case.file_name().unwrap().to_string_lossy();
        let told = match read(&name, &std::fs::read(case).unwrap(), &[]) {
            Ok(_) => panic!("{name} is read without a problem"),
            Err(problems) => rendered(&problems),
        };
        if !agrees(&case.with_extension("txt"), &told) {
            wrong.push(format!("{name} is told otherwise than expected:\n{told}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_expectation_has_its_document() {
    let stem = |path: &PathBuf| path.file_stem().unwrap().to_owned();
    let documents: BTreeSet<_> = files("yaml").iter().map(stem).collect();
    let expected: BTreeSet<_> = files("txt").iter().map(stem).collect();
    assert_eq!(documents, expected);
}

#[test]
fn a_message_is_not_two_cases_at_once() {
    let mut seen = BTreeSet::new();
    for path in files("txt") {
        assert!(
            seen.insert(
                std::fs::read_to_string(&path)
                    .unwrap()
                    .replace(&*path.file_stem().unwrap().to_string_lossy(), "")
            )
        );
    }
}

#[test]
fn a_huge_file_is_refused_before_it_is_read() {
    let bytes = vec![b' '; 1024 * 1024 + 1];
    let told = rendered(&read("huge.yaml", &bytes, &[]).unwrap_err());
    insta::assert_snapshot!(told, @r"
    sluice::document::too-large

      × `huge.yaml` has 1048577 bytes, more than the limit of 1048576
      help: split it, or take out what is generated
    ");
}

#[test]
fn nothing_is_read_of_a_document_with_too_many_values() {
    let text = format!("checks: [{}]", "a,".repeat(100_000));
    let problems = read("many.yaml", text.as_bytes(), &[]).unwrap_err();
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(codes, ["sluice::document::too-many"]);
}

#[test]
fn problems_beyond_the_limit_are_counted() {
    let text: String = (0..150).map(|number| format!("unknown{number}: 1\n")).collect();
    let problems = read("noise.yaml", text.as_bytes(), &[]).unwrap_err();
    assert_eq!(problems.len(), 100);
    // 150 unknown keys, and 7 that are missing.
    assert_eq!(problems.len() + problems.left_out(), 157);
}

fn agrees(expectation: &Path, told: &str) -> bool {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(expectation, told).unwrap();
    }
    std::fs::read_to_string(expectation).unwrap_or_default() == told
}

fn files(extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents/bad");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    files
}
