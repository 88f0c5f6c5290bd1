//! The shipped policies: each with its cases in `policies/tests/<policy>/<case>.yaml`. A new case is a new file.
//!
//! A case gives a moment (`on`), a context, and what each rule that is asked at that moment must say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sluice_core::document::source::Source;
use sluice_core::model::policy::{Moment, RuleResult};
use sluice_policy::document::{Case, read_case};
use sluice_policy::testing::{CaseReport, run, run_all};
use sluice_policy::{Context, PolicySet};

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
fn every_rule_is_seen_to_pass_and_to_fail() {
    for policy in files(&folder()) {
        let mut seen: BTreeMap<String, (bool, bool)> = BTreeMap::new();
        for file in files(&folder().join("tests").join(policy.file_stem().unwrap())) {
            for (rule, expected) in read(&file).expect {
                let (passes, fails) = seen.entry(rule).or_default();
                *passes |= expected.result == RuleResult::Pass;
                *fails |= expected.result == RuleResult::Fail;
            }
        }
        for rule in &load(&policy).policies()[0].rules {
            assert_eq!(seen.get(&rule.id), Some(&(true, true)), "{} of {}", rule.id, policy.display());
        }
    }
}

#[test]
fn a_strategy_that_the_policy_names_may_switch_at_once() {
    let text = std::fs::read_to_string(folder().join("maximum-step.yaml")).unwrap();
    let text = text.replace("default: []", "default: [blue-green]");
    let set = PolicySet::load([("maximum-step.yaml", text.as_str())]).unwrap();
    let switch = |strategy: &str| {
        let context = serde_json::json!({
            "release": {"strategy": strategy},
            "proposed": {"candidate": {"weight": 100}},
        });
        let context: Context = serde_json::from_value(context).unwrap();
        set.evaluate(Moment::Shape, &context).iter().all(|one| one.result == RuleResult::Pass)
    };
    assert_eq!([switch("blue-green"), switch("./blue-green.wasm"), switch("canary")], [true, false, false]);
}

#[test]
fn the_policy_in_the_readme_is_one() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let text = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
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
