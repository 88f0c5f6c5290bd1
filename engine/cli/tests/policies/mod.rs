//! `sluice policy`, as a platform team uses it: by hand, in CI, and after a release.

mod releases;

use std::path::PathBuf;

use insta::assert_snapshot;

use super::command::{Ended, sluice};

const POLICY: &str = "\
apiVersion: sluice/v1
kind: DeploymentPolicy
name: small
params: {first: {type: number, default: 25, min: 1, max: 60}}
rules:
  - id: first-step
    on: [shape]
    expr: release.first || current.candidate.weight > 0.0 || proposed.candidate.weight <= params.first
    message: \"'' + string(proposed.candidate.weight) + ' % is too much to begin with'\"
tests:
  - name: little
    on: shape
    context: {proposed: {candidate: {weight: 10}}}
    expect: {first-step: pass}
  - name: much
    on: shape
    context: {proposed: {candidate: {weight: 50}}}
    expect: {first-step: {result: fail, message: 50 % is too much}}
";

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        desk.write("policies/small.yaml", POLICY);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs `sluice policy WORDS`; what begins with `/` is in the folder.
    fn policy(&self, words: &[&str]) -> Ended {
        let words: Vec<String> = words.iter().map(|word| self.placed(word)).collect();
        let words: Vec<&str> = ["policy"].into_iter().chain(words.iter().map(String::as_str)).collect();
        self.shown(sluice(&self.path("state"), &words))
    }

    fn placed(&self, word: &str) -> String {
        word.strip_prefix('/').map_or_else(|| word.to_owned(), |name| self.path(name).display().to_string())
    }

    fn shown(&self, ended: Ended) -> Ended {
        let here = self.folder.path().display().to_string();
        let shown = |text: String| text.replace(&here, "HERE");
        Ended { out: shown(ended.out), err: shown(ended.err), ..ended }
    }
}

