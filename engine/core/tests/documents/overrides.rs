//! `--set`: values laid over a document.

use sluice_core::document::workflow::Workflow;

use super::{read, rendered};

const FULL: &str = include_str!("good.yaml");

fn set(arguments: &[&str]) -> Result<Workflow, String> {
    read("workflow.yaml", FULL.as_bytes(), arguments).map_err(|problems| rendered(&problems))
}

#[test]
fn values_are_replaced_and_added() {
    let workflow = set(&[
        "candidate.version=20260714",
        "candidate.command=[./shop, --quiet]",
        "candidate.env.GREETING=",
        "candidate.env.ANSWER=42",
        "candidate.instances=3",
        "labels.commit=1e5000",
        "environment=staging",
        "checks.1.name=mine",
        "strategy.config.steps.0.weight=1 %",
        "rollback.config={limit: 3}",
    ])
    .unwrap();
    assert_eq!(workflow.candidate.version, "20260714");
    assert_eq!(workflow.candidate.command, ["./shop", "--quiet"]);
    assert_eq!(workflow.candidate.env["GREETING"], "");
    assert_eq!(workflow.candidate.env["ANSWER"], "42");
    assert_eq!(workflow.candidate.instances, 3);
    assert_eq!(workflow.labels["commit"], "1e5000");
    assert_eq!(workflow.labels["team"], "payments");
    assert_eq!(workflow.environment, "staging");
    assert_eq!(workflow.checks[1].name, "mine");
    assert_eq!(workflow.strategy.config_json()["steps"][0]["weight"], "1 %");
    assert_eq!(workflow.rollback.config_json(), serde_json::json!({ "limit": 3 }));
}

#[test]
fn the_last_of_two_values_counts() {
    assert_eq!(set(&["service=one", "service=two"]).unwrap().service, "two");
}

#[test]
fn a_problem_points_at_its_argument() {
    let told = set(&["environment=staging", "candidate.instances=many", "candidate.verison=v3"]).unwrap_err();
    insta::assert_snapshot!(told, @r"
    sluice::workflow::wrong-type

      × expected a whole number, found the text `many`
       ╭─[--set:2:21]
     1 │ environment=staging
     2 │ candidate.instances=many
       ·                     ──┬─
       ·                       ╰── `candidate.instances`
     3 │ candidate.verison=v3
       ╰────
      help: write for example `1`

    sluice::workflow::unknown-key

      × unknown key `verison` in `candidate`
       ╭─[--set:3:11]
     2 │ candidate.instances=many
     3 │ candidate.verison=v3
       ·           ───┬───
       ·              ╰── not known
       ╰────
      help: did you mean `version`? known keys: `version`, `command`, `port-env`, `port`, `env`,
            `directory`, `instances`, `max-restarts`, `readiness`, `metrics`, `drain` and `stop`
    ");
}

#[test]
fn an_argument_that_sets_nothing_is_told() {
    let told =
        set(&["candidate.version", "=v3", "a..b=1", "candidate.command=[./shop", "labels={a: &x 1, b: *x}"]);
    insta::assert_snapshot!(told.unwrap_err(), @r"
    sluice::override::form

      × `candidate.version` sets nothing
       ╭─[--set:1:1]
     1 │ candidate.version
       · ────────┬────────
       ·         ╰── this argument
     2 │ =v3
       ╰────
      help: write `--set candidate.version=v3`

    sluice::override::form

      × `` is not a path
       ╭─[--set:2:1]
     1 │ candidate.version
     2 │ =v3
       · ─┬─
       ·  ╰── this argument
     3 │ a..b=1
       ╰────
      help: write names with a dot between each two, as in `candidate.env.GREETING`

    sluice::override::form

      × `a..b` is not a path
       ╭─[--set:3:1]
     2 │ =v3
     3 │ a..b=1
       · ───┬──
       ·    ╰── this argument
     4 │ candidate.command=[./shop
       ╰────
      help: write names with a dot between each two, as in `candidate.env.GREETING`

    sluice::document::syntax

      × a `[` is not closed, or a `,` is missing
       ╭─[--set:4:26]
     3 │ a..b=1
     4 │ candidate.command=[./shop
       ·                          ▲
       ·                          ╰── expected `,` or `]` before this
     5 │ labels={a: &x 1, b: *x}
       ╰────
      help: write `[first, second]`

    sluice::document::alias

      × aliases are not allowed
       ╭─[--set:5:21]
     4 │ candidate.command=[./shop
     5 │ labels={a: &x 1, b: *x}
       ·                     ─┬
       ·                      ╰── an alias
       ╰────
      help: write the value out in each place
    ");
}

#[test]
fn a_path_that_leads_nowhere_is_told() {
    let told = set(&["service.name=x", "checks.7.name=x", "checks.first=x"]);
    insta::assert_snapshot!(told.unwrap_err(), @r"
    sluice::override::path

      × nothing named `name` can be set in a single value
       ╭─[--set:1:9]
     1 │ service.name=x
       ·         ──┬─
       ·           ╰── this part of the path
     2 │ checks.7.name=x
       ╰────
      help: end the path one name earlier

    sluice::override::path

      × `7` is not the number of an item
       ╭─[--set:2:8]
     1 │ service.name=x
     2 │ checks.7.name=x
       ·        ┬
       ·        ╰── this part of the path
     3 │ checks.first=x
       ╰────
      help: the list has 2 items, counted from 0

    sluice::override::path

      × `first` is not the number of an item
       ╭─[--set:3:8]
     2 │ checks.7.name=x
     3 │ checks.first=x
       ·        ──┬──
       ·          ╰── this part of the path
       ╰────
      help: the list has 2 items, counted from 0
    ");
}

#[test]
fn more_overrides_than_anybody_needs_are_refused() {
    let many: Vec<String> = (0..201).map(|number| format!("labels.l{number}=x")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(set(&many).unwrap_err().contains("more than 200 overrides"));
}
