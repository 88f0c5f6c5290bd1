//! The shipped policies: each with its cases in `policies/tests/<policy>/<case>.yaml`. A new case is a new file.
//!
//! A case gives a moment (`on`), a context, and what each rule that is asked at that moment must say.

use std::path::{Path, PathBuf};

use sluice_core::document::source::Source;
use sluice_core::model::policy::RuleResult;
use sluice_policy::PolicySet;
use sluice_policy::document::{Case, read_case};
use sluice_policy::testing::{CaseReport, Coverage, Mutation, run, run_all};

#[test]
fn every_shipped_policy_says_what_its_cases_expect() {
    let mut cases = 0;
    for policy in files(&folder()) {
        let name = policy.file_stem().unwrap().to_string_lossy().into_owned();
        let set = load(&policy);
        assert_eq!(set.policies()[0].name, name, "a policy is named like its file");
        let files = files(&folder().join("tests").join(&name));
        assert!(files.len() >= 3, "{name} has too few cases");
        for file in files {
            check(&set, &file);
            cases += 1;
        }
    }
    assert!(cases >= 20, "only {cases} cases were found");
}

#[test]
fn the_cases_see_every_condition_both_ways_and_notice_every_change() {
    let mut lacking = Vec::new();
    for policy in files(&folder()) {
        let name = policy.file_stem().unwrap().to_string_lossy().into_owned();
        let set = load(&policy);
        let cases: Vec<Case> =
            files(&folder().join("tests").join(&name)).iter().map(|file| read(file)).collect();
        let pairs = || cases.iter().map(|case| (name.as_str(), case));
        let coverage = Coverage::of(&set, pairs());
        for part in coverage.parts {
            let gaps =
                part.gaps.iter().map(|gap| format!("{name}/{}: {:?} {}", part.part, gap.lacks, gap.text));
            lacking.extend(gaps);
        }
        for rule in coverage.rules {
            for result in [RuleResult::Pass, RuleResult::Fail] {
                if !rule.results.contains(&result) {
                    lacking.push(format!("{name}/{}: no case has it {}", rule.rule, result.name()));
                }
            }
            let gaps =
                rule.gaps.iter().map(|gap| format!("{name}/{}: {:?} {}", rule.rule, gap.lacks, gap.text));
            lacking.extend(gaps);
        }
        let survivors = Mutation::of(&set, pairs()).survivors;
        lacking
            .extend(survivors.iter().map(|one| format!("{name}/{}: {} as {}", one.rule, one.was, one.now)));
    }
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

#[test]
fn every_shipped_policy_has_a_page_and_stands_in_the_list() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for policy in files(&folder()) {
        let page = policy.with_extension("md");
        let text =
            std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        for name in load(&policy).policies()[0].params.keys() {
            assert!(text.contains(&format!("`{name}`")), "{} says nothing of `{name}`", page.display());
        }
        let link = format!("]({})", page.file_name().unwrap().to_string_lossy());
        assert!(readme.contains(&link), "README.md has no link {link}");
    }
}

#[test]
fn the_policy_in_the_readme_is_one() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let text = readme
        .split("## Writing one")
        .nth(1)
        .and_then(|rest| rest.split("```yaml\n").nth(1))
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    let set = PolicySet::load([("README.md", text)]).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(set.policies()[0].rules.len(), 2);
    let reports = run_all(&set);
    assert!(!reports.is_empty() && reports.iter().all(CaseReport::passed), "{reports:?}");
    assert_eq!(set.hints().next(), None);
}

fn check(set: &PolicySet, file: &Path) {
    let report = run(set, &set.policies()[0].name, &read(file));
    let differences: Vec<String> = report.differences.iter().map(ToString::to_string).collect();
    assert!(report.passed(), "{}: {}", file.display(), differences.join("\n"));
}

fn read(file: &Path) -> Case {
    let source = Source::new(file.to_string_lossy(), &std::fs::read_to_string(file).unwrap());
    let name = file.file_stem().unwrap().to_string_lossy();
    read_case(&source, &name).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn load(policy: &Path) -> PolicySet {
    let text = std::fs::read_to_string(policy).unwrap();
    PolicySet::load([(policy.to_string_lossy().as_ref(), text.as_str())])
        .unwrap_or_else(|problems| panic!("{}: {problems}", policy.display()))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files
}