#[test]
fn a_case_that_fails_is_told_with_what_was_expected_and_what_came() {
    let ended = Desk::new().policy(&["test", "/policies", "--coverage", "--mutate"]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert_snapshot!(ended.out, @r"
    ✗ small/much  HERE/policies/small.yaml:15
        `first-step` says other words
        - 50 % is too much
        + 50 % is too much to begin with
    ! small/first-step  never true: `release.first`  HERE/policies/small.yaml:8
    ! small/first-step  never true: `current.candidate.weight > 0.0`  HERE/policies/small.yaml:8
    ! small/first-step  no case notices `false` in place of `release.first`: `false || current.candidate.weight > …`  HERE/policies/small.yaml:8
    ! small/first-step  no case notices `false` in place of `current.candidate.weight > 0.0`: `release.first || false || proposed.candidate.weight …`  HERE/policies/small.yaml:8
    ! small/first-step  no case notices `>=` in place of `>`: `… || current.candidate.weight >= 0.0 || …`  HERE/policies/small.yaml:8
    ! small/first-step  no case notices `-1.0` in place of `0.0`: `… || current.candidate.weight > -1.0 || proposed.candidate.weight …`  HERE/policies/small.yaml:8
    ! small/first-step  no case notices `1.0` in place of `0.0`: `… || current.candidate.weight > 1.0 || proposed.candidate.weight …`  HERE/policies/small.yaml:8
    ! small/first-step  no case notices `<` in place of `<=`: `… || proposed.candidate.weight < params.first`  HERE/policies/small.yaml:8
    1 of 2 cases failed
    coverage: 1 of 1 rule seen to pass and to fail, 1 of 3 conditions seen true and false
    mutation: 6 of 8 changes not noticed
    ! 1 case: changes were not tried on what fails as it is
    ");
}

#[test]
fn results_are_told_in_the_forms_that_others_read() {
    let desk = Desk::new();
    let in_form = |form: &str| {
        let ended = desk.policy(&["test", "/policies", "--format", form]);
        assert_eq!(ended.code, 3, "{ended:?}");
        ended.out
    };
    assert_snapshot!(in_form("tap"), @r#"
    TAP version 14
    1..2
    ok 1 - small/little
    not ok 2 - small/much
      ---
      at: "HERE/policies/small.yaml:15"
      differences: ["`first-step` says other words   expected: 50 % is too much   said:     50 % is too much to begin with"]
      ...
    "#);
    let sarif: serde_json::Value = serde_json::from_str(&in_form("sarif")).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!((&result["level"], &place["region"]["startLine"]), (&"error".into(), &15.into()));
    let junit = in_form("junit");
    assert!(junit.contains("<testsuite name=\"small\" tests=\"2\" failures=\"1\""), "{junit}");
    let lines: Vec<serde_json::Value> =
        in_form("json").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["passed"], &lines[1]["passed"]), (&true.into(), &false.into()));
    assert_eq!((&lines[2]["type"], &lines[2]["failed"]), (&"tested".into(), &1.into()));
}

#[test]
fn a_document_that_can_not_be_read_is_told_in_those_forms_too() {
    let desk = Desk::new();
    let wrong = "apiVersion: sluice/v1\nkind: DeploymentPolicy\nname: small\nrules:\n  - {id: a, on: [shape], expr: 'stepp.index < 1'}\n";
    desk.write("policies/small.yaml", wrong);
    let in_form = |form: &str| {
        let ended = desk.policy(&["test", "/policies", "--format", form]);
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(ended.err.contains("there is no `stepp`"), "{ended:?}");
        ended.out
    };
    let sarif: serde_json::Value = serde_json::from_str(&in_form("sarif")).unwrap();
    let region = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region, &serde_json::json!({"startLine": 5, "startColumn": 33}));
    assert_snapshot!(in_form("junit"), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="sluice policy test" tests="1" errors="1">
      <testsuite name="documents" tests="1" errors="1">
        <testcase classname="documents" name="HERE/policies/small.yaml:5:33" file="HERE/policies/small.yaml" line="5">
          <error type="sluice::policy::expression" message="there is no `stepp` (did you mean `step`?)"/>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
    assert_snapshot!(in_form("tap"), @r"
    TAP version 14
    Bail out! the policies can not be read: there is no `stepp`
    ");
    assert_eq!(in_form("json"), "");
}

#[test]
fn what_cases_lack_is_told_with_its_place() {
    let desk = Desk::new();
    let in_form = |form: &str| desk.policy(&["test", "/policies", "--mutate", "--format", form]).out;
    let sarif: serde_json::Value = serde_json::from_str(&in_form("sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let lacking = results.iter().find(|one| one["ruleId"] == "policy-completeness").unwrap();
    assert_eq!(lacking["locations"][0]["physicalLocation"]["region"]["startLine"], 8, "{lacking}");
    let junit = in_form("junit");
    let names: Vec<&str> = junit.split(" name=\"").skip(1).collect();
    let once: std::collections::BTreeSet<&str> =
        names.iter().map(|rest| rest.split('"').next().unwrap()).collect();
    // The suite of a policy has the name of its suite once, and once that of a class.
    assert!(names.len() - once.len() <= 1, "{junit}");
}

#[test]
fn a_filter_chooses_cases_by_their_name() {
    let desk = Desk::new();
    let ended = desk.policy(&["test", "/policies", "--filter", "small/little"]);
    assert_eq!((ended.code, ended.out.as_str()), (0, "1 case passed\n"));
    let ended = desk.policy(&["test", "/policies", "--filter", "smal/little"]);
    assert_eq!(ended.code, 2);
    assert_snapshot!(ended.err, @r"
    x no case has `smal/little` in its name
    help: names are `policy/case`
    ");
}

#[test]
fn each_way_to_come_out_has_an_exit_code() {
    let desk = Desk::new();
    desk.write(
        "context.json",
        r#"{"proposed": {"candidate": {"weight": 50}}, "metrics": {"errors.rate": null}}"#,
    );
    let code = |expression: &str| {
        let ended = desk.policy(&["eval", expression, "--context", "/context.json"]);
        (ended.code, ended.out)
    };
    let ended: Vec<(i32, String)> = [
        "proposed.candidate.weight == 50.0",
        "proposed.candidate.weight < 50.0",
        "metrics['errors.rate'] < 0.1 || true",
        "release.labels.tier == '1'",
        "proposed.candidate.weight / 2.0",
    ]
    .map(code)
    .to_vec();
    let codes: Vec<i32> = ended.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, [0, 3, 6, 7, 0], "{ended:?}");
    assert_eq!(ended[4].1, "25\n");
    let set = desk.policy(&["eval", "--policies", "/policies", "--context", "/context.json", "--explain"]);
    assert_eq!(set.code, 3);
    assert_snapshot!(set.out, @r"
    ✗ small/first-step  fail  50 % is too much to begin with
        release.first || current.candidate.weight > 0.0 || proposed.candidate.weight <= params.first
        |                |                        |     |  |                         |  |
        false            0                        false |  50                        |  25
                                                        false                        false
    ");
}

#[test]
fn a_new_policy_passes_its_cases_and_every_change_to_it_is_noticed() {
    let desk = Desk::new();
    let made = desk.policy(&["new", "careful", "--dir", "/fresh"]);
    assert_eq!((made.code, made.out.as_str()), (0, "HERE/fresh/careful.yaml\n"), "{made:?}");
    let tested = desk.policy(&["test", "/fresh", "--coverage", "--mutate"]);
    assert_eq!(tested.code, 0, "{tested:?}");
    assert_eq!(desk.policy(&["check", "/fresh", "--strict"]).code, 0);
    let again = desk.policy(&["new", "careful", "--dir", "/fresh"]);
    assert_eq!(again.code, 2, "nothing is written over");
    let wrong = desk.policy(&["new", "../careful", "--dir", "/fresh"]);
    assert_eq!(wrong.code, 2);
}

#[test]
fn everything_that_is_wrong_with_a_folder_is_told_at_once() {
    let desk = Desk::new();
    desk.write(
        "bad/one.yaml",
        &POLICY.replace("name: small", "name: one").replace("params.first", "params.frist"),
    );
    desk.write("bad/two.yaml", "kind: DeploymentPolicy\n");
    let checked = desk.policy(&["check", "/bad"]);
    assert_eq!(checked.code, 2);
    assert!(checked.err.contains("frist") && checked.err.contains("two.yaml"), "{}", checked.err);
    desk.write("policies/tests/small/fixed.yaml", "{on: shape, fixture: nowhere.yaml, expect: {}}");
    desk.write("policies/tests/smal/other.yaml", "{on: shape, expect: {}}");
    let checked = desk.policy(&["check", "/policies"]);
    assert_eq!(checked.code, 2);
    assert_snapshot!(checked.err, @r"
    sluice::policy::unknown-policy

      x the cases in `HERE/policies/tests/smal` are of no policy that is here
      help: name the folder like the policy whose rules they ask
    sluice::policy::missing-file

      x the fixture `nowhere.yaml` of the case `fixed` can not be read: No such file or directory (os error 2)
      help: write its path from `HERE/policies/tests/small/fixed.yaml`
    ");
    assert_snapshot!(desk.policy(&["check", "/nowhere"]).err, @r"
    sluice::policy::missing-file

      x `HERE/nowhere` can not be read: No such file or directory (os error 2)
      help: name a policy, or a folder of policies; `sluice policy new` makes one
    ");
}

#[test]
fn waivers_that_have_ended_are_told_and_fail_a_strict_check() {
    let desk = Desk::new();
    let waiver =
        "waivers: [{rule: first-step, reason: a sale, approver: alice, expires: 2024-02-29}]\ntests:";
    desk.write("policies/small.yaml", &POLICY.replace("tests:", waiver));
    let checked = desk.policy(&["check", "/policies"]);
    assert_eq!(
        (checked.code, checked.err.as_str()),
        (0, "the waiver of alice for small/first-step ended on 2024-02-29\n")
    );
    assert_eq!(desk.policy(&["check", "/policies", "--strict"]).code, 3);
    assert_snapshot!(desk.policy(&["list", "/policies"]).out, @r"
    small  sha256:75b75cc970c4
      for    every release
      rule   first-step  hard, before shape
      param  first = 25 (1 to 60)
      waiver first-step until 2024-02-29 by alice: a sale
    ");
}
