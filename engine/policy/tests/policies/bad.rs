//! Bad policies: each `bad/<case>.yaml` beside its expected `<case>.txt`; and those with what is surely not meant in
//! `doubtful`. A new case is a new file.
//!
//! `UPDATE_EXPECT=1 cargo test -p sluice-policy` writes what is told now; the difference is for review.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use miette::{GraphicalReportHandler, GraphicalTheme};
use sluice_core::document::problem::Problem;
use sluice_core::document::source::Source;
use sluice_policy::PolicySet;
use sluice_policy::document::read_with_hints;

use super::policy;

#[test]
fn every_bad_policy_is_told_as_expected() {
    let as_expected = |name: &str, text: &str| match PolicySet::load([(name, text)]) {
        Ok(_) => panic!("{name} is loaded without a problem"),
        Err(problems) => rendered(&problems),
    };
    assert!(compared("bad", as_expected) >= 20, "only few cases were found");
}

#[test]
fn what_is_surely_not_meant_is_told_as_expected() {
    let as_expected = |name: &str, text: &str| {
        let read = read_with_hints(&Source::new(name, text));
        assert!(read.0.is_ok(), "{name}: {:?}", read.0);
        rendered(&read.1)
    };
    assert!(compared("doubtful", as_expected) >= 5, "only few cases were found");
}

#[test]
fn what_is_surely_not_meant_is_told_beside_what_is_wrong() {
    let rules = "rules: [{id: a, on: [shape], expr: 'time.hour > 23 && stepp.index > 0'}]";
    let (read, hints) = read_with_hints(&Source::new("a.yaml", &policy("a", rules)));
    assert_eq!(read.unwrap_err().iter().count(), 1);
    assert_eq!(
        hints.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["this is always false, whatever the release"]
    );
}

/// Compares what is told of each document in a folder with its expectation; how many there are.
fn compared(folder: &str, told: impl Fn(&str, &str) -> String) -> usize {
    let mut wrong = Vec::new();
    let cases = files(folder, "yaml");
    for case in &cases {
        let name = case.file_name().unwrap().to_string_lossy();
        let text = std::fs::read_to_string(case).unwrap();
        let told = told(&name, &text);
        let expectation = case.with_extension("txt");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&expectation, &told).unwrap();
        }
        if std::fs::read_to_string(&expectation).unwrap_or_default() != told {
            wrong.push(format!("{name} is told otherwise than expected:\n{told}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    cases.len()
}

#[test]
fn every_expectation_has_its_policy() {
    let stem = |path: &PathBuf| path.file_stem().unwrap().to_owned();
    for folder in ["bad", "doubtful"] {
        let documents: BTreeSet<_> = files(folder, "yaml").iter().map(stem).collect();
        let expected: BTreeSet<_> = files(folder, "txt").iter().map(stem).collect();
        assert_eq!(documents, expected);
    }
}

#[test]
fn ten_thousand_parentheses_are_a_problem_like_any_other() {
    let expr = format!("{}true{}", "(".repeat(10_000), ")".repeat(10_000));
    let text = policy("deep", &format!("rules: [{{id: deep, on: [shape], expr: '{expr}'}}]"));
    let told = told(&[("deep.yaml", &text)]);
    assert!(told.contains("the expression has 20004 bytes, more than the limit of 8192"), "{told}");
}

#[test]
fn what_is_known_of_variables_of_variables_does_not_grow() {
    let one = |at: usize| format!("  v{at}: 'release.first ? variables.v{0} : variables.v{0}'\n", at - 1);
    let variables: String = (1..40).map(one).collect();
    let body = format!(
        "variables:\n  v0: time.weekday\n{variables}rules: [{{id: a, on: [shape], expr: 'variables.v39 == \"x\"'}}]"
    );
    let (_, hints) = read_with_hints(&Source::new("a.yaml", &policy("a", &body)));
    assert_eq!(hints.last().map(ToString::to_string).as_deref(), Some("`variables.v39` is never `x`"));
}

#[test]
fn hints_are_bounded() {
    let hours: Vec<String> = (24..100).map(|hour| format!("time.hour == {hour}")).collect();
    let rule = |at: usize| format!("  - {{id: r{at}, on: [shape], expr: '{}'}}\n", hours.join(" || "));
    let rules: String = (0..20).map(rule).collect();
    let (read, hints) = read_with_hints(&Source::new("a.yaml", &policy("a", &format!("rules:\n{rules}"))));
    assert!(read.is_ok());
    assert_eq!(hints.len(), 50);
}

#[test]
fn a_name_that_stands_twice_is_told_with_both_places() {
    let one = policy("max-step", "rules: [{id: a, on: [shape], expr: 'true'}]");
    let other = format!("# A copy.\n{one}");
    insta::assert_snapshot!(told(&[("b.yaml", &other), ("a.yaml", &one)]), @r#"
    sluice::policy::duplicate-policy

      × the policy `max-step` stands twice
       ╭─[b.yaml:4:7]
     3 │ kind: DeploymentPolicy
     4 │ name: max-step
       ·       ────┬───
       ·           ╰── first named so in `a.yaml`, line 3, column 7
     5 │ rules: [{id: a, on: [shape], expr: 'true'}]
       ╰────
      help: give one of the two another `name`, or load only one of them
    "#);
}

#[test]
fn the_problems_of_every_document_are_told_at_once() {
    let unknown = policy("a", "rules: [{id: a, on: [shape], expr: 'stepp.index > 0'}]");
    let empty = policy("b", "rules: []");
    let problems = PolicySet::load([("a.yaml", unknown.as_str()), ("b.yaml", empty.as_str())]).unwrap_err();
    let messages: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(messages, ["there is no `stepp`", "a policy needs at least one rule"]);
}

fn told(documents: &[(&str, &str)]) -> String {
    rendered(&PolicySet::load(documents.iter().copied()).unwrap_err())
}

/// Every problem as the terminal shows it, without colours.
fn rendered<'p>(problems: impl IntoIterator<Item = &'p Problem>) -> String {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    let mut text = String::new();
    for problem in problems {
        handler.render_report(&mut text, problem).expect("a string takes any text");
        text.push('\n');
    }
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policies").join(folder);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    files
}
